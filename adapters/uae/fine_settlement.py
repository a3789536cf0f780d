"""The settlement of a fine: which ticket the Ministry of Interior is to be paid for."""

from adapters.uae.applications import EmiratesProcedure
from adapters.uae.national import Document
from gateway.sdk import Order


class EmiratesFineSettlement(EmiratesProcedure):
    """The amount is the ministry's to say."""

    service = "fine-settlement"
    authority = "moi"
    code = "MOI-PAY"

    def data(self, order: Order) -> Document:
        return {"ticketNo": order.inputs["fine_reference"]}
