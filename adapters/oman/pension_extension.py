"""The insurance protection extension: a Gulf citizen's job in the Sultanate, registered with the insurance of home."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.oman.applications import OmanProcedure, written_day, written_rials
from adapters.oman.batches import Operation

_SECTORS: Final[Mapping[str, str]] = {
    "public": "حكومي",
    "private": "خاص",
    "military": "عسكري",
    "self_employed": "عمل حر",
}


class OmanPensionExtension(OmanProcedure):
    """A line with the employer, the first day of work and the wage."""

    service = "pension-extension"
    operation = Operation("PF-EXTENSION", "SPF")

    def columns(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "رقم_صاحب_العمل": inputs["employer_number"],
            "صاحب_العمل": inputs["employer_name"],
            "تاريخ_الالتحاق": written_day(inputs["employment_start"]),
            "الأجر_الشهري": written_rials(inputs["monthly_wage"]),
            "القطاع": _SECTORS[inputs["sector"]],
        }
