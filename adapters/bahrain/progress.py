"""How an application stands, from Bahrain's words to those of the shared schema."""

from collections.abc import Mapping
from typing import Final, Literal

from adapters.bahrain.answers import PDF, Json
from adapters.bahrain.values import due_fils, gulf_state, moment, need, needed_words, part, rows, text
from gateway.sdk import (
    ApplicationStatus,
    BackendGarbled,
    Country,
    Order,
    Payment,
    Progress,
    Reason,
    ResultDocument,
    Wanted,
)

_STATUSES: Final[Mapping[str, ApplicationStatus]] = {
    "RECEIVED": ApplicationStatus.accepted,
    "UNDER_REVIEW": ApplicationStatus.in_progress,
    "INCOMPLETE": ApplicationStatus.needs_citizen,
    "PENDING_PAYMENT": ApplicationStatus.awaiting_payment,
    "APPROVED": ApplicationStatus.approved,
    "REJECTED": ApplicationStatus.refused,
    "CANCELLED": ApplicationStatus.withdrawn,
    "CLOSED": ApplicationStatus.failed,
}
_KINDS: Final[Mapping[str, Literal["document", "text"]]] = {"DOCUMENT": "document", "TEXT": "text"}


def progress(answer: Json, order: Order) -> Progress:
    """What the answer says of the order's application; raises ``BackendGarbled`` for anything else."""
    try:
        _expect_ours(answer, order)
        return _progress(answer)
    except (LookupError, ValueError) as problem:
        raise BackendGarbled from problem


def _expect_ours(answer: Json, order: Order) -> None:
    """An answer about another application, or about somebody else's, is not believed."""
    if need(answer, "client_reference") != order.reference:
        raise BackendGarbled("backend_wrong_subject")
    if order.national_reference not in (None, need(answer, "application_no")):
        raise BackendGarbled("backend_wrong_subject")
    gulf = part(answer, "gcc_id")
    if gulf and text(answer, "cpr") is not None:
        raise ValueError("has two numbers")
    country = gulf_state(need(gulf, "country")) if gulf else Country.BH
    number = need(gulf, "number") if gulf else need(answer, "cpr")
    if (country, number) != (order.subject.country, order.subject.value):
        raise BackendGarbled("backend_wrong_subject")


def _progress(answer: Json) -> Progress:
    word = need(answer, "status")
    status = _STATUSES.get(word)
    wanted = tuple(_wanted(row) for row in rows(answer, "missing"))
    payment = _payment(part(answer, "payment"))
    # Somebody is told to act on these two, and could not.
    if (status is ApplicationStatus.needs_citizen and not wanted) or (
        status is ApplicationStatus.awaiting_payment and payment is None
    ):
        raise ValueError("asks for what it does not name")
    return Progress(
        reference=need(answer, "application_no"),
        status=status,
        national_status=word,
        changed_at=moment(need(answer, "status_at")),
        reasons=tuple(
            Reason(code=need(row, "code"), text=needed_words(row, "text")) for row in rows(answer, "reasons")
        ),
        wanted=wanted,
        payment=payment,
        documents=tuple(_document(row) for row in rows(answer, "documents")),
    )


def _reason(row: Json) -> Reason:
    return Reason(code=need(row, "code"), text=needed_words(row, "text"))


def _wanted(row: Json) -> Wanted:
    return Wanted(name=need(row, "item").lower(), kind=_KINDS[need(row, "kind")], title=needed_words(row, "title"))


def _payment(fields: Json) -> Payment | None:
    if not fields:
        return None
    expires = text(fields, "expires_at")
    return Payment(
        amount=due_fils(fields, "amount_fils"),
        url=need(fields, "pay_url"),
        expires=moment(expires) if expires else None,
    )


def _document(row: Json) -> ResultDocument:
    """Bahrain does not sign what it issues here."""
    if need(row, "media_type") != PDF:
        raise ValueError("is not a PDF")
    return ResultDocument(id=need(row, "document_id"), title=needed_words(row, "title"))
