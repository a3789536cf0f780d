"""The registration of a branch: a Gulf company in the Kingdom's commercial register."""

from collections.abc import Mapping
from typing import Any

from adapters.saudi_arabia.applications import SaudiProcedure


class SaudiBranchRegistration(SaudiProcedure):
    """Asked with the registration at home and what the branch is to be called."""

    service = "branch-registration"
    request_type = "MC_BRANCH"

    def national_fields(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "homeCrNumber": inputs["registration_number"],
            "branchName": inputs["branch_name_ar"],
            "branchNameEn": inputs["branch_name_en"],
            "cityName": inputs["city"],
            "activityId": inputs["activity_code"],
            "managerName": inputs["manager_name"],
            "isMain": "false",
        }
