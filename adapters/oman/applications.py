"""What the five procedures share in Oman: an application as a line of a file, and how its result is read."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from adapters.oman.batch_file import Row
from adapters.oman.batches import Answer, Operation
from adapters.oman.national import OmanSystem
from adapters.oman.values import NUMERIC, arabic_needed, code, moment, needed, plain, rials
from gateway.sdk import (
    Action,
    ApplicationStatus,
    BackendGarbled,
    Download,
    Order,
    Payment,
    Procedure,
    Progress,
    Reason,
    ResultDocument,
    Wanted,
    strip_marks,
)

APPLICATION, REASON, WANTED, PAYMENT, DOCUMENT = "طلب", "سبب", "مطلوب", "سداد", "وثيقة"
"""The kinds of lines in a result: an application first, then what belongs to it under the same number."""

STATUSES: Final[Mapping[str, ApplicationStatus]] = {
    "مستلم": ApplicationStatus.accepted,
    "قيد الدراسة": ApplicationStatus.in_progress,
    "بانتظار الاستكمال": ApplicationStatus.needs_citizen,
    "بانتظار السداد": ApplicationStatus.awaiting_payment,
    "منجز": ApplicationStatus.approved,
    "مرفوض": ApplicationStatus.refused,
    "مسحوب": ApplicationStatus.withdrawn,
    "متعذر": ApplicationStatus.failed,
}
"""The words for where an application stands (invented); any other is shown as received."""

_KINDS: Final = frozenset({APPLICATION, REASON, WANTED, PAYMENT, DOCUMENT})
_WANTED_KINDS: Final[Mapping[str, Any]] = {"نص": "text", "مستند": "document"}
_CODE: Final = re.compile(r"[A-Z][A-Z0-9-]{0,39}")
_THOUSANDTH: Final = Decimal("0.001")


class OmanProcedure(Procedure[OmanSystem, Answer]):
    """One kind of application; the five say what they are called and what stands in their columns."""

    operation: ClassVar[Operation]

    def columns(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        """The inputs by the columns of the file."""
        raise TypeError(f"{type(self).__name__} must say what stands in its columns")

    async def submit(self, order: Order) -> Answer:
        return await self.system.intake.apply(self.operation, self.columns(order.inputs), order)

    async def track(self, order: Order) -> Answer:
        return await self.system.intake.result(self.operation, order)

    async def act(self, order: Order, action: Action) -> Answer:
        return await self.system.intake.act(self.operation, action, order)

    def normalise(self, answer: Answer, order: Order) -> Progress:
        try:
            # How old the file is does not matter: what it tells is dated by the moment of the status.
            return _progress(_lines(answer.rows), self.operation, order)
        except (ArithmeticError, LookupError, ValueError) as problem:
            # What the problem says may be personal: only its kind is told.
            raise BackendGarbled(reason=type(problem).__name__) from problem

    def open_document(self, order: Order, document: str) -> AbstractAsyncContextManager[Download]:
        return self.system.intake.document(document, order)


def written_day(day_iso: str) -> str:
    """A day of the applicant's as ``dd/MM/yyyy``; raises ``ValueError`` where there is no such day."""
    day = date.fromisoformat(day_iso)
    return f"{day:%d/%m/}{day.year:04d}"


def written_rials(amount: str) -> str:
    """An amount of the applicant's with all three decimals after ``٫``."""
    return f"{Decimal(amount).quantize(_THOUSANDTH)}".replace(".", "٫")


def _lines(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """The lines of the one application by their kind; raises ``BackendGarbled`` where they are not of one."""
    kinds = [row["نوع_السطر"].strip() for row in rows]
    numbers = {needed(row, "رقم_الطلب") for row in rows}
    if kinds[:1] != [APPLICATION] or kinds.count(APPLICATION) != 1 or not _KINDS.issuperset(kinds) or len(numbers) != 1:
        raise BackendGarbled(reason="file_lines")
    return {kind: [row for row, its in zip(rows, kinds, strict=True) if its == kind] for kind in _KINDS}


def _progress(lines: Mapping[str, Sequence[Row]], operation: Operation, order: Order) -> Progress:
    (row,) = lines[APPLICATION]
    _check_about(row, operation, order)
    word = row["الحالة"].strip()
    status = STATUSES.get(word)
    if len(lines[PAYMENT]) != (status is ApplicationStatus.awaiting_payment):
        raise ValueError("an application that waits to be paid says what is to be paid, and no other does")
    return Progress(
        reference=needed(row, "رقم_الطلب"),
        status=status,
        national_status=word,
        changed_at=moment(row["وقت_الحالة"]),
        reasons=tuple(Reason(code=needed(each, "الرمز"), text=arabic_needed(each, "البيان")) for each in lines[REASON]),
        wanted=tuple(_wanted(each) for each in lines[WANTED]),
        payment=next((_payment(each) for each in lines[PAYMENT]), None),
        documents=tuple(_document(each) for each in lines[DOCUMENT]),
    )


def _check_about(row: Row, operation: Operation, order: Order) -> None:
    """Whose application it is, and which, must be as asked: another's must never show."""
    told = (
        strip_marks(row["الرقم_المدني"]).strip(),
        plain(row["دولة_الرقم"]).zfill(3),
        needed(row, "المرجع"),
        needed(row, "رمز_الخدمة"),
        needed(row, "رقم_الطلب"),
    )
    subject = order.subject
    number = order.national_reference or told[-1]
    asked = (subject.value, NUMERIC[subject.country], order.reference, operation.code, number)
    if (plain(told[0]), *told[1:]) != asked:
        raise BackendGarbled("backend_wrong_subject")


def _wanted(row: Row) -> Wanted:
    """Something asked for; its code is capitals and hyphens, so that the way back to it is sure."""
    name = needed(row, "الرمز")
    if not _CODE.fullmatch(name):
        raise ValueError("the code of what is asked for is none")
    return Wanted(
        name=name.lower().replace("-", "_"),
        kind=_WANTED_KINDS[row["النوع"].strip()],
        title=arabic_needed(row, "البيان"),
    )


def _payment(row: Row) -> Payment:
    due = code(row.get("آخر_موعد"))
    return Payment(amount=rials(row["المبلغ"]), url=needed(row, "الرابط"), expires=moment(due) if due else None)


def _document(row: Row) -> ResultDocument:
    """A document; this state does not sign them."""
    return ResultDocument(id=needed(row, "الرمز"), title=arabic_needed(row, "البيان"))
