"""The branch of a company from another state: what the Ministry of Industry and Commerce is told of it."""

from adapters.bahrain.answers import Json
from adapters.bahrain.applications import BahrainProcedure
from gateway.sdk import Order


class BahrainBranchRegistration(BahrainProcedure):
    """The company is named by its number at home; the branch by its name in both languages."""

    service = "branch-registration"
    endpoint = "moic"
    code = "MOIC-BRANCH"

    def fields(self, order: Order) -> Json:
        inputs = order.inputs
        return {
            "home_cr_no": inputs["registration_number"],
            "trade_name": {"ar": inputs["branch_name_ar"], "en": inputs["branch_name_en"]},
            "city": inputs["city"],
            "isic4_code": inputs["activity_code"],
            "manager_name": inputs["manager_name"],
        }
