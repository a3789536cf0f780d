"""What the five procedures share in Saudi Arabia: how a request is made, and how its result is read."""

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, time
from typing import Any, ClassVar, Final

from adapters.saudi_arabia.hijri import written_hijri
from adapters.saudi_arabia.national import SaudiSystem
from adapters.saudi_arabia.operations import DOCUMENT, REJECTION, REQUIREMENT
from adapters.saudi_arabia.soap import Result
from adapters.saudi_arabia.values import Fields, day, identity, text
from gateway.sdk import (
    Action,
    ApplicationStatus,
    BackendGarbled,
    Country,
    Download,
    Money,
    Order,
    Payment,
    Procedure,
    Progress,
    Reason,
    ResultDocument,
    Wanted,
    boolean,
    decimal,
    fold_digits,
)

STATUSES: Final[Mapping[str, ApplicationStatus]] = {
    "RECEIVED": ApplicationStatus.accepted,
    "UNDER_REVIEW": ApplicationStatus.in_progress,
    "RETURNED": ApplicationStatus.needs_citizen,
    "BILLED": ApplicationStatus.awaiting_payment,
    "COMPLETED": ApplicationStatus.approved,
    "REJECTED": ApplicationStatus.refused,
    "CANCELLED": ApplicationStatus.withdrawn,
    "ABORTED": ApplicationStatus.failed,
}
"""The words of the bus for where a request stands (invented); any other is shown as received."""

_ZONE: Final = Country.SA.facts.zone
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?")
_END_OF_DAY: Final = time(23, 59, 59)


class SaudiProcedure(Procedure[SaudiSystem, Result]):
    """One kind of request at the desk of the bus; the five say what they are called and what they ask with."""

    request_type: ClassVar[str]

    def national_fields(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        """The inputs as the bus takes them."""
        raise TypeError(f"{type(self).__name__} must say what it asks with")

    async def submit(self, order: Order) -> Result:
        return await self.system.requests.submit(self.request_type, self.national_fields(order.inputs), order)

    async def track(self, order: Order) -> Result:
        return await self.system.requests.status(order)

    async def act(self, order: Order, action: Action) -> Result:
        return await self.system.requests.act(action, order)

    def normalise(self, answer: Result, order: Order) -> Progress:
        try:
            return _progress(answer, self.request_type, order)
        except (ArithmeticError, LookupError, ValueError) as problem:
            # What the problem says may be personal: only its kind is told.
            raise BackendGarbled(reason=type(problem).__name__) from problem

    def open_document(self, order: Order, document: str) -> AbstractAsyncContextManager[Download]:
        return self.system.requests.document(document, order)


def written_days(name: str, day_iso: str) -> Mapping[str, str]:
    """A day of the applicant's as the bus takes it, ``dd-MM-yyyy`` in the Hijri and the Gregorian calendar.

    The Hijri one is ``"null"`` for days before 1343 AH. Raises ``ValueError`` where there is no such day.
    """
    gregorian = date.fromisoformat(day_iso)
    return {f"{name}H": written_hijri(gregorian) or "null", f"{name}G": f"{gregorian:%d-%m-}{gregorian.year:04d}"}


def _progress(answer: Result, request_type: str, order: Order) -> Progress:
    fields = answer.fields
    _check_about(fields, request_type, order)
    word = fields["statusCode"]
    status = STATUSES.get(word)
    closed = boolean(fields["isClosed"])
    if status is not None and closed is not status.final:
        raise ValueError("the request is closed or open against its own status")
    return Progress(
        reference=fields["requestNumber"],
        status=status,
        national_status=word,
        changed_at=_moment(fields, "statusDate", time.fromisoformat(_clock(fields["statusTime"]))),
        reasons=tuple(_reason(row) for row in answer.rows[REJECTION]),
        wanted=tuple(_wanted(row) for row in answer.rows[REQUIREMENT]),
        payment=_payment(fields) if status is ApplicationStatus.awaiting_payment else None,
        documents=tuple(_document(row) for row in answer.rows[DOCUMENT]),
    )


def _check_about(fields: Fields, request_type: str, order: Order) -> None:
    """Whose request it is, and which, must be as asked: another's must never show."""
    asked = {**identity(order.subject), "requesterReference": order.reference, "requestType": request_type}
    if order.national_reference is not None:
        asked["requestNumber"] = order.national_reference
    told = {name: fields.get(name) for name in (*asked, "nationality")}
    told["id"] = fold_digits(told["id"] or "")
    if told != {"nationality": None, **asked}:
        raise BackendGarbled("backend_wrong_subject")


def _moment(fields: Fields, name: str, at: time) -> datetime:
    """A moment in Riyadh; its day is written in the Hijri calendar, and for some in the Gregorian beside it."""
    read = day(fields.get(f"{name}G"), fields.get(f"{name}H"), set())
    if read is None:
        raise ValueError("the moment has no day")
    return datetime.combine(read.date, at, _ZONE)


def _clock(written: str) -> str:
    """A time of day as ``HH:mm:ss`` or with three decimals, which is as far as this bus goes."""
    folded = fold_digits(written)
    if not _TIME.fullmatch(folded):
        raise ValueError("the time is not written as HH:mm:ss")
    return folded


def _reason(row: Fields) -> Reason:
    code = row["reasonCode"]
    described = text(row, "reasonDesc", "reasonDescEn")
    if described is None:
        raise ValueError("the reason has no words")
    return Reason(code=code, text=described)


def _wanted(row: Fields) -> Wanted:
    """Something asked for; its code is all capitals, so that the way back to it is sure."""
    code, title = row["requirementCode"], text(row, "requirementDesc", "requirementDescEn")
    if not _CODE.fullmatch(code) or title is None:
        raise ValueError("the requirement cannot be told")
    return Wanted(name=code.lower(), kind="document" if boolean(row["isDocument"]) else "text", title=title)


def _payment(fields: Fields) -> Payment:
    due = fields.get("billDueDateH") or fields.get("billDueDateG")
    return Payment(
        amount=Money.of(decimal(fields["billAmount"]), "SAR"),
        url=fields["billUrl"],
        expires=_moment(fields, "billDueDate", _END_OF_DAY) if due else None,
    )


def _document(row: Fields) -> ResultDocument:
    title = text(row, "documentDesc", "documentDescEn")
    if title is None:
        raise ValueError("the document has no title")
    return ResultDocument(id=row["documentId"], title=title, signed=boolean(row["isSigned"]))
