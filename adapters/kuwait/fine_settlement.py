"""Settling a violation: the General Traffic Department says what is due, and takes it on its own page."""

from collections.abc import Mapping
from typing import Any

from adapters.kuwait.applications import KuwaitProcedure
from adapters.kuwait.requests import SETTLEMENT, Member


class KuwaitFineSettlement(KuwaitProcedure):
    """One application settles one violation."""

    service = "fine-settlement"
    kind = SETTLEMENT

    def details(self, inputs: Mapping[str, Any]) -> Mapping[str, Member]:
        return {"TicketNo": inputs["fine_reference"]}
