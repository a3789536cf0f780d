"""An application: something applied for, decided by a state over days, told in the same words for all six."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from gateway.schema.base import Frozen
from gateway.schema.dates import Moment
from gateway.schema.money import Money
from gateway.schema.text import PartialText, Words

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What an input, an attachment or a wanted thing is called, in snake_case."""


class ApplicationStatus(StrEnum):
    """Where an application stands; the same ten in every state.

    `draft` not sent yet, `submitted` ours to deliver, `accepted` the state has received it, `in_progress` it is being
    decided, `needs_citizen` the state asks for more, `awaiting_payment` it waits to be paid, and four ends: `approved`,
    `refused` on its merits, `withdrawn` by the person, `failed` for a reason that is not the person's.
    """

    draft = "draft"
    submitted = "submitted"
    accepted = "accepted"
    in_progress = "in_progress"
    needs_citizen = "needs_citizen"
    awaiting_payment = "awaiting_payment"
    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"
    failed = "failed"

    @property
    def final(self) -> bool:
        """Whether nothing comes after it."""
        return self in _FINAL


_FINAL: Final = frozenset(
    {
        ApplicationStatus.approved,
        ApplicationStatus.refused,
        ApplicationStatus.withdrawn,
        ApplicationStatus.failed,
    }
)


class Reason(Frozen):
    """Why a state decided as it did, in its own words."""

    code: Words = Field(description="The state's own code")
    text: PartialText


class Wanted(Frozen):
    """One thing that a state asks the person for before it goes on."""

    name: Name = Field(description="The name under which it is supplied")
    kind: Literal["document", "text"]
    title: PartialText


class Payment(Frozen):
    """What is to be paid, and where the state takes it."""

    amount: Money
    url: str = Field(pattern=r"^https?://", max_length=2000, description="The state's own payment page")
    expires: Moment | None = None


class ResultDocument(Frozen):
    """A document that a state issued for an approved application; `signed` where the state signs its documents."""

    id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$", description="The state's own id of it")
    title: PartialText
    media_type: Literal["application/pdf"] = "application/pdf"
    signed: bool = False


class Progress(Frozen):
    """What a state says of an application at one moment.

    `status` is null where the state's word is not one that the room knows: the application then shows as received,
    and an operator is told.
    """

    reference: Words = Field(description="The state's own reference")
    status: ApplicationStatus | None
    national_status: Words = Field(description="The state's own word for it")
    changed_at: Moment = Field(description="When it came to stand so, by the state's clock")
    reasons: tuple[Reason, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    payment: Payment | None = None
    documents: tuple[ResultDocument, ...] = ()
