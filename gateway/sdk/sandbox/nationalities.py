"""The nationalities in the populations: ISO codes and what people of each are called."""

from collections.abc import Mapping

NUMERIC: Mapping[str, str] = {
    "BH": "048", "KW": "414", "OM": "512", "QA": "634", "SA": "682", "AE": "784",
    "IN": "356", "PK": "586", "EG": "818", "PH": "608", "BD": "050", "JO": "400", "SY": "760", "GB": "826",
}  # fmt: skip
"""ISO 3166-1 numeric codes of the nationalities in the populations."""

ALPHA3: Mapping[str, str] = {
    "BH": "BHR", "KW": "KWT", "OM": "OMN", "QA": "QAT", "SA": "SAU", "AE": "ARE",
    "IN": "IND", "PK": "PAK", "EG": "EGY", "PH": "PHL", "BD": "BGD", "JO": "JOR", "SY": "SYR", "GB": "GBR",
}  # fmt: skip
"""ISO 3166-1 alpha-3 codes of the nationalities in the populations."""

DEMONYMS: Mapping[str, tuple[str, str]] = {
    "BH": ("بحريني", "Bahraini"),
    "KW": ("كويتي", "Kuwaiti"),
    "OM": ("عُماني", "Omani"),
    "QA": ("قطري", "Qatari"),
    "SA": ("سعودي", "Saudi"),
    "AE": ("إماراتي", "Emirati"),
    "IN": ("هندي", "Indian"),
    "PK": ("باكستاني", "Pakistani"),
    "EG": ("مصري", "Egyptian"),
    "PH": ("فلبيني", "Filipino"),
    "BD": ("بنغلاديشي", "Bangladeshi"),
    "JO": ("أردني", "Jordanian"),
    "SY": ("سوري", "Syrian"),
    "GB": ("بريطاني", "British"),
}
"""The nationality in Arabic and English, in the masculine."""
