"""Pension contributions: what the Social Protection Fund has booked, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.oman.batch_file import Row
from adapters.oman.batches import Answer, Operation
from adapters.oman.national import OmanSystem
from adapters.oman.values import arabic_needed, code, day, needed, noted, period, rials, subject_of
from gateway.sdk import Ask, Employer, Lookup, PensionContribution

OPERATION = Operation("PF-MONTHS", "SPF")

_STATUSES: Mapping[str, Literal["paid", "due", "late"]] = {"مسدد": "paid", "مستحق": "due", "متأخر": "late"}


class OmanPensionContributions(Lookup[OmanSystem, Answer]):
    """One row is one month, the oldest first."""

    service = "pension-contributions"

    async def fetch(self, ask: Ask) -> Answer:
        return await self.system.about_subject(OPERATION, ask)

    def normalise(self, answer: Answer, ask: Ask) -> Sequence[PensionContribution]:
        return tuple(_month(row, answer.stale, ask) for row in answer.rows)


def _month(row: Row, stale: bool, ask: Ask) -> PensionContribution:
    number, credited = subject_of(row, ask), code(row.get("الأشهر_المحتسبة"))
    return PensionContribution(
        source=ask.source_of(needed(row, "رقم_الحساب")),
        subject=number,
        employer=Employer(number=needed(row, "رقم_صاحب_العمل"), names=arabic_needed(row, "صاحب_العمل")),
        period=period(row["الشهر"]),
        wage=rials(row["الأجر"]),
        employee_share=rials(row["حصة_العامل"]),
        employer_share=rials(row["حصة_صاحب_العمل"]),
        status=_STATUSES[row["الحالة"].strip()],
        paid_on=day(row.get("تاريخ_السداد")),
        months_credited=int(credited) if credited else None,
        notes=noted(set(), stale, number),
    )
