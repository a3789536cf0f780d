"""The breaker opens after so many failures, lets one call try at a time, and speaks once of each outage (R09)."""

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import BackendBusy, BackendError, BackendGarbled, BackendLate, BackendRefused
from gateway.resilience.breaker import BreakerState
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Attempt, Response
from tests.support.backend import Backend, Talk, answered, chunked
from tests.support.gates import HandClock, gated, get, outcome

BUSY = answered(status=b"503 Out of order")


class Switch:
    """A system that is in trouble until it is mended."""

    def __init__(self, trouble: bytes = BUSY) -> None:
        self.trouble: bytes | None = trouble

    async def __call__(self, talk: Talk) -> None:
        await talk.say(self.trouble or answered(b"well"))


async def test_it_opens_after_so_many_failures_and_then_asks_nothing() -> None:
    async with gated(BUSY, breaker_failures=3, parts={"clock": HandClock()}) as (gate, system):
        outcomes = [await outcome(gate) for _ in range(3)]
        state = gate.state.breaker
        with pytest.raises(BackendBusy) as caught:
            await get(gate)

    assert outcomes == ["down"] * 3
    assert state is BreakerState.OPEN
    assert len(system.requests) == 3
    assert caught.value.retry_after == pytest.approx(5)


async def test_closed_open_half_open_closed() -> None:
    """The whole circle, on a clock moved by hand."""
    clock, system = HandClock(), Switch()
    states = []
    async with gated(system, breaker_failures=2, breaker_open=5, parts={"clock": clock}) as (gate, seen):
        states.append(gate.state.breaker)
        await outcome(gate)
        await outcome(gate)
        states.append(gate.state.breaker)
        clock.pass_by(4.9)
        assert await outcome(gate) == "down"
        assert len(seen.requests) == 2
        clock.pass_by(0.1)
        states.append(gate.state.breaker)
        assert await outcome(gate) == "down"
        assert len(seen.requests) == 3
        states.append(gate.state.breaker)
        system.trouble = None
        clock.pass_by(5)
        assert await outcome(gate) == "ok"
        states.append(gate.state.breaker)

    assert states == ["closed", "open", "half_open", "open", "closed"]


async def test_one_probe_at_a_time() -> None:
    """Fifty calls come at the moment when the system may be tried; it sees one."""
    clock, release = HandClock(), asyncio.Event()

    async def answer(talk: Talk) -> None:
        if talk.number == 0:
            await talk.say(BUSY)
            return
        await release.wait()
        await talk.say(answered(b"well"))

    async with gated(answer, breaker_failures=1, concurrent=50, parts={"clock": clock}) as (gate, system):
        await outcome(gate)
        clock.pass_by(5)
        probe = asyncio.create_task(outcome(gate))
        await until(system, 2)
        others = await asyncio.gather(*(outcome(gate) for _ in range(49)))
        asked_meanwhile = len(system.requests)
        release.set()
        assert await probe == "ok"

    assert others == ["down"] * 49
    assert asked_meanwhile == 2


async def until(system: Backend, requests: int) -> None:
    """Waits until the system has seen so many requests."""
    async with asyncio.timeout(2):
        while len(system.requests) < requests:  # noqa: ASYNC110 the system is the one that knows
            await asyncio.sleep(0.001)


async def test_a_cancelled_probe_makes_room_for_the_next() -> None:
    clock = HandClock()

    async def answer(talk: Talk) -> None:
        if talk.number == 1:
            await talk.gone()
            return
        await talk.say(BUSY if talk.number == 0 else answered(b"well"))

    async with gated(answer, breaker_failures=1, parts={"clock": clock}) as (gate, system):
        await outcome(gate)
        clock.pass_by(5)
        probe = asyncio.create_task(outcome(gate))
        await until(system, 2)
        probe.cancel()
        await asyncio.wait([probe])
        assert await outcome(gate) == "ok"

    assert gate.state.breaker is BreakerState.CLOSED


async def test_down_is_said_once_and_recovered_once() -> None:
    """With the facts an operator needs, and none that name a person or a query."""
    clock, system = HandClock(), Switch()
    with capture_logs() as logs:
        async with gated(system, breaker_failures=2, parts={"clock": clock, "endpoint": "soap"}) as (gate, _):
            for _ in range(6):
                await outcome(gate, "/persons/INVENTED-7?name=invented")
                clock.pass_by(2.5)
            system.trouble = None
            clock.pass_by(5)
            for _ in range(3):
                await outcome(gate, "/persons/INVENTED-7?name=invented")

    assert [entry["event"] for entry in logs] == ["backend.down", "backend.recovered"]
    down, recovered = logs
    assert down == {
        "event": "backend.down",
        "log_level": "error",
        "room": "test",
        "endpoint": "soap",
        "reason": "status_503",
    }
    assert recovered["down_for"] == pytest.approx(17.5)
    assert set(recovered) == {"event", "log_level", "room", "endpoint", "down_for"}


