"""What is said of an application: at once, when asked how it stands, in a callback; and what it means in our words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from adapters.kuwait.answers import check_status, judged
from adapters.kuwait.contracts import Fields, read_contract, read_envelope
from adapters.kuwait.requests import CALLBACK, RECEIPT
from adapters.kuwait.values import dinars, gulf_state, instant, is_visitor, item_name, needed
from gateway.sdk import (
    ApplicationStatus,
    BackendGarbled,
    Country,
    Order,
    Payment,
    Progress,
    Reason,
    Response,
    ResultDocument,
    Wanted,
)

STATUSES: Final[Mapping[str, ApplicationStatus]] = {
    "1": ApplicationStatus.accepted,
    "2": ApplicationStatus.in_progress,
    "3": ApplicationStatus.needs_citizen,
    "4": ApplicationStatus.awaiting_payment,
    "5": ApplicationStatus.approved,
    "6": ApplicationStatus.refused,
    "7": ApplicationStatus.withdrawn,
    "8": ApplicationStatus.failed,
}
_KINDS_OF_ITEM: Final[Mapping[str, Literal["document", "text"]]] = {"1": "document", "2": "text"}
_ACCEPTED, _ANSWERED = 202, 200


@dataclass(frozen=True, slots=True)
class Standing:
    """How an application stands, as the agency says; ``number`` is its own, ``status`` its ``RequestStatus``."""

    number: str
    status: Fields


@dataclass(frozen=True, slots=True)
class Event:
    """What a callback tells: its own ``number``, when it was sent, and how the application stands."""

    number: str
    sent_at: datetime
    standing: Standing


def read_standing(response: Response, *, operation: str, order: Order, submitting: bool = False) -> Standing:
    """The answer about the order's application: 202 acknowledges a new one, a 200 may carry an ``Error``.

    Runs inside the gate's guards. Raises ``BackendError``.
    """
    check_status(response)
    result = read_envelope(response.body, f"{operation}Response", f"{operation}Result")
    if error := result.part("Error"):
        raise judged(error)
    number, status = result.text("Data"), result.part("RequestStatus")
    if response.status != (_ACCEPTED if submitting else _ANSWERED) or number is None or status is None:
        raise BackendGarbled
    return _believed(Standing(number, status), order.reference, order.national_reference)


def read_receipt(response: Response, *, digest: str) -> str:
    """The agency's number of a file that it has taken, whole; raises ``BackendError``."""
    check_status(response)
    receipt = read_contract(response.body, RECEIPT)
    if error := receipt.part("Error"):
        raise judged(error)
    number = receipt.text("FileID")
    if response.status != _ANSWERED or number is None or receipt.text("Sha256") != digest:
        raise BackendGarbled
    return number


def read_event(body: bytes, ref_id: str) -> Event:
    """What a callback about the application ``ref_id`` tells; raises ``BackendError`` and ``ValueError``."""
    response = read_envelope(body, CALLBACK, "response")
    details, result, status = (response.part(name) for name in ("RequestDetails", "ResultDetails", "RequestStatus"))
    if details is None or result is None or status is None or details.text("RefId") != ref_id:
        raise BackendGarbled
    number, event = details.text("RequestID"), details.text("NotificationID")
    sent = result.text("TransactionDate")
    if number is None or event is None or sent is None:
        raise BackendGarbled
    return Event(event, instant(sent), _believed(Standing(number, status), ref_id, number))


def progress(standing: Standing, order: Order) -> Progress:
    """The standing in the shared schema; raises ``BackendGarbled`` whatever is wrong with it."""
    try:
        _check_whose(standing, order)
        return _progress(standing)
    except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
        # What is wrong is only named by its kind: the agency's words may be personal.
        raise BackendGarbled(reason=type(problem).__name__) from problem


def _believed(standing: Standing, ref_id: str, number: str | None) -> Standing:
    """The standing, if it is that of the application which carries ``ref_id`` and, where known, ``number``."""
    status = standing.status
    if status.text("RefId") != ref_id or status.text("RequestID") != standing.number:
        raise BackendGarbled("backend_wrong_subject")
    if number is not None and standing.number != number:
        raise BackendGarbled("backend_wrong_subject")
    return standing


def _check_whose(standing: Standing, order: Order) -> None:
    """Raises ``BackendGarbled`` where the answer is about somebody or something else than was asked."""
    fields = standing.status
    country = gulf_state(fields.need("GccNationality")) if is_visitor(fields) else Country.KW
    if (country, fields.need("CivilID")) != (order.subject.country, order.subject.value):
        raise BackendGarbled("backend_wrong_subject")
    _believed(standing, order.reference, order.national_reference)


def _progress(standing: Standing) -> Progress:
    fields, payment = standing.status, standing.status.part("Payment")
    code = fields.need("StatusCode")
    return Progress(
        reference=standing.number,
        status=STATUSES.get(code),
        national_status=code,
        changed_at=instant(fields.need("StatusDate")),
        reasons=tuple(_reason(each) for each in fields.each("Reasons", "Reason")),
        wanted=tuple(_wanted(each) for each in fields.each("RequiredItems", "RequiredItem")),
        payment=_payment(payment) if payment else None,
        documents=tuple(_document(each) for each in fields.each("Documents", "Document")),
    )


def _reason(fields: Fields) -> Reason:
    return Reason(code=fields.need("Code"), text=needed(fields, "Text"))


def _wanted(fields: Fields) -> Wanted:
    return Wanted(
        name=item_name(fields.need("ItemCode")),
        kind=_KINDS_OF_ITEM[fields.need("ItemType")],
        title=needed(fields, "Title"),
    )


def _payment(fields: Fields) -> Payment:
    until = fields.text("PayableUntil")
    return Payment(
        amount=dinars(fields.need("Amount")),
        url=fields.need("PaymentURL"),
        expires=instant(until) if until else None,
    )


def _document(fields: Fields) -> ResultDocument:
    return ResultDocument(id=fields.need("DocumentID"), title=needed(fields, "Title"))
