"""The insurance protection extension: a Gulf citizen's job in the Kingdom, registered with the insurance of home."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.saudi_arabia.applications import SaudiProcedure, written_days

# The numbers are invented.
_SECTORS: Final[Mapping[str, str]] = {"public": "1", "private": "2", "military": "3", "self_employed": "4"}


class SaudiPensionExtension(SaudiProcedure):
    """Asked with the establishment, the day of joining in both calendars and the wage."""

    service = "pension-extension"
    request_type = "GOSI_EXTENSION"

    def national_fields(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "establishmentNumber": inputs["employer_number"],
            "establishmentName": inputs["employer_name"],
            **written_days("joiningDate", inputs["employment_start"]),
            "monthlyWage": inputs["monthly_wage"],
            "sectorCode": _SECTORS[inputs["sector"]],
            "isGulfCitizen": "true",
        }
