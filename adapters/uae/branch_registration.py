"""The branch of a company from another state: what the Ministry of Economy and Tourism is told of it."""

from adapters.uae.applications import EmiratesProcedure
from adapters.uae.national import Document
from gateway.sdk import Order


class EmiratesBranchRegistration(EmiratesProcedure):
    """A manager's name goes whole into the first slot of a name: where its parts end is not guessed."""

    service = "branch-registration"
    authority = "ner"
    code = "NER-BRANCH"

    def data(self, order: Order) -> Document:
        inputs = order.inputs
        return {
            "homeLicenceNo": inputs["registration_number"],
            "tradeNameAR": inputs["branch_name_ar"],
            "tradeNameEN": inputs["branch_name_en"],
            "city": inputs["city"],
            "activityCode": inputs["activity_code"],
            "managerFullname": f"{_without_commas(inputs['manager_name'])},,,,,,",
        }


def _without_commas(name: str) -> str:
    """The name with blanks in place of what would be read as the end of a slot."""
    return " ".join(name.replace(",", " ").replace("،", " ").split())
