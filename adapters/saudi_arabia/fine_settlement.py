"""The settlement of a fine: a violation becomes a bill, and the bill a receipt."""

from collections.abc import Mapping
from typing import Any

from adapters.saudi_arabia.applications import SaudiProcedure


class SaudiFineSettlement(SaudiProcedure):
    """Asked with the number of the violation."""

    service = "fine-settlement"
    request_type = "TRAFFIC_PAYMENT"

    def national_fields(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {"violationNumber": inputs["fine_reference"]}
