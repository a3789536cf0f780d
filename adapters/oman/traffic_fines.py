"""Traffic fines: what the traffic directorate holds, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.oman.batch_file import Row
from adapters.oman.batches import Answer, Operation
from adapters.oman.national import OmanSystem
from adapters.oman.values import arabic, arabic_needed, code, moment, needed, noted, rials, said, subject_of
from gateway.sdk import Ask, Country, Lookup, Plate, TrafficFine, Violation, alpha2_of_numeric

PLATE_FOREIGN = "plate_of_unknown_state"

OPERATION = Operation("TR-FINES", "ROP-TR")

_STATUSES: Mapping[str, Literal["unpaid", "paid", "disputed", "cancelled"]] = {
    "غير مسددة": "unpaid",
    "مسددة": "paid",
    "معترض عليها": "disputed",
    "ملغاة": "cancelled",
}


class OmanTrafficFines(Lookup[OmanSystem, Answer]):
    """One row is one fine."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> Answer:
        return await self.system.about_subject(OPERATION, ask)

    def normalise(self, answer: Answer, ask: Ask) -> Sequence[TrafficFine]:
        return tuple(_fine(row, answer.stale, ask) for row in answer.rows)


def _fine(row: Row, stale: bool, ask: Ask) -> TrafficFine:
    notes: set[str] = set()
    number, reference = subject_of(row, ask), needed(row, "رقم_المخالفة")
    return TrafficFine(
        source=ask.source_of(reference),
        reference=reference,
        subject=number,
        violation=Violation(code=needed(row, "رمز_المخالفة"), description=arabic_needed(row, "وصف_المخالفة")),
        occurred_at=moment(row["وقت_المخالفة"]),
        original_time=row["وقت_المخالفة"],
        plate=_plate(row, notes),
        amount=rials(row["المبلغ"]),
        status=_STATUSES[row["السداد"].strip()],
        location=arabic(row.get("الموقع")),
        authority=arabic(row.get("الجهة")),
        notes=noted(notes, stale, number),
    )


def _plate(row: Row, notes: set[str]) -> Plate | None:
    """A plate: number, code in Arabic letters and category; of another Gulf state, as that state writes it."""
    number = code(row.get("رقم_اللوحة"))
    if number is None:
        return None
    country = alpha2_of_numeric(needed(row, "دولة_اللوحة"))
    if country is None or country not in Country.__members__:
        notes.add(PLATE_FOREIGN)
        return None
    return Plate(
        country=Country(country),
        number=number,
        letters=code(row.get("رمز_اللوحة")),
        category=said(row.get("فئة_اللوحة")),
        issuer=said(row.get("جهة_اللوحة")),
    )
