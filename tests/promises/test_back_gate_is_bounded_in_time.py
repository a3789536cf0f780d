"""One deadline covers connecting, sending and receiving, and a call that is given up leaves nothing behind (H07)."""

import asyncio
import socket
import time

import pytest

from gateway.errors import BackendLate
from gateway.resilience.deadline import Deadline
from tests.support.backend import Answerer, Talk, answered, backend
from tests.support.gates import gate_to, gated, get, whole

SOON = 0.15
# What a busy machine may add.
SLACK = 0.35
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


async def silence(_talk: Talk) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def one_byte_at_a_time(talk: Talk) -> None:
    """Always something, never enough."""
    await talk.say(HEAD)
    while True:
        await talk.say(b"x")
        await asyncio.sleep(0.02)


async def slow_header(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await talk.say(b"x")
        await asyncio.sleep(0.02)


async def endless_interim(talk: Talk) -> None:
    """Six in all: too few for a flood, and nothing after them."""
    for _ in range(6):
        await talk.say(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.02)
    await asyncio.Event().wait()


SLOW = [silence, one_byte_at_a_time, slow_header, endless_interim]


@pytest.mark.parametrize("answer", SLOW)
async def test_a_slow_answer_is_late_at_the_deadline(answer: Answerer) -> None:
    """However steadily it drips."""
    async with gated(answer) as (gate, _):
        began = time.monotonic()
        with pytest.raises(BackendLate):
            await get(gate, seconds=SOON)

    assert SOON * 0.9 <= time.monotonic() - began < SOON + SLACK


async def test_an_attempt_has_no_more_time_than_its_limit_though_the_call_has() -> None:
    async with gated(silence, timeout=SOON) as (gate, _):
        began = time.monotonic()
        with pytest.raises(BackendLate):
            await get(gate, seconds=60)

    assert time.monotonic() - began < SOON + SLACK


async def test_a_late_answer_is_not_the_next_one() -> None:
    """The connection on which it may still come is closed."""

    async def late_once(talk: Talk) -> None:
        await asyncio.sleep(2 * SOON if talk.number == 0 else 0)
        await talk.say(answered(b"%d" % talk.number))

    async with gated(late_once) as (gate, system):
        with pytest.raises(BackendLate):
            await get(gate, seconds=SOON)
        await asyncio.sleep(2 * SOON)
        second = await get(gate)

    assert second.body == b"1"
    assert system.connections == 2


async def test_without_time_nothing_is_sent() -> None:
    async with gated(answered()) as (gate, system):
        with pytest.raises(BackendLate):
            await get(gate, seconds=0)

    assert system.connections == 0


async def test_a_host_that_does_not_answer_the_knock_is_late() -> None:
    """A listener whose queue is full lets the next one wait."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        async with gate_to(f"http://127.0.0.1:{address[1]}") as gate:
            began = time.monotonic()
            with pytest.raises(BackendLate):
                await get(gate, seconds=SOON)
        for each in waiting:
            each.close()

    assert time.monotonic() - began < SOON + SLACK


async def test_a_body_that_nobody_takes_is_late() -> None:
    """Sending is under the deadline as well: here the connection stands, and nobody reads from it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        async with gate_to(f"http://127.0.0.1:{listener.getsockname()[1]}") as gate:
            with pytest.raises(BackendLate):
                await gate.send("POST", "/", deadline=Deadline.after(SOON), read=whole, body=b"x" * 20_000_000)


async def test_a_cancelled_call_closes_its_connection() -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def listen(talk: Talk) -> None:
        asked.set()
        await talk.gone()
        ended.set()

    async with gated(listen) as (gate, _):
        call = asyncio.create_task(get(gate))
        await asked.wait()
        call.cancel()
        await asyncio.wait([call])
        state = gate.state
        await asyncio.wait_for(ended.wait(), 1)

    assert call.cancelled()
    assert (state.in_flight, state.queued) == (0, 0)


async def test_a_call_cancelled_while_connecting_leaves_no_socket() -> None:
    """An unclosed one would be reported when it is collected, and fail this test."""
    async with backend(answered()) as system, gate_to(f"http://localhost:{system.port}") as gate:
        for _ in range(20):
            call = asyncio.create_task(get(gate))
            await asyncio.sleep(0)
            call.cancel()
            await asyncio.wait([call])

        assert gate.state.in_flight == 0
        assert (await get(gate)).status == 200


async def test_the_queue_is_under_the_same_deadline() -> None:
    async with gated(silence, concurrent=1, queue=1) as (gate, system):
        first = asyncio.create_task(get(gate, seconds=3 * SOON))
        await asyncio.sleep(0)
        began = time.monotonic()
        with pytest.raises(BackendLate):
            await get(gate, seconds=SOON)
        took = time.monotonic() - began
        await asyncio.wait([first])

    assert took < SOON + SLACK
    assert len(system.requests) == 1
