"""What is promised of the back gate holds on the loop that serves: uvloop."""

import asyncio
import ssl

import pytest
import trustme
import uvloop

from gateway.errors import BackendDown, BackendGarbled, BackendLate
from tests.support.backend import Talk, answered, backend, chunked
from tests.support.gates import gate_to, gated, get, outcome

HOSTILE = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "bytes after the answer": answered(b"hi") + b"junk",
    "a header of 1 MB": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000,
    "chunks beyond the limit": chunked(b"x" * 65_536, b"x"),
}


def test_answers_are_believed_over_one_kept_connection() -> None:
    async def promise() -> None:
        async with gated(chunked(b"h", b"i")) as (gate, system):
            bodies = [(await get(gate)).body for _ in range(20)]
        assert set(bodies) == {b"hi"}
        assert system.connections == 1

    uvloop.run(promise())


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers_are_garbled(answer: bytes) -> None:
    async def promise() -> None:
        async with gated(answer) as (gate, _):
            with pytest.raises(BackendGarbled):
                await asyncio.wait_for(get(gate), 1)

    uvloop.run(promise())


def test_a_dripping_answer_is_late() -> None:
    async def drip(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while True:
            await talk.say(b"x")
            await asyncio.sleep(0.02)

    async def promise() -> None:
        async with gated(drip) as (gate, _):
            with pytest.raises(BackendLate):
                await get(gate, seconds=0.1)

    uvloop.run(promise())


def test_a_connection_closed_meanwhile_is_replaced() -> None:
    async def once(talk: Talk) -> None:
        await talk.say(answered(b"hi"))
        talk.hang_up()

    async def promise() -> None:
        async with gated(once) as (gate, system):
            for _ in range(5):
                await get(gate)
        assert system.connections == 5

    uvloop.run(promise())


def test_tls_is_verified_and_the_address_judged() -> None:
    authority = trustme.CA()
    proving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(proving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def promise() -> None:
        async with backend(answered(b"hi"), tls=proving) as system:
            async with gate_to(system.url, tls=trusting, check_address=lambda *_: True) as gate:
                assert [(await get(gate)).body for _ in range(2)] == [b"hi", b"hi"]
            async with gate_to(system.url, tls=trusting, check_address=lambda *_: False) as gate:
                assert await outcome(gate) == "down"
            async with gate_to(system.url) as distrusting:
                assert await outcome(distrusting) == "down"
        assert len(system.requests) == 2

    uvloop.run(promise())


def test_nobody_listening_is_down() -> None:
    async def promise() -> None:
        async with backend(answered()) as system:
            pass
        async with gate_to(system.url) as gate:
            with pytest.raises(BackendDown):
                await get(gate)

    uvloop.run(promise())
