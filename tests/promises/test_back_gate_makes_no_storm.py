"""A system in trouble is not made worse: retries are few, only of safe requests, never past the deadline (R10)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from gateway.errors import BackendBusy, BackendDown, BackendGarbled, BackendRefused
from gateway.resilience.deadline import Deadline
from gateway.resilience.retry import Backoff, RetryBudget
from gateway.sdk.gate import Gate, Response
from tests.support.backend import Talk, answered
from tests.support.gates import HandClock, gated, get, outcome, whole

BUSY = answered(status=b"503 Out of order")


def first(failures: int, answer: bytes = BUSY) -> Callable[[Talk], Awaitable[None]]:
    """Fails so many times, then answers."""

    async def talk(call: Talk) -> None:
        await call.say(answer if call.number < failures else answered(b"at last"))

    return talk


async def hang_up(talk: Talk) -> None:
    talk.hang_up()


@pytest.mark.parametrize("together", [1, 10])
async def test_in_a_storm_of_503_at_most_a_tenth_is_sent_again(together: int) -> None:
    """200 calls, each of which would like two retries: 220 requests and the small reserve, not 600."""
    async with gated(BUSY, attempts=3, concurrent=10, queue=200) as (gate, system):
        for _ in range(200 // together):
            outcomes = await asyncio.gather(*(outcome(gate) for _ in range(together)))
            assert set(outcomes) == {"down"}

    assert 200 < len(system.requests) <= 200 + 20 + 5
    assert gate.state.retries == len(system.requests) - 200


async def test_a_single_failure_is_smoothed_over() -> None:
    async with gated(first(2), attempts=3) as (gate, system):
        response = await get(gate)

    assert response.body == b"at last"
    assert len(system.requests) == 3


async def test_headers_that_are_made_are_made_anew_for_each_try() -> None:
    """So that a retry is signed for its own moment."""
    moments = count(1)
    async with gated(first(2), attempts=3) as (gate, system):
        await gate.send(
            "GET", "/", deadline=Deadline.after(5), headers=lambda: {"X-Moment": str(next(moments))}, read=whole
        )

    assert all(b"X-Moment: %d\r\n" % (talk.number + 1) in talk.head + b"\r\n" for talk in system.requests)
    assert len(system.requests) == 3


async def test_there_are_no_more_tries_than_the_limit() -> None:
    async with gated(BUSY, attempts=3) as (gate, system):
        assert await outcome(gate) == "down"

    assert len(system.requests) == 3


@pytest.mark.parametrize("answer", [BUSY, hang_up], ids=["503", "hang up"])
async def test_a_request_that_changes_something_is_sent_once(answer: Any) -> None:
    async with gated(answer, attempts=5) as (gate, system):
        with pytest.raises(BackendDown):
            await gate.send("POST", "/", deadline=Deadline.after(2), read=whole, body=b"{}", safe=False)

    assert len(system.requests) == 1


@pytest.mark.parametrize("status", [b"429 Slowly", b"502 Bad", b"503 Busy", b"504 Late"])
async def test_statuses_of_trouble_are_tried_again_and_never_read(status: bytes) -> None:
    read: list[int] = []

    def note(response: Response) -> int:
        read.append(response.status)
        return response.status

    async with gated(first(1, answered(status=status)), attempts=2) as (gate, system):
        await gate.send("GET", "/", deadline=Deadline.after(2), read=note)

    assert len(system.requests) == 2
    assert read == [200]


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 409, 410, 422, 500, 501])
async def test_every_other_status_is_for_the_room_to_judge(status: int) -> None:
    """A SOAP fault comes with 500, and is an answer."""
    raw = b"HTTP/1.1 %d Status\r\nContent-Length: 0\r\n\r\n" % status
    async with gated(raw, attempts=3) as (gate, system):
        assert (await get(gate)).status == status

    assert len(system.requests) == 1


def refuse(_response: Response) -> None:
    raise BackendRefused(reason="E17")


def disbelieve(_response: Response) -> None:
    raise BackendGarbled


def stumble(response: Response) -> None:
    raise KeyError(response.body)


@pytest.mark.parametrize("read", [refuse, disbelieve, stumble])
async def test_what_was_answered_is_not_asked_again(read: Callable[[Response], None]) -> None:
    """To ask again would bring the same answer."""
    async with gated(answered(), attempts=3) as (gate, system):
        with pytest.raises((BackendRefused, BackendGarbled)):
            await gate.send("GET", "/", deadline=Deadline.after(2), read=read)

    assert len(system.requests) == 1


async def test_a_room_that_reads_trouble_in_the_answer_has_it_tried_again() -> None:
    """Errors inside a 200 are as good as a 503."""

    def down_at_first(response: Response) -> bytes:
        if response.body != b"at last":
            raise BackendDown
        return response.body

    async with gated(first(1, answered(b"<Error>99</Error>")), attempts=2) as (gate, _):
        assert await gate.send("GET", "/", deadline=Deadline.after(2), read=down_at_first) == b"at last"


async def test_a_late_try_leaves_time_for_another() -> None:
    async def late_once(talk: Talk) -> None:
        await asyncio.sleep(0.5 if talk.number == 0 else 0)
        await talk.say(answered(b"at last"))

    async with gated(late_once, attempts=2, timeout=0.1) as (gate, system):
        assert (await get(gate, seconds=5)).body == b"at last"

    assert len(system.requests) == 2


async def test_no_retry_begins_that_the_deadline_would_cut() -> None:
    """The pause alone is longer than what is left: the caller hears at once."""
    slowly = Backoff(first=10, longest=10, uniform=lambda _low, high: high)
    async with gated(BUSY, attempts=3, parts={"backoff": slowly}) as (gate, system):
        began = time.monotonic()
        assert await outcome(gate, seconds=5) == "down"

    assert time.monotonic() - began < 1
    assert len(system.requests) == 1


class SlowBudget(RetryBudget):
    """Has a retry, and hands it out when the deadline has passed, as on a machine that was busy elsewhere."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def spend(self) -> bool:
        while self._deadline.remaining() > 0:
            pass
        return super().spend()


