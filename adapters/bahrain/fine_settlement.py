"""The settlement of a fine: which violation the traffic directorate is to be paid for."""

from adapters.bahrain.answers import Json
from adapters.bahrain.applications import BahrainProcedure
from gateway.sdk import Order


class BahrainFineSettlement(BahrainProcedure):
    """The amount is the directorate's to say."""

    service = "fine-settlement"
    endpoint = "traffic"
    code = "TRF-SETTLE"

    def fields(self, order: Order) -> Json:
        return {"violation_no": order.inputs["fine_reference"]}
