"""Nothing that a caller types breaks out of the place in the request that it was put in (H10, H11)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import UnsafeRequest
from gateway.sdk.request import RequestHead
from tests.support.backend import answered
from tests.support.gates import gated, get, whole

HEADS = RequestHead("127.0.0.1:1", "/base")


async def test_what_may_be_sent_arrives_as_it_was_put_in() -> None:
    """The good case: path, query, header and body."""
    async with gated(answered()) as (gate, system):
        await gate.send(
            "POST",
            "/persons/840?since=2026-01-01&name=%D8%B9",
            deadline=Deadline.after(2),
            read=whole,
            headers={"X-Api-Key": "invented key", "SOAPAction": '""', "Content-Type": "text/xml; charset=utf-8"},
            body="عمان".encode(),
        )

    (sent,) = system.requests
    lines = sent.head.split(b"\r\n")
    assert lines[0] == b"POST /persons/840?since=2026-01-01&name=%D8%B9 HTTP/1.1"
    assert b"X-Api-Key: invented key" in lines
    assert b'SOAPAction: ""' in lines
    assert b"Content-Length: 8" in lines
    assert sent.body == "عمان".encode()


async def test_the_path_is_joined_to_that_of_the_endpoint() -> None:
    assert HEADS.request("GET", "/x?y=1", {}, b"").startswith(b"GET /base/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
    assert HEADS.request("GET", "", {}, b"").startswith(b"GET /base HTTP/1.1\r\n")
    assert HEADS.request("GET", "?y=1", {}, b"").startswith(b"GET /base?y=1 HTTP/1.1\r\n")


VALUES = [
    "a\r\nX-Role: admin",
    "a\nX-Role: admin",
    "a\rX-Role: admin",
    "a\r\n\r\nGET /other HTTP/1.1",
    "a\0b",
    "a\x0bb",
    "a\x1bb",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\u560a\u560db",
    "\u202egniht",
    "\ud800",
    "عمان",
    "a\tb",
]


@pytest.mark.parametrize("value", VALUES, ids=ascii)
async def test_a_header_value_that_could_break_out_is_not_sent(value: str) -> None:
    """Nothing is sent at all, and the error does not repeat the value."""
    async with gated(answered()) as (gate, system):
        with pytest.raises(UnsafeRequest) as caught:
            await get(gate, headers={"X-Name": value})

    assert system.connections == 0
    assert value not in str(caught.value)


NAMES = ["", "X Name", "X-Name:", "X-Name\r\nX-Role", "X\0", "X-Näme", "(x)", "x\n", " X", "X "]
OURS = [
    "Host",
    "host",
    "Content-Length",
    "Transfer-Encoding",
    "TRANSFER-ENCODING",
    "Connection",
    "Keep-Alive",
    "Accept-Encoding",
    "Upgrade",
    "Expect",
    "TE",
    "Trailer",
    "Proxy-Authorization",
    "Proxy-Connection",
]


@pytest.mark.parametrize("name", NAMES + OURS, ids=ascii)
async def test_a_header_name_that_breaks_out_or_frames_the_request_is_not_sent(name: str) -> None:
    async with gated(answered()) as (gate, system):
        with pytest.raises(UnsafeRequest):
            await get(gate, headers={name: "1"})

    assert system.connections == 0


PATHS = [
    "/a b",
    "/a\r\nX: y",
    "/a HTTP/1.1\r\nHost: evil\r\n\r\nGET /",
    "/a\n",
    "/a\0",
    "/a\x7f",
    "/a#b",
    "/a\\b",
    "/عمان",
    "/\ud800",
    "a",
    "http://127.0.0.1:1/",
    "//evil/",
    "@evil",
    ":80",
    "*",
    "/..",
    "/../x",
    "/a/../../x",
    "/a/./x",
    "/a/..?x=1",
    "/a/..;/x",
    "/%2e%2e/x",
    "/a/%2E./x",
    "/a/.%2e",
    "/a/%2e",
]


@pytest.mark.parametrize("path", PATHS, ids=ascii)
async def test_a_path_that_could_lead_elsewhere_is_not_sent(path: str) -> None:
    async with gated(answered()) as (gate, system):
        with pytest.raises(UnsafeRequest) as caught:
            await get(gate, path)

    assert system.connections == 0
    assert path == "*" or len(path) < 3 or path not in str(caught.value)


@pytest.mark.parametrize("path", ["/.well-known/x", "/a.b/..c", "/a?next=/../b", "/a%2eb", "/...", "/~x;y=1,2"])
def test_dots_that_lead_nowhere_may_be_sent(path: str) -> None:
    assert f" /base{path} ".encode() in HEADS.request("GET", path, {}, b"")


@pytest.mark.parametrize("method", ["", "get", "HEAD", "TRACE", "CONNECT", "OPTIONS", "GET / HTTP/1.1\r\nX:", "G\0T"])
def test_a_method_that_is_not_needed_is_not_sent(method: str) -> None:
    """``HEAD`` and ``CONNECT`` change what an answer's length means."""
    with pytest.raises(UnsafeRequest):
        HEADS.request(method, "/", {}, b"")


@given(
    path=st.text(max_size=20).map(lambda text: f"/{text}"),
    name=st.text(max_size=8),
    value=st.text(max_size=20),
    body=st.binary(max_size=20),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_is_typed_the_request_has_its_three_parts_and_no_more(
    path: str, name: str, value: str, body: bytes
) -> None:
    """Either it is refused, or it is one request line, the headers that were meant, and the body."""
    try:
        request = HEADS.request("POST", path, {name: value}, body)
    except UnsafeRequest:
        return

    head, _, rest = request.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert rest == body
    assert lines[0].split(b" ") == [b"POST", f"/base{path}".encode(), b"HTTP/1.1"]
    assert [line.partition(b":")[0].decode() for line in lines[1:]] == [
        "Host",
        "Accept-Encoding",
        "User-Agent",
        name,
        "Content-Length",
    ]
    assert not any(byte < 0x20 or byte > 0x7E for line in lines for byte in line)
