"""Traffic fines: the violations that the General Directorate of Traffic holds, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from adapters.bahrain.answers import Json
from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.values import (
    day,
    due_fils,
    fils,
    gulf_state,
    moment,
    need,
    needed_words,
    number_of,
    part,
    text,
    words,
)
from gateway.sdk import Ask, Lookup, Plate, TrafficFine, Violation, fold_digits

_STATUSES: Final[Mapping[str, Literal["unpaid", "paid", "disputed", "cancelled"]]] = {
    "UNPAID": "unpaid",
    "PAID": "paid",
    "OBJECTED": "disputed",
    "CANCELLED": "cancelled",
}


class BahrainTrafficFines(Lookup[BahrainSystem, tuple[Json, ...]]):
    """One answer is all violations of one person, newest first."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> tuple[Json, ...]:
        return await self.system.listed("traffic", "violations", ask)

    def normalise(self, answer: tuple[Json, ...], ask: Ask) -> Sequence[TrafficFine]:
        return tuple(_fine(violation, ask) for violation in answer)


def _fine(fields: Json, ask: Ask) -> TrafficFine:
    number, occurred, offence = need(fields, "violation_no"), need(fields, "occurred_at"), part(fields, "violation")
    return TrafficFine(
        source=ask.source_of(number),
        reference=number,
        subject=number_of(fields, ask),
        violation=Violation(code=need(offence, "code"), description=needed_words(offence, "description")),
        occurred_at=moment(occurred),
        original_time=occurred,
        plate=_plate(part(fields, "plate")),
        amount=due_fils(fields, "amount_fils"),
        discounted=fils(fields, "discounted_fils"),
        # A status that is not on the list is not guessed: somebody might not pay, or pay twice.
        status=_STATUSES[need(fields, "status")],
        location=words(fields, "location"),
        authority=words(fields, "authority"),
        due=day(text(fields, "due_date")),
    )


def _plate(fields: Json) -> Plate | None:
    number = text(fields, "number")
    if number is None:
        return None
    return Plate(
        country=gulf_state(need(fields, "country")),
        number=fold_digits(number),
        letters=text(fields, "letters"),
        category=text(fields, "category"),
        issuer=text(fields, "issuer"),
    )
