"""What a state certifies about a person where no more particular record is made for it: a permit, say, or a licence."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.schema.base import Frozen
from gateway.schema.dates import CalendarDate
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.record import Record
from gateway.schema.text import PartialText, Text, Words

MOST_DETAILS = 32
"""Details of one evidence; whoever has more to tell needs a record of its own."""

DetailValue = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class EvidenceDetail(Frozen):
    """One thing that the evidence says, under a name in both languages."""

    label: Text = Field(description="What the value is")
    value: DetailValue = Field(description="The value as the national system gives it")


class Evidence(Record):
    """An evidence about a person, as CCCEV calls it: what it is, whether and how long it holds, and its details."""

    kind: Literal["evidence"] = Field(default="evidence", description="Always `evidence`")
    reference: Words = Field(description="The state's number of the evidence")
    subject: NationalIdentifier = Field(description="The person it is about")
    title: PartialText = Field(description="What it is called")
    status: Literal["valid", "expired", "suspended", "revoked"] | None = Field(
        default=None, description="Where the evidence stands, where the state says so"
    )
    issued: CalendarDate | None = Field(default=None, description="Day of issue")
    valid_until: CalendarDate | None = Field(default=None, description="Last day on which it holds")
    issuer: PartialText | None = Field(default=None, description="Authority that issued it")
    details: tuple[EvidenceDetail, ...] = Field(
        default=(), max_length=MOST_DETAILS, description="What else it says, each under a name in both languages"
    )
