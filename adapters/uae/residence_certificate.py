"""The certificate of residence: what it is for, and in which language the federal register is to write it."""

from typing import Final

from adapters.uae.applications import EmiratesProcedure
from adapters.uae.national import Document
from gateway.sdk import Order

_USES: Final = {
    "bank": "BANK",
    "school": "SCHOOL",
    "employment": "EMPLOYER",
    "embassy": "EMBASSY",
    "other": "OTHER",
}


class EmiratesResidenceCertificate(EmiratesProcedure):
    """Everything else stands in the federal register already."""

    service = "residence-certificate"
    authority = "icp"
    code = "ICP-RES"

    def data(self, order: Order) -> Document:
        inputs = order.inputs
        return {"addressedTo": _USES[inputs["use"]], "certificateLanguage": inputs["certificate_language"].upper()}
