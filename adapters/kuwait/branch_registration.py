"""A branch of a company of another Gulf state, as the Ministry of Commerce and Industry licenses it."""

from collections.abc import Mapping
from typing import Any

from adapters.kuwait.applications import KuwaitProcedure
from adapters.kuwait.requests import BRANCH, Member


class KuwaitBranchRegistration(KuwaitProcedure):
    """One application licenses one branch, for one activity."""

    service = "branch-registration"
    kind = BRANCH

    def details(self, inputs: Mapping[str, Any]) -> Mapping[str, Member]:
        return {
            "ActivityCode": inputs["activity_code"],
            "City": inputs["city"],
            "HomeRegistrationNo": inputs["registration_number"],
            "ManagerFullName": inputs["manager_name"],
            "TradeNameAr": inputs["branch_name_ar"],
            "TradeNameEn": inputs["branch_name_en"].upper(),
        }