def refuse(_response: Response) -> None:
    raise BackendRefused(reason="E17")


def disbelieve(_response: Response) -> None:
    raise BackendGarbled


def stumble(response: Response) -> None:
    raise KeyError("a person's name")


@pytest.mark.parametrize("read", [disbelieve, stumble])
async def test_answers_that_cannot_be_read_count_against_the_system(read: Callable[[Response], None]) -> None:
    """And what they held is said nowhere."""
    with capture_logs() as logs:
        async with gated(answered(), breaker_failures=2) as (gate, _):
            with pytest.raises(BackendGarbled):
                await gate.send("GET", "/", deadline=Deadline.after(2), read=read)
            with pytest.raises(BackendGarbled) as caught:
                await gate.send("GET", "/", deadline=Deadline.after(2), read=read)

    assert gate.state.breaker is BreakerState.OPEN
    assert "person" not in f"{logs} {caught.value} {caught.value.facts}"


async def test_a_refusal_is_a_sign_of_health() -> None:
    async with gated(answered(), breaker_failures=2) as (gate, _):
        for _ in range(10):
            with pytest.raises(BackendRefused):
                await gate.send("GET", "/", deadline=Deadline.after(2), read=refuse)

    assert gate.state.breaker is BreakerState.CLOSED


HOSTILE = {
    "packed": answered(gzip.compress(b"0" * 1_000_000), headers=b"Content-Encoding: gzip\r\n"),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
    "too large": chunked(b"x" * 65_536, b"x"),
    "redirect": answered(status=b"302 Found", headers=b"Location: http://127.0.0.1:1/\r\n"),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_answers_count_against_the_system(answer: bytes) -> None:
    async with gated(answer, breaker_failures=2) as (gate, system):
        outcomes = [await outcome(gate) for _ in range(3)]

    assert outcomes == ["garbled", "garbled", "down"]
    assert len(system.requests) == 2


async def never(_talk: Talk) -> None:
    await asyncio.Event().wait()


async def test_silence_counts_against_the_system() -> None:
    async with gated(never, breaker_failures=2, timeout=0.05) as (gate, _):
        outcomes = [await outcome(gate) for _ in range(3)]

    assert outcomes == ["late", "late", "down"]


async def test_a_caller_in_a_hurry_proves_nothing_against_the_system() -> None:
    """Who came with a hundredth of the time that an answer may take would else close the door for all."""
    async with gated(never, breaker_failures=2, timeout=2.0) as (gate, _):
        for _ in range(4):
            with pytest.raises(BackendLate):
                await get(gate, seconds=0.02)

    assert gate.state.breaker is BreakerState.CLOSED
    assert gate.state.failures == 4


async def test_a_cancelled_call_proves_nothing_against_the_system() -> None:
    async with gated(never, breaker_failures=1) as (gate, system):
        for number in range(3):
            call = asyncio.create_task(outcome(gate))
            await until(system, number + 1)
            call.cancel()
            await asyncio.wait([call])

    assert gate.state.breaker is BreakerState.CLOSED


async def test_what_was_under_way_when_it_opened_does_not_close_it() -> None:
    """A slow success from before the outage says nothing about now."""
    release = asyncio.Event()

    async def answer(talk: Talk) -> None:
        if talk.number == 0:
            await release.wait()
            await talk.say(answered(b"from before"))
        else:
            await talk.say(BUSY)

    async with gated(answer, breaker_failures=2, parts={"clock": HandClock()}) as (gate, system):
        slow = asyncio.create_task(get(gate))
        await until(system, 1)
        await outcome(gate)
        await outcome(gate)
        release.set()
        response = await slow
        state = gate.state.breaker

    assert response.body == b"from before"
    assert state is BreakerState.OPEN


async def test_every_attempt_is_told_to_the_observer() -> None:
    seen: list[Attempt] = []
    system = Switch()
    parts: dict[str, Any] = {"observer": seen.append, "clock": HandClock()}
    async with gated(system, breaker_failures=2, attempts=2, parts=parts) as (gate, _):
        with pytest.raises(BackendError):
            await get(gate)
        with pytest.raises(BackendBusy):
            await get(gate)

    assert [(each.room, each.endpoint, each.outcome) for each in seen] == [("test", "main", "down")] * 2
    assert all(0 < each.seconds < 1 for each in seen)
    assert (gate.state.requests, gate.state.retries, gate.state.failures, gate.state.busy) == (2, 1, 2, 1)
