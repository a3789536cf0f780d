"""Work in rounds goes on for as long as the worker lives, and outlives what is out of reach."""

import asyncio
from dataclasses import dataclass, field

from structlog.testing import capture_logs

from gateway.errors import Unavailable
from gateway.resilience.rounds import rounds


@dataclass
class Visitor:
    """Does as it is told, in order, then has nothing more to do."""

    orders: list[bool | Exception]
    visits: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def visit(self) -> bool:
        self.visits += 1
        order = self.orders.pop(0) if self.orders else False
        if not self.orders:
            self.done.set()
        if isinstance(order, Exception):
            raise order
        return order


async def test_while_there_is_more_nobody_waits() -> None:
    visitor = Visitor([True, True, True, False])

    async with rounds("test", visitor.visit, 3600), asyncio.timeout(5):
        await visitor.done.wait()

    assert visitor.visits == 4


async def test_without_more_there_is_a_pause() -> None:
    visitor = Visitor([False])

    async with rounds("test", visitor.visit, 3600), asyncio.timeout(5):
        await visitor.done.wait()
        for _ in range(5):
            await asyncio.sleep(0)

    assert visitor.visits == 1


async def test_what_is_out_of_reach_is_said_once_and_visited_again() -> None:
    visitor = Visitor([Unavailable(), Unavailable(), Unavailable(), False, Unavailable(), False, False])

    with capture_logs() as said:
        async with rounds("test", visitor.visit, 0.001), asyncio.timeout(5):
            await visitor.done.wait()
            await asyncio.sleep(0.01)

    assert [each["event"] for each in said] == ["round.rests", "round.goes_on", "round.rests", "round.goes_on"]
    assert said[0]["reason"] == "unavailable"


async def test_a_fault_of_ours_is_said_and_does_not_end_the_rounds() -> None:
    visitor = Visitor([ValueError("with somebody's name"), False])

    with capture_logs() as said:
        async with rounds("test", visitor.visit, 0.001), asyncio.timeout(5):
            await visitor.done.wait()
            await asyncio.sleep(0.01)

    assert [(each["event"], each["log_level"]) for each in said] == [
        ("round.failed", "error"),
        ("round.goes_on", "info"),
    ]
    assert "name" not in str(said)
