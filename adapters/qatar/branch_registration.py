"""A branch of a company of another Gulf state, as the Ministry of Commerce and Industry registers it."""

from collections.abc import Mapping
from typing import Any

from adapters.qatar.application_messages import BRANCH, Details
from adapters.qatar.applications import QatarProcedure


class QatarBranchRegistration(QatarProcedure):
    """One application registers one branch, for one activity."""

    service = "branch-registration"
    kind = BRANCH

    def details(self, inputs: Mapping[str, Any]) -> Details:
        return {
            "homeRegistration": inputs["registration_number"],
            "tradeName": {"en": inputs["branch_name_en"].upper(), "ar": inputs["branch_name_ar"]},
            "city": inputs["city"],
            "activity": {"@code": inputs["activity_code"]},
            "manager": inputs["manager_name"],
        }
