"""A document comes through the back gate as it is asked for, behind the guards of every request."""

import asyncio
import hashlib
import ssl
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import trustme
import uvloop

from gateway.errors import BackendBusy, BackendDown, BackendGarbled, BackendLate
from gateway.resilience.breaker import BreakerState
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate
from gateway.sdk.request import UnsafeRequest
from tests.support.backend import Talk, answered, backend, chunked
from tests.support.gates import LIMITS, gate_to, gated
from tests.support.streams import MANY, PART, digest_of, part

KERNEL = 16_000_000
MEMORY = 4_000_000
MOST = MANY * PART
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: %d\r\n\r\n"


class Giver:
    """Answers with 50 MB, part by part; ``given`` is how much of it the connection has taken."""

    def __init__(self) -> None:
        self.given = 0

    async def __call__(self, talk: Talk) -> None:
        await talk.say(HEAD % MOST)
        for number in range(MANY):
            await talk.say(part(number))
            self.given += PART


async def wait_for_ever(_bytes: int) -> None:
    await asyncio.Event().wait()


async def dawdle(_bytes: int) -> None:
    await asyncio.sleep(0.02)


async def fetch(gate: Gate, *, most: int = MOST, seconds: float = 10.0) -> bytes:
    """The digest of the whole body."""
    digest = hashlib.sha256()
    async with gate.download("/documents/1", deadline=Deadline.after(seconds), most=most) as response:
        async for piece in response:
            assert 0 < len(piece) <= PART
            digest.update(piece)
    return digest.digest()


async def fifty_megabytes() -> None:
    async with gated(Giver()) as (gate, system):
        tracemalloc.start()
        digest = await fetch(gate)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert digest.hex() == digest_of(MANY)
    assert system.requests[0].head.startswith(b"GET /documents/1 HTTP/1.1\r\n")
    assert most < MEMORY


async def test_fifty_megabytes_pass_in_the_memory_of_a_few_parts() -> None:
    await fifty_megabytes()


def test_so_they_do_on_the_loop_that_serves() -> None:
    uvloop.run(fifty_megabytes())


async def test_what_nobody_takes_is_not_read() -> None:
    giver = Giver()
    async with gated(giver) as (gate, _), gate.download("/", deadline=Deadline.after(5), most=MOST) as response:
        async for _piece in response:
            break
        tracemalloc.start()
        await asyncio.sleep(0.3)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert giver.given < KERNEL
    assert held < MEMORY


async def test_the_head_is_there_before_the_body() -> None:
    async def head_only(talk: Talk) -> None:
        await talk.say(HEAD % 10)
        await talk.gone()

    async with (
        gated(head_only) as (gate, _),
        gate.download("/", deadline=Deadline.after(5), most=10) as response,
    ):
        assert (response.status, response.headers["content-type"]) == (200, "application/pdf")


@pytest.mark.parametrize(
    ("answer", "problem", "code"),
    [
        (HEAD % 101, BackendGarbled, "backend_too_large"),
        (chunked(b"x" * 60, b"x" * 60), BackendGarbled, "backend_too_large"),
        (chunked(*[b"x"] * 100) + b"more", BackendGarbled, "backend_garbled"),
        (HEAD % 100 + b"x" * 99, BackendGarbled, "backend_cut_off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", BackendGarbled, None),
        (b"HTTP/1.1 200 OK\r\n\r\nno length", BackendGarbled, "backend_garbled"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, BackendGarbled, "backend_too_large"),
        (answered(headers=b"Content-Encoding: br\r\n"), BackendGarbled, "backend_compressed"),
        (answered(status=b"307 Again", headers=b"Location: http://127.0.0.1/\r\n"), BackendGarbled, None),
        (answered(status=b"429 Slow Down"), BackendDown, None),
        (b"", BackendDown, None),
    ],
)
async def test_no_hostile_answer_is_believed(answer: bytes, problem: type[Exception], code: str | None) -> None:
    async def say(talk: Talk) -> None:
        await talk.say(answer)
        talk.hang_up()

    async with gated(say, breaker_failures=1) as (gate, _):
        with pytest.raises(problem) as caught:
            await fetch(gate, most=100)
        state = gate.state.breaker

    assert code is None or getattr(caught.value, "code", None) == code
    assert state is BreakerState.OPEN


