"""What the demo applies for: inputs and files of every procedure, all of it invented."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.sdk.sandbox.papers import paper

INPUTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "pension-extension": {
        "employer_number": "700123456",
        "employer_name": "شركة الأفق للمقاولات",
        "employment_start": "2026-09-01",
        "monthly_wage": "1250.500",
        "sector": "private",
    },
    "branch-registration": {
        "registration_number": "1010203040",
        "branch_name_ar": "فرع الواحة للتجارة",
        "branch_name_en": "Al Waha Trading Branch",
        "city": "العاصمة",
        "activity_code": "471100",
        "manager_name": "هند سلطان المنصوري",
    },
    "certificate-equivalence": {
        "institution": "جامعة الخليج",
        "institution_country": "BH",
        "degree": "bachelor",
        "field_of_study": "الهندسة المدنية",
        "graduated_on": "2019-06-30",
    },
    "residence-certificate": {"use": "bank", "certificate_language": "ar"},
    "fine-settlement": {},
}
"""By service; the fine that is settled is looked up first."""


def file(title: str) -> bytes:
    """A PDF to attach."""
    return paper(title, ["An invented document, made for the demo."])
