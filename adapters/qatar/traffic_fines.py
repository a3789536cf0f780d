"""Traffic fines: the violations that the General Directorate of Traffic holds, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.qatar.answers import Inquiry
from adapters.qatar.messages import Fields
from adapters.qatar.national import QatarSystem
from adapters.qatar.operations import VIOLATIONS
from adapters.qatar.values import both, count, day, gulf_state, moment, need_riyals, needed, number_of, riyals
from gateway.sdk import Ask, Lookup, Plate, TrafficFine, Violation, fold_digits

_STATUSES: Mapping[str, Literal["unpaid", "paid", "disputed", "cancelled"]] = {
    "UNPAID": "unpaid",
    "PAID": "paid",
    "UNDER OBJECTION": "disputed",
    "CANCELLED": "cancelled",
}


class QatarTrafficFines(Lookup[QatarSystem, Inquiry]):
    """One answer is all violations of one person, newest first."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(VIOLATIONS, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[TrafficFine]:
        if answer.data is None:
            return ()
        return tuple(_fine(each, ask) for each in answer.data.each(VIOLATIONS.payload, "violation"))


def _fine(fields: Fields, ask: Ask) -> TrafficFine:
    number, on, at = fields.need_attribute("number"), fields.need("date"), fields.need("time")
    return TrafficFine(
        source=ask.source_of(number),
        reference=number,
        subject=number_of(fields.need_part("identity"), ask),
        violation=Violation(code=fields.need("code"), description=needed(fields, "description")),
        occurred_at=moment(on, at),
        original_time=f"{on} {at}",
        plate=_plate(fields.part("plate")),
        amount=need_riyals(fields, "amount"),
        discounted=riyals(fields, "discounted"),
        # A status that is not on the list is not guessed: somebody might not pay, or pay twice.
        status=_STATUSES[fields.need("status")],
        black_points=count(fields.text("points")),
        location=both(fields.part("location")),
        authority=both(fields.part("authority")),
        due=day(fields.text("dueDate")),
    )


def _plate(fields: Fields | None) -> Plate | None:
    if fields is None:
        return None
    return Plate(
        country=gulf_state(fields.need_attribute("country")),
        number=fold_digits(fields.need("number")),
        letters=fields.text("letters"),
        category=fields.text("type"),
        issuer=fields.text("issuer"),
    )
