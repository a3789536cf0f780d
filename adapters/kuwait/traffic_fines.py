"""Traffic fines: the violations that the General Traffic Department holds, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.kuwait.answers import Inquiry
from adapters.kuwait.contracts import Fields
from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.operations import VIOLATIONS
from adapters.kuwait.values import both, dinars, gulf_state, moment, needed, number_of
from gateway.sdk import Ask, Lookup, Plate, TrafficFine, Violation, fold_digits

_STATUSES: Mapping[str, Literal["unpaid", "paid", "disputed", "cancelled"]] = {
    "0": "unpaid",
    "1": "paid",
    "2": "disputed",
    "3": "cancelled",
}


class KuwaitTrafficFines(Lookup[KuwaitSystem, Inquiry]):
    """One answer is all violations of one person, newest first."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(VIOLATIONS, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[TrafficFine]:
        if answer.data is None:
            return ()
        return tuple(_fine(violation, ask) for violation in answer.data.each("Violations", "Violation"))


def _fine(fields: Fields, ask: Ask) -> TrafficFine:
    ticket, occurred = fields.need("TicketNo"), fields.need("ViolationDate")
    return TrafficFine(
        source=ask.source_of(ticket),
        reference=ticket,
        subject=number_of(fields, ask),
        violation=Violation(code=fields.need("ViolationCode"), description=needed(fields, "ViolationDesc")),
        occurred_at=moment(occurred),
        original_time=occurred,
        plate=_plate(fields),
        amount=dinars(fields.need("Amount")),
        # A status that is not on the list is not guessed: somebody might not pay, or pay twice.
        status=_STATUSES[fields.need("StatusCode")],
        location=both(fields, "Location"),
        authority=both(fields, "Issuer"),
    )


def _plate(fields: Fields) -> Plate | None:
    number = fields.text("PlateNumber")
    if number is None:
        return None
    return Plate(
        country=gulf_state(fields.need("PlateCountry")),
        number=fold_digits(number),
        letters=fields.text("PlateCode"),
        category=fields.text("PlateType"),
        issuer=fields.text("PlateSource"),
    )
