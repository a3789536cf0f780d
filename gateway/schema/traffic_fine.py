"""A fine for a traffic violation."""

from typing import Literal

from pydantic import Field

from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.dates import CalendarDate, Moment
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.money import Money
from gateway.schema.record import Record
from gateway.schema.text import PartialText, Words


class Violation(Frozen):
    """What the driver did, by the state's own code."""

    code: Words = Field(description="The state's own code of the violation")
    description: PartialText = Field(description="What the code says")


class Plate(Frozen):
    """A number plate: number, and the letters, category or issuing authority where the state has them."""

    country: Country = Field(description="The state that issued it, ISO 3166-1 alpha-2")
    number: Words = Field(description="Number as received, digits folded")
    letters: Words | None = Field(default=None, description="Letters or code")
    category: Words | None = Field(default=None, description="Category: private, transport and so on")
    issuer: Words | None = Field(default=None, description="Emirate or authority that issued it")


class TrafficFine(Record):
    """A fine for a traffic violation, in the currency of the state where it happened."""

    kind: Literal["traffic_fine"] = Field(default="traffic_fine", description="Always `traffic_fine`")
    reference: Words = Field(description="The state's number of the fine")
    subject: NationalIdentifier = Field(description="The person it was written to")
    violation: Violation = Field(description="What the driver did")
    occurred_at: Moment = Field(description="When it happened, UTC")
    original_time: Words | None = Field(default=None, description="The moment as the national system wrote it")
    plate: Plate | None = Field(default=None, description="The vehicle's number plate")
    amount: Money = Field(description="The whole fine")
    discounted: Money | None = Field(default=None, description="What is due now where a discount runs")
    status: Literal["unpaid", "paid", "disputed", "cancelled"] = Field(description="Where the fine stands")
    black_points: int | None = Field(default=None, ge=0, description="Points against the driving licence")
    location: PartialText | None = Field(default=None, description="Where it happened")
    authority: PartialText | None = Field(default=None, description="Authority that wrote the fine")
    due: CalendarDate | None = Field(default=None, description="Last day of payment")
