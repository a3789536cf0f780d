"""Registration under the insurance protection extension, at the pension authority."""

from collections.abc import Mapping
from typing import Any

from adapters.qatar.application_messages import EXTENSION, Details
from adapters.qatar.applications import QatarProcedure
from adapters.qatar.values import written_amount, written_day

_SECTORS: Mapping[str, str] = {
    "public": "GOVERNMENT",
    "private": "PRIVATE",
    "military": "MILITARY",
    "self_employed": "SELF EMPLOYED",
}


class QatarPensionExtension(QatarProcedure):
    """One application registers one employment."""

    service = "pension-extension"
    kind = EXTENSION

    def details(self, inputs: Mapping[str, Any]) -> Details:
        return {
            "employer": {"@number": inputs["employer_number"], "name": inputs["employer_name"]},
            "employedSince": written_day(inputs["employment_start"]),
            "wage": {"@currency": "QAR", "#": written_amount(inputs["monthly_wage"])},
            "sector": _SECTORS[inputs["sector"]],
        }
