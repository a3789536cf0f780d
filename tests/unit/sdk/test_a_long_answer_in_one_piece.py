"""A long body that arrives together with its header is an answer; a long header is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.errors import BackendGarbled
from gateway.sdk import Deadline, Gate, GateLimits, Response

LONG = b"x" * 60_000


@asynccontextmanager
async def gate_to(answer: bytes) -> AsyncIterator[Gate]:
    """A gate to a system that sends ``answer`` in one piece to everybody."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    gate = Gate("test", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", GateLimits(header_bytes=16_384))
    async with server:
        yield gate
        await gate.close()


def _body(response: Response) -> bytes:
    return response.body


async def test_a_body_longer_than_any_header_may_come_with_the_header() -> None:
    """The limit of the header is for the header."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LONG)

    async with gate_to(head + LONG) as gate:
        body = await gate.send("GET", "/", deadline=Deadline.after(2), read=_body)

    assert body == LONG


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""], ids=["that ends", "that never ends"])
async def test_a_header_longer_than_the_limit_is_refused(end: bytes) -> None:
    """Whether it is complete or not."""
    async with gate_to(b"HTTP/1.1 200 OK\r\nX-Long: " + LONG + end) as gate:
        with pytest.raises(BackendGarbled) as caught:
            await gate.send("GET", "/", deadline=Deadline.after(2), read=_body)

    assert caught.value.code == "backend_too_large"


async def test_many_short_headers_count_together() -> None:
    """The limit is for all of them."""
    many = b"".join(b"X-Many-%d: %s\r\n" % (number, b"x" * 400) for number in range(60))

    async with gate_to(b"HTTP/1.1 200 OK\r\n" + many + b"Content-Length: 0\r\n\r\n") as gate:
        with pytest.raises(BackendGarbled) as caught:
            await gate.send("GET", "/", deadline=Deadline.after(2), read=_body)

    assert caught.value.code == "backend_too_large"