async def test_a_system_that_stops_giving_is_late() -> None:
    async def stop_halfway(talk: Talk) -> None:
        await talk.say(HEAD % 100 + b"x" * 50)
        await talk.gone()

    async with gated(stop_halfway, timeout=0.1, breaker_failures=1) as (gate, _):
        with pytest.raises(BackendLate):
            await fetch(gate)

        assert gate.state.breaker is BreakerState.OPEN


async def test_dripping_does_not_outlast_the_deadline() -> None:
    async def drip(talk: Talk) -> None:
        await talk.say(HEAD % 1000)
        while True:
            await talk.say(b"x")
            await asyncio.sleep(0.02)

    async with gated(drip) as (gate, _):
        with pytest.raises(BackendLate):
            await fetch(gate, seconds=0.2)


@pytest.mark.parametrize("linger", [wait_for_ever, dawdle])
async def test_whoever_takes_the_parts_too_slowly_is_cut_off_without_blaming_the_system(
    linger: Callable[[int], Awaitable[None]],
) -> None:
    async def take(gate: Gate) -> None:
        async with gate.download("/", deadline=Deadline.after(0.2), most=MOST) as response:
            async for piece in response:
                await linger(len(piece))

    async with gated(Giver(), breaker_failures=1) as (gate, _):
        with pytest.raises(BackendLate):
            await take(gate)
        state = gate.state

    assert (state.breaker, state.in_flight) == (BreakerState.CLOSED, 0)


async def test_a_timeout_of_the_takers_own_stays_its_own() -> None:
    async with gated(Giver(), breaker_failures=1) as (gate, _):
        with pytest.raises(TimeoutError):
            async with gate.download("/", deadline=Deadline.after(5), most=MOST):
                raise TimeoutError

        assert gate.state.breaker is BreakerState.CLOSED


async def test_what_the_taker_finds_garbled_counts_against_the_system() -> None:
    async with gated(answered(b"<html>"), breaker_failures=1) as (gate, _):
        with pytest.raises(BackendGarbled):
            async with gate.download("/", deadline=Deadline.after(5), most=MOST):
                raise BackendGarbled

        assert gate.state.breaker is BreakerState.OPEN


async def test_leaving_early_ends_the_connection_and_is_no_failure() -> None:
    ended = asyncio.Event()

    async def listen(talk: Talk) -> None:
        await talk.say(HEAD % 100 + b"x")
        await talk.gone()
        ended.set()

    async with gated(listen, breaker_failures=1) as (gate, _):
        async with gate.download("/", deadline=Deadline.after(5), most=100):
            pass
        await asyncio.wait_for(ended.wait(), 1)

        assert gate.state.breaker is BreakerState.CLOSED


async def test_downloads_share_the_places_of_the_bulkhead() -> None:
    async with gated(Giver(), concurrent=1, queue=0) as (gate, _):
        async with gate.download("/", deadline=Deadline.after(5), most=MOST):
            with pytest.raises(BackendBusy):
                await fetch(gate)

        assert gate.state.in_flight == 0


@pytest.mark.parametrize("path", ["//elsewhere/", "/a b", "/..", "/x\r\nHost: y", "http://elsewhere/"])
async def test_no_path_breaks_out_of_its_place(path: str) -> None:
    async with gated(answered()) as (gate, system):
        with pytest.raises(UnsafeRequest):
            async with gate.download(path, deadline=Deadline.after(5), most=1):
                pass

    assert system.connections == 0


async def test_tls_is_verified_and_a_long_body_passes_through_it() -> None:
    authority = trustme.CA()
    proving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(proving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async with backend(Giver(), tls=proving) as system:
        async with gate_to(system.url, tls=trusting, limits=replace(LIMITS, timeout=10)) as gate:
            digest = await fetch(gate)
        async with gate_to(system.url) as distrusting:
            with pytest.raises(BackendDown):
                await fetch(distrusting)

    assert digest.hex() == digest_of(MANY)
