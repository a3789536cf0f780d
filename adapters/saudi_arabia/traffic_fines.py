"""Traffic fines: violations as the traffic service lists them, in the words of the shared schema."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Final, Literal

from adapters.saudi_arabia.national import SaudiSystem
from adapters.saudi_arabia.operations import VIOLATION
from adapters.saudi_arabia.soap import Result
from adapters.saudi_arabia.values import Fields, counted, day, gregorian_day, subject_of, text
from gateway.sdk import (
    Ask,
    Country,
    Lookup,
    Money,
    PartialText,
    Plate,
    TrafficFine,
    Violation,
    alpha2_of_numeric,
    boolean,
    decimal,
    fold_digits,
)

Status = Literal["unpaid", "paid", "disputed", "cancelled"]

PLATE_COUNTRY_UNKNOWN: Final = "plate_country_unknown"
_ZONE: Final = Country.SA.facts.zone
_LETTERS: Final = ("plateText1", "plateText2", "plateText3")


class SaudiTrafficFines(Lookup[SaudiSystem, Result | None]):
    """One answer is a person's number, a count and so many violations."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> Result | None:
        return await self.system.violations(ask)

    def normalise(self, answer: Result | None, ask: Ask) -> Sequence[TrafficFine]:
        if answer is None:
            return ()
        return tuple(_fine(row, ask) for row in counted(answer, VIOLATION, "violationCount", ask))


def _fine(row: Fields, ask: Ask) -> TrafficFine:
    notes = set[str]()
    # The pair of dates is read for its disagreement only: the moment itself is told in the Gregorian calendar.
    day(row["violationDateG"], row.get("violationDateH"), notes)
    points = row.get("points")
    return TrafficFine(
        source=ask.source_of(row["violationNumber"]),
        reference=row["violationNumber"],
        subject=subject_of(row, "violatorId", "violatorNationality", ask),
        violation=Violation(code=row["violationCode"], description=_description(row)),
        occurred_at=_moment(row),
        original_time=_as_written(row),
        plate=_plate(row, notes),
        amount=_money(row["amount"]),
        discounted=_money(due) if (due := row.get("amountAfterDiscount")) else None,
        status=_status(row),
        black_points=int(points) if points else None,
        location=text(row, "locationDesc", "locationDescEn"),
        authority=text(row, "authorityDesc", "authorityDescEn"),
        due=day(row.get("dueDateG"), row.get("dueDateH"), notes),
        notes=tuple(sorted(notes)),
    )


def _description(row: Fields) -> PartialText:
    """What the code says; where the list has no words for it, the code stands for itself."""
    return text(row, "violationDesc", "violationDescEn") or PartialText(ar=row["violationCode"])


def _moment(row: Fields) -> datetime:
    at = time.fromisoformat(fold_digits(row["violationTime"]))
    return datetime.combine(gregorian_day(row["violationDateG"]), at, _ZONE)


def _as_written(row: Fields) -> str:
    """The moment as the list writes it: time, Gregorian day and, where there is one, the Hijri day."""
    parts = (row["violationTime"], row["violationDateG"], row.get("violationDateH"))
    return " ".join(part for part in parts if part)


def _plate(row: Fields, notes: set[str]) -> Plate | None:
    number, code = row.get("plateNumber"), row.get("plateCountry")
    if number is None:
        return None
    try:
        country = Country(alpha2_of_numeric(code) or code) if code else Country.SA
    except ValueError:
        notes.add(PLATE_COUNTRY_UNKNOWN)
        return None
    letters = [letter for name in _LETTERS if (letter := row.get(name))]
    return Plate(
        country=country,
        number=fold_digits(number),
        letters=" ".join(letters) or None,
        category=row.get("plateTypeDesc"),
        issuer=row.get("plateSourceDesc"),
    )


def _money(written: str) -> Money:
    return Money.of(decimal(written), "SAR")


def _status(row: Fields) -> Status:
    """Three flags written as words; the one that says most about the fine is what it stands at."""
    if _flag(row, "isCancelled"):
        return "cancelled"
    if _flag(row, "isObjected"):
        return "disputed"
    return "paid" if boolean(row["isPaid"]) else "unpaid"


def _flag(row: Fields, name: str) -> bool:
    """A flag that may be left out, or be ``"null"``, where it does not apply."""
    written = row.get(name)
    return written is not None and boolean(written)
