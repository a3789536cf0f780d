"""What is said of an application, in an answer or an event, and what it means in the words of the shared schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from adapters.qatar.answers import read_answer
from adapters.qatar.application_messages import EVENT, FILE, PAYLOAD
from adapters.qatar.messages import Fields, read_message
from adapters.qatar.values import instant, item_name, need_riyals, needed, whose
from gateway.sdk import (
    ApplicationStatus,
    BackendGarbled,
    BackendRefused,
    Order,
    Payment,
    Progress,
    Reason,
    Response,
    ResultDocument,
    Wanted,
)

STATUSES: Final[Mapping[str, ApplicationStatus]] = {
    "RECEIVED": ApplicationStatus.accepted,
    "UNDER REVIEW": ApplicationStatus.in_progress,
    "INCOMPLETE": ApplicationStatus.needs_citizen,
    "AWAITING PAYMENT": ApplicationStatus.awaiting_payment,
    "APPROVED": ApplicationStatus.approved,
    "REJECTED": ApplicationStatus.refused,
    "WITHDRAWN": ApplicationStatus.withdrawn,
    "CLOSED": ApplicationStatus.failed,
}
_KINDS_OF_ITEM: Final[Mapping[str, Literal["document", "text"]]] = {"DOCUMENT": "document", "TEXT": "text"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an application stands, as the agency says: its element ``application``."""

    fields: Fields


def read_standing(response: Response, *, order: Order) -> Standing:
    """The answer about the order's application; raises ``BackendError``, runs inside the gate's guards."""
    answer = read_answer(response, reference=order.call, payload=PAYLOAD)
    if answer.data is None:
        # An application that was handed in is known for ever: that it is not is for an operator to look into.
        raise BackendRefused(reason="1001")
    return _believed(Standing(answer.data.need_part(PAYLOAD)), order)


def read_file(response: Response, *, order: Order, digest: str) -> str:
    """The agency's number of a file that it has taken, whole; raises ``BackendError``."""
    answer = read_answer(response, reference=order.call, payload=FILE)
    file = answer.data and answer.data.need_part(FILE)
    if file is None or file.attribute("sha256") != digest:
        raise BackendGarbled
    return file.need_attribute("id")


def read_event(body: bytes, delivery: str) -> tuple[str, Standing]:
    """The reference of the application that an event is about, and how it stands.

    ``delivery`` is the event's own number, which it repeats. Raises ``BackendError`` and ``KeyError``.
    """
    event = read_message(body, EVENT)
    if event.text("delivery") != delivery:
        raise BackendGarbled
    standing = Standing(event.need_part(PAYLOAD))
    return standing.fields.need_attribute("ref"), standing


def progress(standing: Standing, order: Order) -> Progress:
    """The standing in the shared schema; raises ``BackendGarbled`` whatever is wrong with it."""
    try:
        _believed(standing, order)
        if whose(standing.fields.need_part("identity")) != (order.subject.country, order.subject.value):
            raise BackendGarbled("backend_wrong_subject")
        return _progress(standing.fields)
    except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
        # What is wrong is only named by its kind: the agency's words may be personal.
        raise BackendGarbled(reason=type(problem).__name__) from problem


def _believed(standing: Standing, order: Order) -> Standing:
    """The standing, if it is that of the order's application."""
    fields, number = standing.fields, order.national_reference
    if fields.attribute("ref") != order.reference or number not in (None, fields.attribute("number")):
        raise BackendGarbled("backend_wrong_subject")
    return standing


def _progress(fields: Fields) -> Progress:
    word, payment = fields.need("status"), fields.part("payment")
    return Progress(
        reference=fields.need_attribute("number"),
        status=STATUSES.get(word),
        national_status=word,
        changed_at=instant(fields.need("date"), fields.need("time")),
        reasons=tuple(_reason(each) for each in fields.each("reasons", "reason")),
        wanted=tuple(_wanted(each) for each in fields.each("requirements", "requirement")),
        payment=_payment(payment) if payment else None,
        documents=tuple(_document(each) for each in fields.each("documents", "document")),
    )


def _reason(fields: Fields) -> Reason:
    return Reason(code=fields.need_attribute("code"), text=needed(fields, "words"))


def _wanted(fields: Fields) -> Wanted:
    return Wanted(
        name=item_name(fields.need_attribute("name")),
        kind=_KINDS_OF_ITEM[fields.need_attribute("kind")],
        title=needed(fields, "words"),
    )


def _payment(fields: Fields) -> Payment:
    until = fields.part("until")
    return Payment(
        amount=need_riyals(fields, "amount"),
        url=fields.need("page"),
        expires=instant(until.need("date"), until.need("time")) if until else None,
    )


def _document(fields: Fields) -> ResultDocument:
    return ResultDocument(id=fields.need_attribute("id"), title=needed(fields, "words"), signed=True)
