"""The insurance protection extension: what the Social Insurance Organization is told of the employment."""

from decimal import Decimal
from typing import Final

from adapters.bahrain.answers import Json
from adapters.bahrain.applications import BahrainProcedure, written_day
from gateway.sdk import Money, Order

_SECTORS: Final = {"public": "GOV", "private": "PRV", "military": "MIL", "self_employed": "SELF"}


class BahrainPensionExtension(BahrainProcedure):
    """The wage travels in whole fils, as all money of Bahrain does."""

    service = "pension-extension"
    endpoint = "sio"
    code = "SIO-EXT"

    def fields(self, order: Order) -> Json:
        inputs = order.inputs
        return {
            "employer": {"number": inputs["employer_number"], "name": inputs["employer_name"]},
            "start_date": written_day(inputs["employment_start"]),
            "wage_fils": Money.of(Decimal(inputs["monthly_wage"]), "BHD").minor,
            "sector": _SECTORS[inputs["sector"]],
        }
