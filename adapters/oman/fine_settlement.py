"""The settlement of a fine: its number goes in, a payment page and then a receipt come out."""

from collections.abc import Mapping
from typing import Any

from adapters.oman.applications import OmanProcedure
from adapters.oman.batches import Operation


class OmanFineSettlement(OmanProcedure):
    """A line with the number of the fine."""

    service = "fine-settlement"
    operation = Operation("TR-PAYMENT", "ROP-TR")

    def columns(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {"رقم_المخالفة": inputs["fine_reference"]}
