"""Pension contributions: months of insurance as the social insurance service lists them."""

from collections.abc import Sequence
from typing import Literal

from adapters.saudi_arabia.national import SaudiSystem
from adapters.saudi_arabia.operations import CONTRIBUTION
from adapters.saudi_arabia.soap import Result
from adapters.saudi_arabia.values import Fields, counted, day, subject_of, text
from gateway.sdk import (
    Ask,
    Employer,
    Lookup,
    Money,
    PartialText,
    PensionContribution,
    boolean,
    decimal,
    fold_digits,
)


class SaudiPensionContributions(Lookup[SaudiSystem, Result | None]):
    """One answer is an insured person's number, a count and so many months."""

    service = "pension-contributions"

    async def fetch(self, ask: Ask) -> Result | None:
        return await self.system.contributions(ask)

    def normalise(self, answer: Result | None, ask: Ask) -> Sequence[PensionContribution]:
        if answer is None:
            return ()
        return tuple(_contribution(row, ask) for row in counted(answer, CONTRIBUTION, "monthCount", ask))


def _contribution(row: Fields, ask: Ask) -> PensionContribution:
    notes = set[str]()
    months, number = row.get("creditedMonths"), row["establishmentNumber"]
    return PensionContribution(
        source=ask.source_of(row.get("contributionNumber")),
        subject=subject_of(row, "contributorId", "contributorNationality", ask),
        employer=Employer(
            number=number, names=text(row, "establishmentName", "establishmentNameEn") or PartialText(ar=number)
        ),
        period=_month(row["contributionMonth"]),
        wage=_money(row["wage"]),
        employee_share=_money(row["contributorShare"]),
        employer_share=_money(row["establishmentShare"]),
        status=_status(row),
        paid_on=day(row.get("paymentDateG"), row.get("paymentDateH"), notes),
        months_credited=int(months) if months else None,
        notes=tuple(sorted(notes)),
    )


def _month(written: str) -> str:
    """``MM-yyyy`` as ``yyyy-MM``."""
    month, _, year = fold_digits(written).partition("-")
    return f"{year}-{month}"


def _money(written: str) -> Money:
    return Money.of(decimal(written), "SAR")


def _status(row: Fields) -> Literal["paid", "due", "late"]:
    if boolean(row["isPaid"]):
        return "paid"
    return "late" if boolean(row["isLate"]) else "due"
