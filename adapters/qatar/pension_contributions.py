"""Pension contributions: the months that the pension authority holds of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.qatar.answers import Inquiry
from adapters.qatar.messages import Fields
from adapters.qatar.national import QatarSystem
from adapters.qatar.operations import CONTRIBUTIONS
from adapters.qatar.values import count, day, month, need_riyals, needed, number_of
from gateway.sdk import Ask, Employer, Lookup, PensionContribution

_STATUSES: Mapping[str, Literal["paid", "due", "late"]] = {"PAID": "paid", "DUE": "due", "OVERDUE": "late"}


class QatarPensionContributions(Lookup[QatarSystem, Inquiry]):
    """One answer is all months of one person, oldest first."""

    service = "pension-contributions"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(CONTRIBUTIONS, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[PensionContribution]:
        if answer.data is None:
            return ()
        months = answer.data.each(CONTRIBUTIONS.payload, "contribution")
        return tuple(_contribution(each, answer.reference, ask) for each in months)


def _contribution(fields: Fields, reference: str, ask: Ask) -> PensionContribution:
    employer = fields.need_part("employer")
    return PensionContribution(
        # No single month has a number, so the reference is that of the whole transaction.
        source=ask.source_of(reference),
        subject=number_of(fields.need_part("identity"), ask),
        employer=Employer(number=employer.need_attribute("number"), names=needed(employer, "name")),
        period=month(fields.need("month")),
        wage=need_riyals(fields, "wage"),
        employee_share=need_riyals(fields, "employeeShare"),
        employer_share=need_riyals(fields, "employerShare"),
        status=_STATUSES[fields.need("status")],
        paid_on=day(fields.text("paidOn")),
        months_credited=count(fields.text("creditedMonths")),
    )
