"""Traffic fines: the example's JSON in the words of the shared schema."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.example.national import ExampleSystem
from gateway.sdk import Ask, Lookup, Money, NationalIdentifier, PartialText, TrafficFine, Violation


class ExampleTrafficFines(Lookup[ExampleSystem, list[Any]]):
    """One answer of the national system is one list of fines."""

    service = "traffic-fines"

    async def fetch(self, ask: Ask) -> list[Any]:
        return await self.system.fines(ask)

    def normalise(self, answer: list[Any], ask: Ask) -> Sequence[TrafficFine]:
        return tuple(_fine(fine, ask) for fine in answer)


def _fine(fine: dict[str, Any], ask: Ask) -> TrafficFine:
    return TrafficFine(
        source=ask.source_of(fine["id"]),
        reference=fine["id"],
        # From the answer, never from the ask: that is how an answer about somebody else is noticed.
        subject=NationalIdentifier.parse(ask.subject.country, fine["person"], today=ask.today),
        violation=Violation(
            code=fine["violation"]["code"],
            description=PartialText(ar=fine["violation"]["ar"], en=fine["violation"]["en"]),
        ),
        occurred_at=datetime.fromisoformat(fine["occurred_at"]),
        original_time=fine["occurred_at"],
        amount=Money.of(fine["amount"], "OMR"),
        status="paid" if fine["paid"] else "unpaid",
    )