async def test_what_the_system_said_is_told_where_no_time_is_left_to_ask_again() -> None:
    """It was down, and that it had no second chance was not its doing: it is not called late."""
    deadline = Deadline.after(0.5)
    async with gated(BUSY, attempts=3, parts={"budget": SlowBudget(deadline)}) as (gate, system):
        with pytest.raises(BackendDown):
            await gate.send("GET", "/", deadline=deadline, read=whole)

    assert len(system.requests) == 1
    assert (gate.state.requests, gate.state.retries) == (1, 0)


@pytest.mark.parametrize(
    "headers",
    [
        b"Retry-After: 120\r\n",
        b"Retry-After: 99999999999999999999\r\n",
        b"Date: Tue, 24 Nov 2026 10:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 10:02:00 GMT\r\n",
    ],
)
async def test_a_wait_that_was_asked_for_and_does_not_fit_is_told_to_the_caller(headers: bytes) -> None:
    async with gated(answered(status=b"503 Busy", headers=headers), attempts=3) as (gate, system):
        with pytest.raises(BackendDown) as caught:
            await get(gate)

    assert len(system.requests) == 1
    assert caught.value.retry_after in (120, 86_400)


@pytest.mark.parametrize(
    "headers",
    [
        b"",
        b"Retry-After: 0\r\n",
        b"Retry-After: -5\r\n",
        b"Retry-After: soon\r\n",
        b"Retry-After: 1e9\r\n",
        b"Retry-After: \xd9\xa1\xd9\xa2\r\n",
        b"Retry-After: Tue, 24 Nov 2026 10:02:00 GMT\r\n",
        b"Date: Tue, 24 Nov 2026 10:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 09:00:00 GMT\r\n",
        b"Date: Tue, 24 Nov 2026 10:00:00\r\nRetry-After: Tue, 24 Nov 2026 10:02:00 GMT\r\n",
    ],
)
async def test_a_wait_that_is_none_or_cannot_be_understood_holds_nothing_up(headers: bytes) -> None:
    async with gated(first(1, answered(status=b"429 Slowly", headers=headers)), attempts=2) as (gate, _):
        assert (await get(gate)).body == b"at last"


async def test_a_wait_that_fits_is_kept() -> None:
    async with gated(first(1, answered(status=b"429 Slowly", headers=b"Retry-After: 1\r\n")), attempts=2) as (gate, _):
        began = time.monotonic()
        await get(gate, seconds=5)

    assert 1 <= time.monotonic() - began < 2


async def test_a_call_that_our_own_guards_turned_away_is_not_tried_again() -> None:
    """It would only wait in our house, and the caller can be told at once."""
    limits = {"attempts": 3, "breaker_failures": 1, "breaker_open": 0.01}
    async with gated(BUSY, parts={"clock": HandClock()}, **limits) as (gate, system):
        with pytest.raises(BackendBusy):
            await get(gate)
        with pytest.raises(BackendBusy):
            await get(gate)

    assert (gate.state.retries, gate.state.busy) == (1, 2)
    assert len(system.requests) == 1


async def test_one_budget_is_for_all_calls_of_a_gate() -> None:
    async with gated(BUSY, attempts=5, parts={"budget": RetryBudget(ratio=0, reserve=3)}) as (gate, system):
        await outcome(gate)
        await outcome(gate)

    assert len(system.requests) == 2 + 3


async def test_another_gate_has_a_budget_of_its_own() -> None:
    async def exhaust(gate: Gate) -> None:
        for _ in range(10):
            await outcome(gate)

    async with gated(BUSY, attempts=3) as (poor, _), gated(first(1), attempts=2) as (rich, system):
        await exhaust(poor)
        assert (await get(rich)).body == b"at last"

    assert len(system.requests) == 2
