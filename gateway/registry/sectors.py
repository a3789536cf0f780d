"""The sectors of the economy that services are for: the sections of NACE Rev. 2.1, as CPSV-AP's ``cv:sector`` asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.schema.text import Text

Sector = Literal[
    "agriculture",
    "mining",
    "manufacturing",
    "energy",
    "water-and-waste",
    "construction",
    "trade",
    "transport",
    "accommodation-and-food",
    "publishing-and-broadcasting",
    "telecommunication-and-computing",
    "finance-and-insurance",
    "real-estate",
    "professional-services",
    "administrative-services",
    "public-administration",
    "education",
    "health-and-social-work",
    "arts-and-sports",
    "other-services",
    "households",
    "international-organisations",
]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of NACE by its letter; its concept in the vocabularies of the European Union is ``iri``."""

    letter: str
    name: Text

    @property
    def iri(self) -> str:
        return f"http://data.europa.eu/ux2/nace2.1/{self.letter}"


def _section(letter: str, ar: str, en: str) -> Section:
    return Section(letter, Text(ar=ar, en=en))


# Regulation (EC) 1893/2006 as amended by Delegated Regulation (EU) 2023/137, in force since 2025. The Arabic names
# follow the wording of ISIC, on which both NACE and the classifications of the six states stand.
SECTIONS: Mapping[Sector, Section] = {
    "agriculture": _section("A", "الزراعة والحراجة وصيد الأسماك", "Agriculture, forestry and fishing"),
    "mining": _section("B", "التعدين واستغلال المحاجر", "Mining and quarrying"),
    "manufacturing": _section("C", "الصناعة التحويلية", "Manufacturing"),
    "energy": _section(
        "D", "توصيل الكهرباء والغاز والبخار وتكييف الهواء", "Electricity, gas, steam and air conditioning supply"
    ),
    "water-and-waste": _section(
        "E",
        "إمدادات المياه والصرف الصحي وإدارة النفايات ومعالجتها",
        "Water supply; sewerage, waste management and remediation activities",
    ),
    "construction": _section("F", "التشييد", "Construction"),
    "trade": _section("G", "تجارة الجملة والتجزئة", "Wholesale and retail trade"),
    "transport": _section("H", "النقل والتخزين", "Transportation and storage"),
    "accommodation-and-food": _section("I", "أنشطة خدمات الإقامة والطعام", "Accommodation and food service activities"),
    "publishing-and-broadcasting": _section(
        "J",
        "النشر والبث وإنتاج المحتوى وتوزيعه",
        "Publishing, broadcasting, and content production and distribution activities",
    ),
    "telecommunication-and-computing": _section(
        "K",
        "الاتصالات والبرمجة والاستشارات الحاسوبية وخدمات المعلومات الأخرى",
        "Telecommunication, computer programming, consulting, computing infrastructure and other information service "
        "activities",
    ),
    "finance-and-insurance": _section("L", "الأنشطة المالية وأنشطة التأمين", "Financial and insurance activities"),
    "real-estate": _section("M", "الأنشطة العقارية", "Real estate activities"),
    "professional-services": _section(
        "N", "الأنشطة المهنية والعلمية والتقنية", "Professional, scientific and technical activities"
    ),
    "administrative-services": _section(
        "O", "أنشطة الخدمات الإدارية وخدمات الدعم", "Administrative and support service activities"
    ),
    "public-administration": _section(
        "P",
        "الإدارة العامة والدفاع والضمان الاجتماعي الإلزامي",
        "Public administration and defence; compulsory social security",
    ),
    "education": _section("Q", "التعليم", "Education"),
    "health-and-social-work": _section("R", "أنشطة الصحة والعمل الاجتماعي", "Human health and social work activities"),
    "arts-and-sports": _section("S", "الفنون والرياضة والترفيه", "Arts, sports and recreation"),
    "other-services": _section("T", "أنشطة الخدمات الأخرى", "Other service activities"),
    "households": _section(
        "U",
        "أنشطة الأسر المعيشية التي تستخدم أفراداً وما تنتجه لاستعمالها الخاص",
        "Activities of households as employers and undifferentiated goods - and service-producing activities of "
        "households for own use",
    ),
    "international-organisations": _section(
        "V", "أنشطة المنظمات والهيئات الدولية", "Activities of extraterritorial organisations and bodies"
    ),
}
"""Every section by the slug under which services name it."""
