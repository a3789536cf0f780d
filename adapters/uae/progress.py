"""How an application stands, from the bus's words to those of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from adapters.uae.national import PDF, Document
from adapters.uae.values import dirhams, moment, needed
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
    alpha2,
)

_STATUSES: Final[Mapping[str, ApplicationStatus]] = {
    "NEW": ApplicationStatus.accepted,
    "UNDER-PROCESS": ApplicationStatus.in_progress,
    "RETURNED": ApplicationStatus.needs_citizen,
    "AWAITING-PAYMENT": ApplicationStatus.awaiting_payment,
    "COMPLETED": ApplicationStatus.approved,
    "REJECTED": ApplicationStatus.refused,
    "CANCELLED-BY-APPLICANT": ApplicationStatus.withdrawn,
    "CLOSED": ApplicationStatus.failed,
}
_KINDS: Final[Mapping[str, Literal["document", "text"]]] = {"FILE": "document", "TEXT": "text"}


def progress(answer: Document, order: Order) -> Progress:
    """What the answer says of the order's application; raises ``BackendGarbled`` for anything else."""
    try:
        _expect_ours(answer, order)
        return _progress(answer)
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        raise BackendGarbled from problem


def _expect_ours(answer: Document, order: Order) -> None:
    """An answer about another application, or about somebody else's, is not believed."""
    country = Country(alpha2(answer["idnIssuer"]) or answer["idnIssuer"])
    if (
        answer["clientReference"] != order.reference
        or order.national_reference not in (None, answer["applicationNo"])
        or (country, answer["idn"].replace("-", "")) != (order.subject.country, order.subject.value)
    ):
        raise BackendGarbled("backend_wrong_subject")


def _progress(answer: Document) -> Progress:
    word = answer["status"]
    status = _STATUSES.get(word)
    wanted = tuple(_wanted(row) for row in _rows(answer, "requirements"))
    payment = _payment(answer["payment"]) if answer.get("payment") is not None else None
    # Somebody is told to act on these two, and could not.
    if (status is ApplicationStatus.needs_citizen and not wanted) or (
        status is ApplicationStatus.awaiting_payment and payment is None
    ):
        raise ValueError("asks for what it does not name")
    return Progress(
        reference=answer["applicationNo"],
        status=status,
        national_status=word,
        changed_at=moment(answer["statusTime"]),
        reasons=tuple(Reason(code=row["reasonCode"], text=needed(row, "reason")) for row in _rows(answer, "reasons")),
        wanted=wanted,
        payment=payment,
        documents=tuple(_document(row) for row in _rows(answer, "documents")),
    )


def _wanted(row: Mapping[str, Any]) -> Wanted:
    name = row["requirement"].lower().replace("-", "_")
    return Wanted(name=name, kind=_KINDS[row["requirementType"]], title=needed(row, "title"))


def _payment(row: Mapping[str, Any]) -> Payment:
    if row["currency"] != "AED":
        raise ValueError("is not in dirhams")
    expires = row.get("expiryTime")
    return Payment(
        amount=dirhams(row["amount"]), url=row["payUrl"], expires=moment(expires) if expires is not None else None
    )


def _document(row: Mapping[str, Any]) -> ResultDocument:
    """The Emirates sign every document that they issue here."""
    if row["contentType"] != PDF:
        raise ValueError("is not a PDF")
    return ResultDocument(id=row["documentId"], title=needed(row, "documentName"), signed=True)


def _rows(answer: Document, name: str) -> Sequence[Mapping[str, Any]]:
    """The list of objects of that name; one that is missing may have been cut off."""
    rows = answer[name]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name} is not a list of objects")
    return rows
