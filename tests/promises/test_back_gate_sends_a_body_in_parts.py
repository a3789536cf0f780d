"""An attachment goes through the back gate as the other side takes it, behind the guards of every request."""

import asyncio
import tracemalloc
from dataclasses import replace

import pytest
import uvloop

from gateway.errors import BackendBusy, BackendDown, BackendGarbled, BackendLate
from gateway.resilience.breaker import BreakerState
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate, Response
from gateway.sdk.request import UnsafeRequest
from gateway.sdk.streaming import ContentChanged
from tests.support.backend import answered, backend
from tests.support.gates import LIMITS, gate_to, gated, whole
from tests.support.streams import MANY, PART, Parts, Taker, digest_of, parts, taker

# Of 50 MB, so much may stand in the buffers of the kernel on both sides.
KERNEL = 16_000_000
# What the machinery of a test may hold beside a few parts.
MEMORY = 4_000_000


async def put(gate: Gate, body: Parts, *, seconds: float = 10.0, **options: object) -> Response:
    """The answer to the body."""
    return await gate.upload(
        "PUT",
        "/files/1",
        deadline=Deadline.after(seconds),
        content=body.attachment,
        read=whole,
        **options,  # type: ignore[arg-type]
    )


async def take_all(system: Taker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await system.take(reader, MANY * PART)
    writer.write(answered(b"taken"))
    await writer.drain()


async def take_nothing(_system: Taker, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def fifty_megabytes() -> None:
    body = parts(MANY)
    async with taker(take_all) as system, gate_to(system.url) as gate:
        tracemalloc.start()
        answer = await put(gate, body)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert answer.body == b"taken"
    assert system.hash.hexdigest() == digest_of(MANY)
    assert most < MEMORY


async def test_fifty_megabytes_pass_in_the_memory_of_a_few_parts() -> None:
    await fifty_megabytes()


def test_so_they_do_on_the_loop_that_serves() -> None:
    uvloop.run(fifty_megabytes())


async def test_parts_are_drawn_only_as_the_other_side_takes_them() -> None:
    body = parts(MANY)
    async with taker(take_nothing) as system, gate_to(system.url, limits=replace(LIMITS, timeout=0.3)) as gate:
        with pytest.raises(BackendLate):
            await put(gate, body)

    assert body.drawn * PART < KERNEL
    assert body.closed


async def test_length_and_type_are_those_of_the_content() -> None:
    async with taker(take_all) as system, gate_to(system.url) as gate:
        with pytest.raises(BackendLate):
            await put(gate, parts(1), seconds=0.2, headers=lambda: {"Authorization": "Bearer invented"})

    assert system.head.startswith(b"PUT /files/1 HTTP/1.1\r\n")
    assert b"\r\nContent-Length: 65536\r\n" in system.head
    assert b"\r\nContent-Type: application/pdf\r\n" in system.head
    assert b"\r\nAuthorization: Bearer invented\r\n" in system.head


@pytest.mark.parametrize("name", ["Content-Type", "content-length", "Transfer-Encoding", "Host", "Expect"])
async def test_no_header_may_say_otherwise(name: str) -> None:
    body = parts(1)
    async with taker(take_all) as system, gate_to(system.url) as gate:
        with pytest.raises(UnsafeRequest):
            await put(gate, body, headers={name: "x"})

    assert (system.connections, body.drawn) == (0, 0)


async def test_an_answer_that_does_not_wait_for_the_body_is_heard() -> None:
    async def too_large(system: Taker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await system.take(reader, PART)
        writer.write(answered(b"too large", status=b"413 Content Too Large"))
        await asyncio.Event().wait()

    body = parts(MANY)
    async with taker(too_large) as system, gate_to(system.url) as gate:
        answer = await put(gate, body)

    assert (answer.status, answer.body) == (413, b"too large")
    assert body.drawn < MANY
    assert body.closed


async def test_a_system_that_hangs_up_meanwhile_is_down() -> None:
    async def hang_up(system: Taker, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await system.take(reader, PART)

    body = parts(MANY)
    async with taker(hang_up) as system, gate_to(system.url) as gate:
        with pytest.raises(BackendDown):
            await put(gate, body)

    assert body.drawn < MANY
    assert system.connections == 1


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (answered(status=b"302 Found", headers=b"Location: http://127.0.0.1/\r\n"), BackendGarbled),
        (answered(status=b"503 Out"), BackendDown),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, BackendGarbled),
        (answered(b"x" * 65_537), BackendGarbled),
        (answered(headers=b"Content-Encoding: gzip\r\n"), BackendGarbled),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi", BackendGarbled),
    ],
)
async def test_no_hostile_answer_is_believed(answer: bytes, problem: type[Exception]) -> None:
    async with gated(answer) as (gate, system):
        for _ in range(2):
            with pytest.raises(problem):
                await put(gate, parts(2))

    assert len(system.requests) == 2


async def test_the_reader_that_trips_over_an_answer_makes_it_garbled() -> None:
    def trip(_response: Response) -> Response:
        raise KeyError("personal")

    async with gated(answered()) as (gate, _):
        with pytest.raises(BackendGarbled) as caught:
            await gate.upload("POST", "/", deadline=Deadline.after(5), content=parts(1).attachment, read=trip)

    assert caught.value.facts == {"reason": "KeyError"}


@pytest.mark.parametrize("size", [PART, 3 * PART])
async def test_content_of_another_length_is_not_handed_in(size: int) -> None:
    """The other side sees a body that is cut off, never one that is complete and wrong."""
    async with taker(take_all) as system, gate_to(system.url, limits=replace(LIMITS, breaker_failures=1)) as gate:
        with pytest.raises(ContentChanged):
            await put(gate, parts(2, size=size))
        state = gate.state

    assert state.breaker is BreakerState.CLOSED
    assert state.failures == 0
    assert system.taken < size


async def test_what_reading_the_content_raises_is_nobody_elses_fault() -> None:
    body = parts(4, trips_at=2)
    async with taker(take_all) as system, gate_to(system.url, limits=replace(LIMITS, breaker_failures=1)) as gate:
        with pytest.raises(OSError, match="invented disk"):
            await put(gate, body)
        state = gate.state

    assert (state.breaker, state.in_flight) == (BreakerState.CLOSED, 0)


async def test_failures_open_the_breaker_and_then_nothing_is_sent() -> None:
    body = parts(1)
    async with gated(answered(status=b"503 Out"), breaker_failures=2) as (gate, system):
        for _ in range(2):
            with pytest.raises(BackendDown):
                await put(gate, parts(1))
        with pytest.raises(BackendBusy):
            await put(gate, body)

    assert len(system.requests) == 2
    assert body.drawn == 0


async def test_uploads_share_the_places_of_the_bulkhead() -> None:
    limits = replace(LIMITS, concurrent=1, queue=0)
    async with taker(take_nothing) as system, gate_to(system.url, limits=limits) as gate:
        first = asyncio.create_task(put(gate, parts(1)))
        await asyncio.sleep(0)
        with pytest.raises(BackendBusy):
            await put(gate, parts(1))
        first.cancel()
        await asyncio.wait([first])

        assert gate.state.in_flight == 0


async def test_an_upload_travels_on_a_connection_of_its_own() -> None:
    async with backend(answered()) as system, gate_to(system.url) as gate:
        await gate.send("GET", "/", deadline=Deadline.after(5), read=whole)
        await put(gate, parts(1))
        await gate.send("GET", "/", deadline=Deadline.after(5), read=whole)

    assert system.connections == 2
