"""Pension contributions: the months that SIO holds of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from adapters.bahrain.answers import Json
from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.values import count, day, due_fils, month, need, needed_words, number_of, part, text
from gateway.sdk import Ask, Employer, Lookup, PensionContribution

_STATUSES: Final[Mapping[str, Literal["paid", "due", "late"]]] = {"PAID": "paid", "DUE": "due", "OVERDUE": "late"}


class BahrainPensionContributions(Lookup[BahrainSystem, tuple[Json, ...]]):
    """One answer is all months of one person, oldest first."""

    service = "pension-contributions"

    async def fetch(self, ask: Ask) -> tuple[Json, ...]:
        return await self.system.listed("sio", "contributions", ask)

    def normalise(self, answer: tuple[Json, ...], ask: Ask) -> Sequence[PensionContribution]:
        return tuple(_contribution(each, ask) for each in answer)


def _contribution(fields: Json, ask: Ask) -> PensionContribution:
    employer = part(fields, "employer")
    return PensionContribution(
        source=ask.source_of(text(fields, "contribution_no")),
        subject=number_of(fields, ask),
        employer=Employer(number=need(employer, "number"), names=needed_words(employer, "name")),
        period=month(need(fields, "month")),
        wage=due_fils(fields, "wage_fils"),
        employee_share=due_fils(fields, "insured_fils"),
        employer_share=due_fils(fields, "employer_fils"),
        status=_STATUSES[need(fields, "status")],
        paid_on=day(text(fields, "paid_date")),
        months_credited=count(fields, "credited_months"),
    )
