"""Registration under the insurance protection extension, at the Public Institution for Social Security."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from adapters.kuwait.applications import KuwaitProcedure
from adapters.kuwait.requests import EXTENSION, Member
from adapters.kuwait.values import midnight

_SECTORS: Mapping[str, str] = {"public": "1", "private": "2", "military": "3", "self_employed": "4"}


class KuwaitPensionExtension(KuwaitProcedure):
    """One application registers one employment."""

    service = "pension-extension"
    kind = EXTENSION

    def details(self, inputs: Mapping[str, Any]) -> Mapping[str, Member]:
        return {
            "EmployerName": inputs["employer_name"],
            "EmployerNo": inputs["employer_number"],
            "EmploymentDate": midnight(inputs["employment_start"]),
            # Dinars have three decimals, as many as the input may have.
            "Salary": f"{Decimal(inputs['monthly_wage']):.3f}",
            "SectorCode": _SECTORS[inputs["sector"]],
        }
