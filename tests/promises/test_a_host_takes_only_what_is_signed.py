"""A host asks its national system nothing for a request that is not signed, whole, new and in time."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog

from gateway.adapter_host.messages import content_digest
from gateway.schema import AnyRecord
from gateway.sdk.adapter import Ask
from tests.support.hosts import SERVICE, Host, Table, hosting, now, somebody
from tests.support.raw_calls import PATH, Heard, proves, question, say, send, signed
from tests.support.signing import ed25519, with_headers, without_header

LONG_AGO = 100
HEADERS = ("content-type", "content-digest", "bawaba-deadline-ms", "signature", "signature-input")


@pytest.fixture
def table() -> Table:
    return Table(somebody)


@pytest_asyncio.fixture
async def host(tmp_path: Path, table: Table) -> AsyncIterator[Host]:
    """Without TLS, as behind a proxy: what is promised here, the signature alone promises."""
    async with hosting(tmp_path, {SERVICE: table}, tls=False) as running:
        yield running


def is_refused(heard: Heard, status: int, code: str, table: Table) -> bool:
    assert (heard.status, heard.code) == (status, code), heard.body
    assert heard.headers["content-type"] == "application/problem+json"
    assert not table.asked
    return True


async def test_a_request_by_hand_is_answered_and_the_answer_signed(host: Host, table: Table) -> None:
    """So that what follows is refused for what is wrong with it."""
    body = question()
    request = signed(host, body)

    heard = await send(host, request, body)

    assert (heard.status, len(heard.document["records"]), len(table.asked)) == (200, 1, 1)
    assert proves(host, request, heard)


async def test_health_is_told_to_everybody(host: Host) -> None:
    heard = await say(host, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert (heard.status, heard.document) == (200, {"status": "ok"})


async def test_a_body_that_was_changed_on_the_way_is_refused(host: Host, table: Table) -> None:
    body = question()
    request = signed(host, body)

    heard = await send(host, request, body.replace(b"08123457", b"08123458"))

    assert is_refused(heard, 401, "digest_mismatch", table)
    assert proves(host, request, heard)


async def test_a_request_that_comes_again_is_refused(host: Host, table: Table) -> None:
    body = question()
    request = signed(host, body)
    await send(host, request, body)
    table.asked.clear()

    heard = await send(host, request, body)

    assert is_refused(heard, 401, "nonce_replayed", table)


async def test_two_of_the_same_at_once_are_answered_once(host: Host, table: Table) -> None:
    body = question()
    request = signed(host, body)

    heard = await asyncio.gather(*(send(host, request, body) for _ in range(8)))

    assert sorted(each.status for each in heard) == [200, *[401] * 7]
    assert len(table.asked) == 1


@pytest.mark.parametrize("name", HEADERS)
async def test_a_signed_header_that_is_missing_or_stands_twice_is_refused(host: Host, table: Table, name: str) -> None:
    body = question()
    request = signed(host, body)

    missing = await send(host, without_header(request, name), body)
    twice = await send(host, request, body, [(name.upper(), request.headers[name])])

    # The reader of HTTP beneath refuses some of them before anybody looks at signatures.
    assert missing.status == 401
    assert twice.status == 400 or (twice.status, twice.code) == (401, "header_twice")
    assert not table.asked


@pytest.mark.parametrize(
    "path", [PATH + "?", PATH + "?a=b", PATH + "/", "/lookups/traffic-fines", "//" + PATH, "/%6cookups/x"]
)
async def test_a_request_to_another_path_is_refused(host: Host, table: Table, path: str) -> None:
    body = question()
    request = signed(host, body)
    moved = type(request)(request.method, host.address + path, request.headers)

    assert is_refused(await send(host, moved, body), 401, "signature_wrong", table)


async def test_an_absolute_address_in_the_place_of_a_path_is_refused(host: Host, table: Table) -> None:
    body = question()
    lines = [f"{name}: {value}" for name, value in signed(host, body).headers.items()]
    head = [
        f"POST {host.address}{PATH} HTTP/1.1",
        "Host: x",
        "Connection: close",
        *lines,
        f"Content-Length: {len(body)}",
    ]

    heard = await say(host, "\r\n".join([*head, "", ""]).encode() + body)

    assert is_refused(heard, 401, "signature_wrong", table)


async def test_another_key_is_refused(host: Host, table: Table) -> None:
    body = question()

    assert is_refused(await send(host, signed(host, body, signer=ed25519()), body), 401, "key_unknown", table)


@pytest.mark.parametrize(("seconds", "code"), [(-LONG_AGO, "signature_old"), (LONG_AGO, "signature_future")])
async def test_a_request_of_another_time_is_refused(host: Host, table: Table, seconds: int, code: str) -> None:
    body = question()
    request = signed(host, body, moment=now().timestamp() + seconds)

    assert is_refused(await send(host, request, body), 401, code, table)


async def test_what_may_have_come_before_the_host_was_started_is_not_taken(host: Host, table: Table) -> None:
    """It remembers no nonces of that time; the gateway sends another, with a moment of its own."""
    body = question()
    heard = await send(host, signed(host, body, moment=now().timestamp() - 5), body)

    assert is_refused(heard, 503, "host_starting", table)
    assert heard.headers["retry-after"] == "1"


@pytest.mark.parametrize("given", ["0", "-5", "1e3", "05", "1.5", " ", "9999999", "1, 2"])
async def test_a_deadline_is_whole_milliseconds(host: Host, table: Table, given: str) -> None:
    body = question()
    heard = await send(host, signed(host, body, bawaba_deadline_ms=given), body)

    assert is_refused(heard, 400, "deadline_malformed", table)


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_a_method_that_the_protocol_has_not_is_refused(host: Host, method: str) -> None:
    head = f"{method} {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert (await say(host, head.encode())).status == 405


async def test_a_path_has_its_own_methods_and_the_protocol_its_own_paths(host: Host, table: Table) -> None:
    body = question()

    assert is_refused(await send(host, signed(host, method="GET")), 405, "method_not_allowed", table)
    strange = await send(host, signed(host, body, path="/admin"), body)
    unknown = await send(host, signed(host, body, path="/lookups/fines"), body)
    assert is_refused(strange, 404, "path_unknown", table)
    assert is_refused(unknown, 404, "service_unknown", table)


async def test_a_question_without_a_body_is_refused_and_so_is_a_body_where_none_belongs(
    host: Host, table: Table
) -> None:
    head = signed(host, method="GET", path="/about")
    with_body = await send(host, head, b"", [("Content-Length", "2")], length=False)

    assert is_refused(with_body, 400, "body_unexpected", table)
    assert (await send(host, head)).status == 200


async def test_a_body_that_is_compressed_is_refused(host: Host, table: Table) -> None:
    body = question()
    heard = await send(host, signed(host, body), body, [("Content-Encoding", "gzip")])

    assert is_refused(heard, 415, "content_encoding", table)


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=utf-8", "application/xml"])
async def test_a_question_is_json(host: Host, table: Table, kind: str) -> None:
    body = question()
    assert is_refused(await send(host, signed(host, body, content_type=kind), body), 415, "media_type", table)


async def test_more_than_two_megabytes_are_refused(host: Host, table: Table) -> None:
    body = question(inputs={"a": "x" * 2_200_000})

    assert is_refused(await send(host, signed(host, body), body), 413, "body_too_large", table)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b"[" * 3000, "json_too_deep"),
        (b'{"a": NaN}', "malformed_json"),
        (b"\xff", "bad_text"),
    ],
)
async def test_json_that_could_be_read_in_two_ways_is_refused(host: Host, table: Table, body: bytes, code: str) -> None:
    assert is_refused(await send(host, signed(host, body), body), 400, code, table)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"subject": {"country": "OM", "kind": "national_id", "value": "x"}}, "subject.value"),
        ({"subject": {"country": "SA", "kind": "national_id", "value": "1084260289"}}, "subject"),
        ({"language": 5}, "language"),
        ({"extra": 5}, "extra"),
        ({"reference": "a b"}, "reference"),
    ],
)
async def test_a_question_of_another_form_is_told_its_place_and_not_what_stood_there(
    host: Host, table: Table, changes: dict[str, Any], place: str
) -> None:
    body = question(**changes)
    heard = await send(host, signed(host, body), body)

    assert is_refused(heard, 422, "body_malformed", table)
    assert heard.document["detail"].startswith(place)
    assert "1084260289" not in heard.body.decode()


async def test_a_body_that_does_not_come_in_time_is_not_waited_for(host: Host, table: Table) -> None:
    body = question()
    request = signed(host, body, bawaba_deadline_ms="300")
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = [f"POST {PATH} HTTP/1.1", "Host: x", "Connection: close", *lines, f"Content-Length: {len(body)}"]

    heard = await say(host, "\r\n".join([*head, "", ""]).encode() + body[:20])

    assert is_refused(heard, 424, "backend_late", table)


async def test_a_request_without_a_signature_gets_an_answer_without_one(host: Host, table: Table) -> None:
    """There is nothing that it could be bound to."""
    heard = await say(
        host, f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
    )

    assert is_refused(heard, 401, "signature_missing", table)
    assert "signature" not in heard.headers


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nA B: c\r\n\r\n"]
)
async def test_what_is_no_http_is_answered_without_a_word(host: Host, data: bytes) -> None:
    heard = await say(host, data + b"\r\n\r\n")

    assert (heard.status, heard.body) == (400, b"")


async def test_more_calls_than_allowed_are_told_to_come_again(tmp_path: Path) -> None:
    going, go_on = asyncio.Event(), asyncio.Event()

    async def wait(ask: Ask) -> Sequence[AnyRecord]:
        going.set()
        await go_on.wait()
        return []

    body = question()
    async with hosting(tmp_path, {SERVICE: Table(wait)}, tls=False, rest="[limits]\ncalls = 1\n") as host:
        first = asyncio.create_task(send(host, signed(host, body), body))
        await going.wait()
        second = await send(host, signed(host, body), body)
        go_on.set()

        assert (second.status, second.code, second.headers["retry-after"]) == (503, "host_busy", "1")
        assert (await first).status == 200


async def test_nothing_of_a_person_is_in_the_log(host: Host, table: Table) -> None:
    """Neither of those who are asked for, nor of what came of it, nor of what could not be read."""
    with structlog.testing.capture_logs() as lines:
        for body in (question(), question(inputs={"name": "Canary"}), question(language="Canary")):
            await send(host, signed(host, body), body)

    assert [line["event"] for line in lines] == ["host.answered"] * 3
    assert not {"08123457", "Canary", "Salim"} & set(json.dumps(lines).replace('"', " ").split())


async def test_about_says_what_the_host_gives(host: Host) -> None:
    request = signed(host, method="GET", path="/about")

    heard = await send(host, request)

    assert proves(host, request, heard)
    assert heard.document == {
        "protocol": "1.0",
        "name": "oman",
        "version": "1.0.0",
        "country": "OM",
        "services": [{"id": SERVICE, "kind": "lookup"}],
    }


async def test_a_digest_of_another_kind_is_refused(host: Host, table: Table) -> None:
    body = question()
    request = signed(host, body, content_digest=content_digest(body).replace("sha-256", "sha-512"))

    assert is_refused(await send(host, request, body), 401, "digest_mismatch", table)


async def test_a_header_that_nobody_signed_changes_nothing(host: Host) -> None:
    body = question()
    request = signed(host, body)
    told = [("X-Forwarded-Host", "other"), ("X-HTTP-Method-Override", "GET"), ("Forwarded", "host=other")]

    assert (await send(host, with_headers(request, accept="text/html"), body, told)).status == 200
