"""One system that hangs uses its own share and no more: other systems are as fast as before (R09, R12)."""

import asyncio
import time

import pytest

from gateway.errors import BackendBusy
from tests.support.backend import Talk, answered, backend
from tests.support.gates import LIMITS, gate_to, gated, get, outcome


async def never(_talk: Talk) -> None:
    await asyncio.Event().wait()


async def test_more_calls_than_places_wait_and_more_than_that_are_turned_away_at_once() -> None:
    async with gated(never, concurrent=4, queue=3, timeout=0.3) as (gate, system):
        calls = [asyncio.create_task(outcome(gate, seconds=0.3)) for _ in range(7)]
        await asyncio.sleep(0.05)
        state = gate.state
        began = time.monotonic()
        with pytest.raises(BackendBusy) as caught:
            await get(gate)
        took = time.monotonic() - began
        outcomes = await asyncio.gather(*calls)

    assert (state.in_flight, state.queued) == (4, 3)
    assert took < 0.1
    assert caught.value.retry_after
    assert set(outcomes) == {"late"}
    assert len(system.requests) == 4
    assert (gate.state.in_flight, gate.state.queued, gate.state.busy) == (0, 0, 1)


async def test_a_system_never_sees_more_calls_together_than_it_was_promised() -> None:
    together = most = 0

    async def answer(talk: Talk) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.002)
        together -= 1
        await talk.say(answered())

    async with gated(answer, concurrent=3, queue=100) as (gate, system):
        outcomes = await asyncio.gather(*(outcome(gate) for _ in range(60)))

    assert set(outcomes) == {"ok"}
    assert most == 3
    assert system.connections == 3


async def test_a_hanging_system_does_not_slow_another() -> None:
    """Every place at the one is taken, every place in its queue too."""
    async with (
        gated(never, concurrent=8, queue=64, timeout=1.0) as (stuck, _),
        backend(answered(b"hi")) as well,
        gate_to(well.url, limits=LIMITS) as gate,
    ):
        calls = [asyncio.create_task(outcome(stuck, seconds=1.0)) for _ in range(72)]
        await asyncio.sleep(0.05)
        times = []
        for _ in range(50):
            began = time.monotonic()
            await get(gate)
            times.append(time.monotonic() - began)
        assert not any(call.done() for call in calls)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)

    assert sorted(times)[45] < 0.05
    assert (stuck.state.in_flight, stuck.state.queued) == (0, 0)


async def test_a_hanging_system_turns_calls_away_as_soon_as_the_breaker_is_open() -> None:
    """Those in the queue too: they do not each wait for their own deadline."""
    async with gated(never, concurrent=2, queue=50, timeout=0.1, breaker_failures=2) as (gate, system):
        began = time.monotonic()
        outcomes = await asyncio.gather(*(outcome(gate, seconds=5) for _ in range(30)))
        took = time.monotonic() - began

    assert sorted(set(outcomes)) == ["down", "late"]
    assert outcomes.count("late") <= 4
    assert took < 1
    assert len(system.requests) <= 4
