"""Pension contributions: the months that PIFSS holds of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.kuwait.answers import Inquiry
from adapters.kuwait.contracts import Fields
from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.operations import CONTRIBUTIONS
from adapters.kuwait.values import count, day, dinars, moment, needed, number_of
from gateway.sdk import Ask, Employer, Lookup, PensionContribution

_STATUSES: Mapping[str, Literal["paid", "due", "late"]] = {"1": "paid", "2": "due", "3": "late"}


class KuwaitPensionContributions(Lookup[KuwaitSystem, Inquiry]):
    """One answer is all months of one person, oldest first."""

    service = "pension-contributions"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(CONTRIBUTIONS, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[PensionContribution]:
        if answer.data is None:
            return ()
        months = answer.data.each("Contributions", "Contribution")
        return tuple(_contribution(month, answer.reference, ask) for month in months)


def _contribution(fields: Fields, reference: str, ask: Ask) -> PensionContribution:
    return PensionContribution(
        # PIFSS numbers no single month, so the reference is that of the whole transaction.
        source=ask.source_of(reference),
        subject=number_of(fields, ask),
        employer=Employer(number=fields.need("EmployerNo"), names=needed(fields, "EmployerName")),
        # The month is written as the midnight of its first day.
        period=f"{moment(fields.need('ContributionMonth')):%Y-%m}",
        wage=dinars(fields.need("Salary")),
        employee_share=dinars(fields.need("EmployeeShare")),
        employer_share=dinars(fields.need("EmployerShare")),
        status=_STATUSES[fields.need("StatusCode")],
        paid_on=day(fields.text("PaymentDate")),
        months_credited=count(fields.text("CreditedMonths")),
    )
