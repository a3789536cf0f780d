"""The certificate of residence: what the civil status register holds of where a person lives."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.oman.applications import OmanProcedure
from adapters.oman.batches import Operation
from adapters.oman.intake import LANGUAGES

_USES: Final[Mapping[str, str]] = {
    "bank": "مصرف",
    "school": "مدرسة",
    "employment": "جهة عمل",
    "embassy": "سفارة",
    "other": "غرض آخر",
}


class OmanResidenceCertificate(OmanProcedure):
    """A line with what the certificate is for and the language that it is to be in."""

    service = "residence-certificate"
    operation = Operation("CS-RESIDENCE", "ROP-CS")

    def columns(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "الغرض": _USES[inputs["use"]],
            "لغة_الشهادة": LANGUAGES[inputs["certificate_language"]],
        }
