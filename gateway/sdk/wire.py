"""One HTTP/1.1 connection to a national system: one request at a time, its answer read within bounds."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

import httptools

from gateway.errors import BackendDown, BackendError, BackendGarbled, BackendLate

MAX_HEADERS: Final = 100
MAX_INTERIM: Final = 8
# Chunks of a few bytes cost more bytes on the wire than they carry.
WIRE_BYTES_A_BODY_BYTE: Final = 4


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; header names are in lower case, ``body`` is whole and not compressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(asyncio.Protocol):
    """Sends one request after another; ``reusable`` says whether the connection may take the next.

    httptools refuses lengths that are given twice, contradict chunks or are no numbers, bad chunks, folded
    headers, bare line feeds and control characters. Refused here are: more than the bounds of header and body,
    an answer whose end only the end of the connection would show, content and transfer encodings, switched
    protocols, a flood of interim answers, and bytes after the answer.
    """

    def __init__(self, body_limit: int, header_limit: int, on_lost: Callable[["Wire"], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._body_limit = body_limit
        self._header_limit = header_limit
        self._wire_limit = header_limit + WIRE_BYTES_A_BODY_BYTE * body_limit
        self._on_lost = on_lost
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self.reusable = False
        self.idle_since = 0.0
        self._reset()

    async def ask(self, request: bytes, seconds: float) -> Response:
        """Sends the request and waits for the whole answer.

        Raises ``BackendLate`` after ``seconds``, ``BackendGarbled`` for an answer that cannot be believed, and
        ``BackendDown`` only when the connection ended before the first byte of one. After a failure, or when
        the wait is cancelled, the connection is closed.
        """
        transport = self._transport
        if transport is None or not self.reusable:
            raise BackendDown(reason="closed_unanswered")
        self._reset()
        answer: asyncio.Future[Response] = self._loop.create_future()
        self._answer = answer
        timer = self._loop.call_later(seconds, self._expire)
        transport.write(request)
        try:
            return await answer
        except BaseException:
            self.close()
            raise
        finally:
            timer.cancel()
            self._answer = None
            self.idle_since = self._loop.time()

    def close(self) -> None:
        """Ends the connection at once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def _reset(self) -> None:
        self._status = 0
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._body_size = self._header_size = self._received = self._interim = 0
        self._in_body = self._complete = self._keep = False

    def _expire(self) -> None:
        self._fail(BackendLate())

    def _fail(self, problem: BackendError) -> None:
        self.reusable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(problem)
        self.close()

    def _finish(self) -> None:
        self.reusable = self._keep
        if self._answer is not None and not self._answer.done():
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._answer.set_result(Response(self._status, self._headers, body))

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.reusable = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._complete:
            # Nobody asked for these bytes: the two sides no longer agree about where an answer begins.
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(BackendGarbled(reason="upgrade"))
        except httptools.HttpParserError as problem:
            cause = problem.__context__
            self._fail(cause if isinstance(cause, BackendError) else BackendGarbled(reason="malformed_http"))
        else:
            self._judge()

    def _judge(self) -> None:
        if self._complete:
            self._finish()
        elif self._received > (self._wire_limit if self._in_body else self._header_limit):
            self._fail(BackendGarbled("backend_too_large"))

    def connection_lost(self, problem: Exception | None) -> None:
        self.reusable = False
        if self._answer is not None and not self._answer.done():
            cut = BackendGarbled("backend_cut_off") if self._received else BackendDown(reason="closed_unanswered")
            self._answer.set_exception(cut)
        self._on_lost(self)

    # What httptools calls; an error raised here comes out of feed_data as the context of its own.

    def on_message_begin(self) -> None:
        if self._complete:
            raise BackendGarbled(reason="surplus")

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        self._header_size += len(raw_name) + len(raw_value) + 4
        if self._header_size > self._header_limit or len(self._headers) >= MAX_HEADERS:
            raise BackendGarbled("backend_too_large")
        if self._in_body or self._status:
            return
        name, value = _name(raw_name), raw_value.decode("latin-1")
        before = self._headers.get(name)
        self._headers[name] = value if before is None else f"{before}, {value}"

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self._interim += 1
            self._headers = {}
            if self._interim > MAX_INTERIM:
                raise BackendGarbled(reason="interim_flood")
            return
        headers = self._headers
        if not 200 <= status < 600:
            raise BackendGarbled(reason="status")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise BackendGarbled("backend_compressed")
        self._status, self._in_body = status, True
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if length is not None and int(length) > self._body_limit:
            raise BackendGarbled("backend_too_large")
        if coding is not None and coding.lower() != "chunked":
            raise BackendGarbled(reason="transfer_encoding")
        if length is None and coding is None and status not in (204, 304):
            raise BackendGarbled(reason="no_length")

    def on_body(self, data: bytes) -> None:
        self._body_size += len(data)
        if self._body_size > self._body_limit:
            raise BackendGarbled("backend_too_large")
        self._parts.append(data)

    def on_message_complete(self) -> None:
        # Only here: once the next message may begin, the parser has forgotten this one.
        self._complete, self._keep = self._in_body, self._parser.should_keep_alive()


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str:
    """A header's name in lower case; most answers of one system have the same few."""
    return raw.lower().decode("ascii")
