"""The certificate of residence: what it is for, and in which language the register is to write it."""

from typing import Final

from adapters.bahrain.answers import Json
from adapters.bahrain.applications import BahrainProcedure
from gateway.sdk import Order

_USES: Final = {"bank": "BANK", "school": "SCHOOL", "employment": "WORK", "embassy": "EMBASSY", "other": "OTHER"}


class BahrainResidenceCertificate(BahrainProcedure):
    """Everything else stands in the population register already."""

    service = "residence-certificate"
    endpoint = "iga"
    code = "IGA-RESIDENCE"

    def fields(self, order: Order) -> Json:
        inputs = order.inputs
        return {"use": _USES[inputs["use"]], "certificate_language": inputs["certificate_language"].upper()}
