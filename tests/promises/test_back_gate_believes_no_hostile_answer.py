"""The back gate believes no answer that is malformed, oversized, ambiguous, packed or unfinished (H07, H08, P03)."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable

import pytest

from gateway.errors import BackendGarbled
from tests.support.backend import Talk, answered, chunked
from tests.support.gates import LIMITS, gated, get

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
BOMB = gzip.compress(b"0" * 10_000_000)
LIMIT = LIMITS.response_bytes

GOOD = {
    "a length": answered(b"hi"),
    "no body": answered(b""),
    "204 without a length": b"HTTP/1.1 204 No Content\r\n\r\n",
    "chunks": chunked(b"h", b"i"),
    "chunks with extensions and a trailer": OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n",
    "identity encoding": answered(b"hi", headers=b"Content-Encoding: identity\r\n"),
    "a few interim answers": INTERIM * 3 + answered(b"hi"),
    "an empty header": answered(b"hi", headers=b"X-Empty:\r\n"),
    "a body of exactly the limit": answered(b"x" * LIMIT),
    "chunks of exactly the limit": chunked(b"x" * LIMIT),
    "HTTP/1.0 with a length": b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\nhi",
    "an announced close": answered(b"hi", headers=b"Connection: close\r\n"),
}

BAD = {
    "two equal lengths": OK + LENGTH * 2 + b"\r\nhi",
    "two lengths": OK + LENGTH + b"Content-Length: 3\r\n\r\nhi!",
    "a list of lengths": OK + b"Content-Length: 2, 2\r\n\r\nhi",
    "a length and chunks": OK + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": OK + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n0\r\n\r\n",
    "a length in the trailer": chunked(b"hi", last=b"0\r\nContent-Length: 9\r\n\r\n"),
    "a signed length": OK + b"Content-Length: +2\r\n\r\nhi",
    "a negative length": OK + b"Content-Length: -2\r\n\r\nhi",
    "a hexadecimal length": OK + b"Content-Length: 0x2\r\n\r\nhi",
    "an endless length": OK + b"Content-Length: 99999999999999999999999\r\n\r\nhi",
    "an empty length": OK + b"Content-Length: \r\n\r\nhi",
    "no length": OK + b"\r\nhi",
    "a bad chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
    "a chunk longer than it says": OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n",
    "an overflowing chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhi",
    "another transfer encoding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks said twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks not last": OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a folded header": OK + b"X: a\r\n b\r\n" + LENGTH + b"\r\nhi",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "a NUL in a header": OK + b"X: a\x00b\r\n" + LENGTH + b"\r\nhi",
    "a space before the colon": OK + b"Content-Length : 2\r\n\r\nhi",
    "a header name that is not ASCII": OK + b"X\xff: a\r\n" + LENGTH + b"\r\nhi",
    "HTTP/0.9": b"hello\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "an impossible version": b"HTTP/7.3 200 OK\r\n" + LENGTH + b"\r\nhi",
    "a status of two digits": b"HTTP/1.1 99 No\r\n" + LENGTH + b"\r\nhi",
    "a status beyond 599": b"HTTP/1.1 700 No\r\n" + LENGTH + b"\r\nhi",
    "a status of four digits": b"HTTP/1.1 2000 No\r\n" + LENGTH + b"\r\nhi",
    "a switched protocol": b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nhi",
    "a body with 204": b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\nhi",
    "two answers to one request": answered(b"hi") + answered(b"yo"),
    "bytes after the answer": answered(b"hi") + b"junk",
    "bytes after the last answer": answered(b"hi", headers=b"Connection: close\r\n") + b"junk",
    "a body with an interim answer": b"HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\nabc" + answered(b"hi"),
    "a flood of interim answers": INTERIM * 20 + answered(b"hi"),
    "a length beyond the limit": OK + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1),
    "chunks beyond the limit": chunked(b"x" * LIMIT, b"x"),
    "a header of 1 MB": OK + b"X: " + b"x" * 1_000_000 + b"\r\n" + LENGTH + b"\r\nhi",
    "a header of 1 MB that never ends": OK + b"X: " + b"x" * 1_000_000,
    "a header name of 1 MB": OK + b"x" * 1_000_000 + b": 1\r\n" + LENGTH + b"\r\nhi",
    "100 headers of 8 KB": OK + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 8192) for n in range(100)) + LENGTH + b"\r\nhi",
    "60 headers of 400 bytes": OK + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 400) for n in range(60)) + LENGTH + b"\r\nhi",
    "5000 small headers": OK + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)) + LENGTH + b"\r\nhi",
    "101 headers": OK + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + LENGTH + b"\r\nhi",
    "a status line of 1 MB": b"HTTP/1.1 200 " + b"x" * 1_000_000,
    "a trailer of 1 MB": chunked(b"hi", last=b"0\r\nT: " + b"x" * 1_000_000 + b"\r\n\r\n"),
    "a gzip bomb": answered(BOMB, headers=b"Content-Encoding: gzip\r\n"),
    "gzip in chunks": chunked(BOMB, headers=b"Content-Encoding: gzip\r\n"),
    "x-gzip": answered(BOMB, headers=b"Content-Encoding: x-gzip\r\n"),
    "deflate": answered(zlib.compress(b"hi"), headers=b"Content-Encoding: deflate\r\n"),
    "br": answered(b"\x0b\x00\x80hi\x03", headers=b"Content-Encoding: br\r\n"),
    "identity and gzip": answered(BOMB, headers=b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"),
}

# What stands before the rest of those that say too much.
WHOLE = (answered(b"hi"), answered(b"hi", headers=b"Connection: close\r\n"), b"HTTP/1.1 204 No Content\r\n" + LENGTH)

CUT = {
    "in the status line": OK[:9],
    "in the header": OK + b"Content-Le",
    "before the body": OK + LENGTH + b"\r\n",
    "in the body": OK + LENGTH + b"\r\nh",
    "in a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhi",
    "before the last chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    "after an interim answer": INTERIM,
}


def told(answer: bytes, *, piece: int | None = None) -> Callable[[Talk], Awaitable[None]]:
    """Sends the bytes, in pieces of so many, and nothing more; the connection stays open."""

    async def talk(call: Talk) -> None:
        for start in range(0, len(answer), piece or len(answer)):
            await call.say(answer[start : start + (piece or len(answer))])
            if piece:
                await asyncio.sleep(0)

    return talk


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD)
async def test_a_proper_answer_is_believed(answer: bytes) -> None:
    """Without this, to be refused would mean nothing."""
    async with gated(told(answer)) as (gate, _):
        response = await get(gate)

    assert response.body in (b"hi", b"", b"x" * LIMIT)


@pytest.mark.parametrize("answer", [value for name, value in GOOD.items() if "limit" not in name])
async def test_it_makes_no_difference_where_the_network_cuts_an_answer(answer: bytes) -> None:
    """Byte by byte it is the same answer."""
    async with gated(told(answer, piece=1)) as (gate, _):
        response = await get(gate)

    assert response.body in (b"hi", b"")


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
async def test_a_hostile_answer_is_garbled_and_its_connection_is_closed(answer: bytes) -> None:
    """It is refused by what it is: long before the time is up, and although the system keeps the line open."""
    async with gated(told(answer)) as (gate, system):
        with pytest.raises(BackendGarbled):
            await asyncio.wait_for(get(gate), 1)
        with pytest.raises(BackendGarbled):
            await asyncio.wait_for(get(gate), 1)

    assert system.connections == 2


@pytest.mark.parametrize("answer", [each for each in BAD.values() if len(each) < 300 and not each.startswith(WHOLE)])
async def test_a_hostile_answer_is_garbled_byte_by_byte_too(answer: bytes) -> None:
    """Nothing is believed for having come slowly."""
    async with gated(told(answer, piece=1)) as (gate, _):
        with pytest.raises(BackendGarbled):
            await asyncio.wait_for(get(gate), 1)


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_an_answer_that_is_cut_off_is_garbled(answer: bytes) -> None:
    """Half an answer is none."""

    async def talk(call: Talk) -> None:
        await call.say(answer)
        call.hang_up()

    async with gated(talk) as (gate, _):
        with pytest.raises(BackendGarbled) as caught:
            await get(gate)

    assert caught.value.code == "backend_cut_off"


@pytest.mark.parametrize("piece", [b"x" * 1000, b"x"], ids=["large", "of one byte"])
async def test_endless_chunks_are_cut_at_the_limit(piece: bytes) -> None:
    """What was sent in vain is bounded as well, so that memory is."""
    sent = 0

    async def talk(call: Talk) -> None:
        nonlocal sent
        await call.say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        block = (b"%x\r\n%b\r\n" % (len(piece), piece)) * (8192 // len(piece))
        while True:
            await call.say(block)
            sent += len(block)

    async with gated(talk) as (gate, _):
        with pytest.raises(BackendGarbled) as caught:
            await get(gate)

    assert caught.value.code == "backend_too_large"
    # Besides what was read, some waits in the buffers of the two kernels' ends.
    assert sent < 8 * LIMIT + 8_000_000


@pytest.mark.parametrize("planted", [answered(b"planted"), b"HTTP/1.1 100 Continue\r\n\r\n", b"junk", b"\r\n"])
async def test_bytes_that_nobody_asked_for_end_a_kept_connection(planted: bytes) -> None:
    """They would be taken for the answer to somebody else's question."""
    sent = asyncio.Event()

    async def talk(call: Talk) -> None:
        await call.say(answered(b"hi"))
        if call.number == 0:
            await asyncio.sleep(0.01)
            await call.say(planted)
            sent.set()

    async with gated(talk) as (gate, system):
        await get(gate)
        await sent.wait()
        await asyncio.sleep(0.01)
        second = await get(gate)

    assert second.body == b"hi"
    assert system.connections == 2


async def test_what_a_system_says_of_itself_in_the_trailer_is_not_a_header() -> None:
    """A trailer could change what was judged already."""
    async with gated(chunked(b"hi", last=b"0\r\nX-Role: admin\r\n\r\n")) as (gate, _):
        response = await get(gate)

    assert "x-role" not in response.headers
