"""A body that is too large, too slow, too deep, not JSON or not said to be JSON is refused, each by its own code."""

import asyncio
import gzip
import re
import resource
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.door import LOOKUP, QUESTION, ask, check_problem, check_refused, citizen_token, entries_about, wire
from tests.support.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEGABYTE = 1_048_576
DEEP = 10_000


def head(house: House, *lines: str) -> bytes:
    """The head of a question as it goes over the wire."""
    fixed = ("Host: 127.0.0.1", "Content-Type: application/json", f"Authorization: Bearer {citizen_token(house)}")
    return "\r\n".join((f"POST {LOOKUP} HTTP/1.1", *fixed, "Accept-Language: en", *lines, "", "")).encode()


def resident_bytes() -> int:
    """The memory of this process, which the gateway runs in."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def test_a_body_of_100_megabytes_is_refused_before_it_is_read(bahrain: House) -> None:
    before = resident_bytes()

    heard = await wire(bahrain, head(bahrain, f"Content-Length: {100 * MEGABYTE}"))

    check_problem(heard, 413, "body_too_large")
    assert len(await entries_about(bahrain, heard.document["request_id"])) == 1
    assert resident_bytes() - before < 16 * MEGABYTE


async def test_a_body_of_100_megabytes_in_chunks_is_cut_off_and_never_held(bahrain: House) -> None:
    before, sent = resident_bytes(), 0
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", bahrain.doors.public_port)
    writer.write(head(bahrain, "Transfer-Encoding: chunked"))
    try:
        async with asyncio.timeout(20):
            for _ in range(100 * MEGABYTE // 65_536):
                writer.write(chunk)
                await writer.drain()
                sent += 65_536
    except ConnectionError:
        pass  # the gateway need not listen to all of it
    answer = await reader.read(65_536)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    number = re.search(rb'"request_id":"([0-9a-f]{32})"', answer)
    assert number
    assert len(await entries_about(bahrain, number[1].decode())) == 1
    assert resident_bytes() - before < 16 * MEGABYTE


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not(bahrain: House) -> None:
    limit = bahrain.settings.server.body_bytes
    padded = QUESTION + b" " * (limit - len(QUESTION))

    at_limit = await ask(bahrain, padded)

    assert at_limit.status == 200
    await check_refused(bahrain, padded + b" ", 413, "body_too_large")


async def test_a_streamed_body_over_the_limit_is_refused(bahrain: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 32_768

    heard = await ask(bahrain, pieces())

    check_problem(heard, 413, "body_too_large")


@pytest.mark.parametrize("sent", [b"", b'{"purpose"'], ids=["nothing", "a beginning"])
async def test_a_body_that_does_not_come_is_not_waited_for(bahrain: House, sent: bytes) -> None:
    began = asyncio.get_running_loop().time()

    heard = await wire(bahrain, head(bahrain, "Content-Length: 27") + sent)

    check_problem(heard, 408, "body_too_slow")
    assert heard.document["retryable"] is True
    assert asyncio.get_running_loop().time() - began < 3
    (entry,) = await entries_about(bahrain, heard.document["request_id"])
    assert (entry["outcome"], entry["code"]) == ("refused", "body_too_slow")


async def test_a_caller_who_leaves_in_the_middle_of_a_body_harms_nobody(bahrain: House) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", bahrain.doors.public_port)
    writer.write(head(bahrain, "Content-Length: 27") + b'{"purpose"')
    await writer.drain()
    writer.close()

    assert (await ask(bahrain)).status == 200


@pytest.mark.parametrize("body", [b"[" * DEEP + b"]" * DEEP, b'{"inputs":' * 5000 + b"1" + b"}" * 5000, b"[" * DEEP])
async def test_json_nested_thousands_deep_is_refused(bahrain: House, body: bytes) -> None:
    await check_refused(bahrain, body, 400, "json_too_deep")


async def test_the_inputs_may_not_be_deep_either(bahrain: House) -> None:
    body = b'{"purpose": "self_service", "inputs": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}"

    heard = await ask(bahrain, body[:65_000])

    check_problem(heard, 400, "json_too_deep")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"purpose=self_service",
        b"<purpose>self_service</purpose>",
        b"{'purpose': 'self_service'}",
        b'{"purpose": NaN}',
        b'{"purpose": Infinity}',
        b'{"purpose": -Infinity}',
        b'{"purpose": 01}',
        b'{"purpose": ' + b"9" * 5000 + b"}",
        b'{"purpose": 1e999999}',
        b'{"purpose": "self_service"} {}',
        b'{"purpose": "self_service",}',
        b'{"purpose": "self_service"} // why',
        b"\xef\xbb\xbf" + QUESTION,
        QUESTION.decode().encode("utf-16-le"),
        QUESTION.decode().encode("utf-16-be"),
        b'{"purpose": "self\x00service"}',
    ],
)
async def test_what_is_not_json_is_refused(bahrain: House, body: bytes) -> None:
    await check_refused(bahrain, body, 400, "malformed_json")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
async def test_another_encoding_with_its_mark_is_no_text_of_ours(bahrain: House, encoding: str) -> None:
    await check_refused(bahrain, QUESTION.decode().encode(encoding), 400, "bad_text")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"self_service"', b"1", b"true"])
async def test_json_that_is_no_object_is_refused(bahrain: House, body: bytes) -> None:
    await check_refused(bahrain, body, 400, "json_not_object")


@pytest.mark.parametrize(
    "body",
    [
        b'{"purpose": "self_service", "purpose": "self_service"}',
        b'{"purpose": "self_service", "purpos\\u0065": "enforcement"}',
        b'{"purpose": "self_service", "inputs": {"since": "2024-01-01", "since": "2025-01-01"}}',
    ],
)
async def test_a_name_that_stands_twice_is_refused(bahrain: House, body: bytes) -> None:
    await check_refused(bahrain, body, 400, "duplicate_key")


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "",
     "application/json; charset=utf-16", "application/json; charset=windows-1256", "application/jsonp"],
)  # fmt: skip
async def test_another_media_type_is_refused(bahrain: House, media_type: str) -> None:
    await check_refused(bahrain, QUESTION, 415, "unsupported_media_type", Content_Type=media_type)


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=UTF-8", "application/json; charset=Utf-8", "Application/JSON"]
)
async def test_a_media_type_is_known_however_it_is_spelt(bahrain: House, media_type: str) -> None:
    assert (await ask(bahrain, Content_Type=media_type)).status == 200


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(QUESTION)),
        ("gzip", gzip.compress(b" " * 50 * MEGABYTE)),
        ("gzip", QUESTION),
        ("deflate", zlib.compress(QUESTION)),
        ("br", QUESTION),
        ("zstd", QUESTION),
        ("GZIP", QUESTION),
        ("identity, gzip", QUESTION),
        ("rot13", QUESTION),
    ],
    ids=["gzip", "gzip bomb", "no gzip", "deflate", "br", "zstd", "GZIP", "two", "unknown"],
)
async def test_a_compressed_body_is_refused_and_never_unpacked(bahrain: House, coding: str, body: bytes) -> None:
    before = resident_bytes()

    await check_refused(bahrain, body, 415, "content_encoding", Content_Encoding=coding)

    assert resident_bytes() - before < 16 * MEGABYTE


async def test_a_second_content_encoding_does_not_hide_behind_the_first(bahrain: House) -> None:
    lines = ("Content-Encoding: identity", "Content-Encoding: gzip", f"Content-Length: {len(QUESTION)}")

    heard = await wire(bahrain, head(bahrain, *lines) + QUESTION)

    check_problem(heard, 415, "content_encoding")


async def test_many_names_take_no_long_time(bahrain: House) -> None:
    body = b'{"purpose": "self_service", "inputs": {' + b",".join(b'"%d":1' % number for number in range(6000)) + b"}}"
    began = asyncio.get_running_loop().time()

    heard = await ask(bahrain, body)

    assert (heard.status, heard.document["code"]) == (422, "field_unknown")
    assert asyncio.get_running_loop().time() - began < 1
