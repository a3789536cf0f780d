"""The six states of the Gulf Cooperation Council with the facts of each that software needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.schema.text import Text

Currency = Literal["BHD", "KWD", "OMR", "QAR", "SAR", "AED"]
"""The six currencies by ISO 4217 code."""

DECIMALS: Mapping[str, int] = {"BHD": 3, "KWD": 3, "OMR": 3, "QAR": 2, "SAR": 2, "AED": 2}
"""How many decimals each currency has (ISO 4217 minor units)."""

_FRIDAY_SATURDAY, _SATURDAY_SUNDAY = frozenset({4, 5}), frozenset({5, 6})
_UAE_WEEKEND_MOVED = date(2022, 1, 1)


class Country(StrEnum):
    """A state of the Gulf Cooperation Council, by ISO 3166-1 alpha-2 code."""

    BH = "BH"
    KW = "KW"
    OM = "OM"
    QA = "QA"
    SA = "SA"
    AE = "AE"

    @property
    def facts(self) -> "CountryFacts":
        """What is known about the state."""
        return _FACTS[self]


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """What is known about one state.

    ``alpha3`` and ``numeric`` are ISO 3166-1 (``numeric`` keeps its leading zero), ``currency`` is ISO 4217,
    ``dial`` is the E.164 prefix with its plus sign, ``timezone`` is an IANA name (no state has summer time) and
    ``weekend`` holds today's days of rest as ``date.weekday`` numbers (Monday is 0). ``name`` is the short name
    in CLDR.
    """

    alpha3: str
    numeric: str
    currency: Currency
    dial: str
    timezone: str
    weekend: frozenset[int]
    name: Text

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)

    @property
    def decimals(self) -> int:
        """How many decimals the currency has."""
        return DECIMALS[self.currency]

    def rests_on(self, day: date) -> bool:
        """Whether ``day`` falls on the weekend; the Emirates moved theirs to Saturday and Sunday in 2022."""
        moved = self.alpha3 == "ARE" and day < _UAE_WEEKEND_MOVED
        return day.weekday() in (_FRIDAY_SATURDAY if moved else self.weekend)


_FACTS: Mapping[Country, CountryFacts] = {
    Country.BH: CountryFacts(
        "BHR", "048", "BHD", "+973", "Asia/Bahrain", _FRIDAY_SATURDAY, Text(ar="البحرين", en="Bahrain")
    ),
    Country.KW: CountryFacts(
        "KWT", "414", "KWD", "+965", "Asia/Kuwait", _FRIDAY_SATURDAY, Text(ar="الكويت", en="Kuwait")
    ),
    Country.OM: CountryFacts("OMN", "512", "OMR", "+968", "Asia/Muscat", _FRIDAY_SATURDAY, Text(ar="عُمان", en="Oman")),
    Country.QA: CountryFacts("QAT", "634", "QAR", "+974", "Asia/Qatar", _FRIDAY_SATURDAY, Text(ar="قطر", en="Qatar")),
    Country.SA: CountryFacts(
        "SAU",
        "682",
        "SAR",
        "+966",
        "Asia/Riyadh",
        _FRIDAY_SATURDAY,
        Text(ar="المملكة العربية السعودية", en="Saudi Arabia"),
    ),
    Country.AE: CountryFacts(
        "ARE",
        "784",
        "AED",
        "+971",
        "Asia/Dubai",
        _SATURDAY_SUNDAY,
        Text(ar="الإمارات العربية المتحدة", en="United Arab Emirates"),
    ),
}
