"""The records that services answer with, told apart by their kind."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from gateway.schema.commercial_registration import Activity, CommercialRegistration, Party
from gateway.schema.evidence import Evidence, EvidenceDetail
from gateway.schema.pension_contribution import Employer, PensionContribution
from gateway.schema.person import Person
from gateway.schema.record import Record
from gateway.schema.text import PartialText
from gateway.schema.traffic_fine import Plate, TrafficFine, Violation

AnyRecord = Annotated[
    Person | TrafficFine | CommercialRegistration | PensionContribution | Evidence,
    Field(discriminator="kind"),
]
"""Any record; without the discriminator a subclass would be written with its base's fields only."""


def records_as_json(records: Iterable[AnyRecord]) -> bytes:
    """The records as a JSON array, each written by its own class: that needs no search for which of them it is."""
    return b"[" + b",".join([record.__pydantic_serializer__.to_json(record) for record in records]) + b"]"


__all__ = [
    "Activity",
    "AnyRecord",
    "CommercialRegistration",
    "Employer",
    "Evidence",
    "EvidenceDetail",
    "PartialText",
    "Party",
    "PensionContribution",
    "Person",
    "Plate",
    "Record",
    "TrafficFine",
    "Violation",
    "records_as_json",
]
