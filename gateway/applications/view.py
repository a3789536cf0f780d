"""What is said to the applicant, and what the applicant may ask."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from gateway.i18n import Language
from gateway.schema.application import ApplicationStatus, Payment, Reason, ResultDocument, Wanted
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.dates import Moment

ActionName = Literal["submit", "supply", "withdraw", "confirm_payment"]
Actor = Literal["citizen", "gateway", "agency", "operator"]
What = Literal["status", "action", "delay", "overdue", "unknown_status", "given_up"]


class NewApplication(Frozen):
    """What is applied for. A ``draft`` waits for attachments, or for second thoughts, until it is submitted."""

    service: str
    country: Country
    inputs: dict[str, Any] = Field(default_factory=dict)
    purpose: str | None = None
    language: Language = "ar"
    draft: bool = False


class ActionRequest(Frozen):
    """What the applicant does about it; ``values`` are texts that the state asked for, by their names."""

    kind: ActionName
    values: dict[str, str] = Field(default_factory=dict)


class Filters(Frozen):
    """Which of a person's applications are wanted; what is not given is not asked."""

    country: Country | None = None
    status: ApplicationStatus | None = None
    service: str | None = None


class TimelineEntry(Frozen):
    """One thing that happened: when, by whom, what, and the status after it."""

    at: Moment
    actor: Actor
    what: What
    status: ApplicationStatus
    action: ActionName | None = Field(None, description="What was done, where the entry is of an action.")
    national_status: str | None = Field(None, description="The state's own word, where the state said it.")
    receipt: str | None = Field(None, description="The ledger entry of the exchange, for `/v1/receipts/{id}`.")


class ApplicationView(Frozen):
    """One application as its applicant sees it."""

    id: str
    service: str
    country: Country = Field(description="The deciding state.")
    agency: str
    status: ApplicationStatus
    status_known: bool = Field(description="False while the state says something that its room cannot interpret.")
    problem: str | None = Field(
        None,
        description="`application_unreadable` while what is kept of it cannot be opened: only what stands beside it is "
        "shown, and nothing can be done about it.",
    )
    created_at: Moment
    updated_at: Moment
    submitted_at: Moment | None = None
    expected_on: date | None = Field(
        None,
        description="By when, in working days of the deciding state; later by those that it waited for the applicant.",
    )
    paused_since: Moment | None = Field(
        None, description="Since when the term stands still, because the state waits for the applicant."
    )
    overdue: bool = False
    national_reference: str | None = None
    reasons: tuple[Reason, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    attached: tuple[str, ...] = Field((), description="Files that arrived and wait to be submitted or supplied.")
    payment: Payment | None = None
    documents: tuple[ResultDocument, ...] = ()
    timeline: tuple[TimelineEntry, ...] = Field(description="The oldest first.")
    actions: tuple[ActionName, ...] = Field(description="What the applicant can do now.")
    receipt: str | None = Field(None, description="The newest ledger entry about it.")
