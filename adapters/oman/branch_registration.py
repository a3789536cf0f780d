"""The registration of a branch: a Gulf company in the Sultanate's register of trade."""

from collections.abc import Mapping
from typing import Any

from adapters.oman.applications import OmanProcedure
from adapters.oman.batches import Operation


class OmanBranchRegistration(OmanProcedure):
    """A line with the registration at home and what the branch is to be called."""

    service = "branch-registration"
    operation = Operation("CR-BRANCH", "MOCIIP")

    def columns(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "رقم_السجل": inputs["registration_number"],
            "اسم_الفرع": inputs["branch_name_ar"],
            "اسم_الفرع_بالإنجليزية": inputs["branch_name_en"],
            "المدينة": inputs["city"],
            "رمز_النشاط": inputs["activity_code"],
            "اسم_المدير": inputs["manager_name"],
        }
