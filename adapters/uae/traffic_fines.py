"""Traffic fines: what the Ministry of Interior holds, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from adapters.uae.national import Document, EmiratesSystem
from adapters.uae.values import day, dirhams, moment, needed, subject_of, text
from gateway.sdk import Ask, Country, Lookup, NationalIdentifier, Plate, TrafficFine, Violation, alpha2, flags, words

PLATE_FOREIGN = "plate_of_unknown_state"
_STATUSES: Mapping[str, Literal["unpaid", "paid", "disputed", "cancelled"]] = {
    "UNPAID": "unpaid",
    "PAID": "paid",
    "OBJECTED": "disputed",
    "CANCELLED": "cancelled",
}


class EmiratesTrafficFines(Lookup[EmiratesSystem, Document | None]):
    """One answer is one list of tickets."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> Document | None:
        return await self.system.about_subject("moi/v1/drivers", ask)

    def normalise(self, answer: Document | None, ask: Ask) -> Sequence[TrafficFine]:
        if answer is None:
            return ()
        number = subject_of(answer, ask)
        return tuple(_fine(ticket, number, ask) for ticket in answer["tickets"])


def _fine(ticket: Mapping[str, Any], number: NationalIdentifier, ask: Ask) -> TrafficFine:
    notes: set[str] = set()
    discounted = ticket.get("discountedAmount")
    return TrafficFine(
        source=ask.source_of(ticket["ticketNo"]),
        reference=ticket["ticketNo"],
        subject=number,
        violation=Violation(code=ticket["violationCode"], description=needed(ticket, "violation")),
        occurred_at=moment(ticket["ticketTime"]),
        original_time=ticket["ticketTime"],
        plate=_plate(ticket.get("plate"), notes),
        amount=dirhams(ticket["amount"]),
        discounted=dirhams(discounted) if discounted is not None else None,
        status=_STATUSES[ticket["status"]],
        black_points=ticket.get("blackPoints"),
        location=text(ticket, "location"),
        authority=text(ticket, "source"),
        due=day(ticket.get("dueDate")),
        notes=flags(notes, number),
    )


def _plate(plate: Mapping[str, Any] | None, notes: set[str]) -> Plate | None:
    """A plate: emirate, category, code and number; of another Gulf state, its alpha-3 code in place of the emirate."""
    if not plate:
        return None
    country = alpha2(plate["countryCode"])
    if country is None or country not in Country.__members__:
        notes.add(PLATE_FOREIGN)
        return None
    return Plate(
        country=Country(country),
        number=plate["plateNo"],
        letters=words(plate.get("plateCode")),
        category=words(plate.get("plateCategory")),
        issuer=words(plate.get("emirate")),
    )
