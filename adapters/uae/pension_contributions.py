"""Pension contributions: the statement of the pension authority, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from adapters.uae.national import Document, EmiratesSystem
from adapters.uae.values import day, dirhams, needed, subject_of
from gateway.sdk import Ask, Employer, Lookup, NationalIdentifier, PensionContribution, flags

_STATUSES: Mapping[str, Literal["paid", "due", "late"]] = {"PAID": "paid", "DUE": "due", "OVERDUE": "late"}


class EmiratesPensionContributions(Lookup[EmiratesSystem, Document | None]):
    """One answer is one statement, its months the oldest first."""

    service = "pension-contributions"

    async def fetch(self, ask: Ask) -> Document | None:
        return await self.system.about_subject("gpssa/v1/insured", ask)

    def normalise(self, answer: Document | None, ask: Ask) -> Sequence[PensionContribution]:
        if answer is None:
            return ()
        number, statement = subject_of(answer, ask), answer["statementNo"]
        return tuple(_month(month, number, statement, ask) for month in answer["contributions"])


def _month(month: Mapping[str, Any], number: NationalIdentifier, statement: str, ask: Ask) -> PensionContribution:
    return PensionContribution(
        source=ask.source_of(statement),
        subject=number,
        employer=Employer(number=month["employerNo"], names=needed(month, "employer")),
        period=month["month"],
        wage=dirhams(month["contributionSalary"]),
        employee_share=dirhams(month["employeeShare"]),
        employer_share=dirhams(month["employerShare"]),
        status=_STATUSES[month["status"]],
        paid_on=day(month.get("paymentDate")),
        notes=flags(set(), number),
    )
