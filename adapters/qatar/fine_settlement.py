"""Settling a violation: the General Directorate of Traffic says what is due, and takes it on its own page."""

from collections.abc import Mapping
from typing import Any

from adapters.qatar.application_messages import SETTLEMENT, Details
from adapters.qatar.applications import QatarProcedure


class QatarFineSettlement(QatarProcedure):
    """One application settles one violation."""

    service = "fine-settlement"
    kind = SETTLEMENT

    def details(self, inputs: Mapping[str, Any]) -> Details:
        return {"violationNumber": inputs["fine_reference"]}
