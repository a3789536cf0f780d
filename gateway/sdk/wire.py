"""One HTTP/1.1 connection to a national system: one request at a time, its answer read within bounds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httptools

from gateway.errors import BackendDown, BackendError, BackendGarbled

MAX_HEADERS = 100
MAX_INTERIM = 8


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; header names are in lower case, ``body`` is whole and not compressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(asyncio.Protocol):
    """Sends one request after another; ``reusable`` says whether the connection may take the next."""

    def __init__(self, body_limit: int, header_limit: int) -> None:
        self._body_limit = body_limit
        self._header_limit = header_limit
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self.reusable = False
        self.answered = False

    # --- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.reusable = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            # Bytes that nobody asked for: the two sides no longer agree about where answers begin.
            self.close()
            return
        self.answered = True
        self._unread += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(BackendGarbled())
        except httptools.HttpParserError as problem:
            cause = problem.__context__
            self._fail(cause if isinstance(cause, BackendError) else BackendGarbled())
        # Judged after parsing: one delivery of bytes may hold a short header and the beginning of a long body.
        if not self._in_body and self._unread > self._header_limit:
            self._fail(BackendGarbled("backend_too_large"))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, problem: Exception | None) -> None:
        self.reusable = False
        if self._answer is not None and not self._answer.done():
            if self._ends_with_connection and problem is None:
                self._finish()
            else:
                self._answer.set_exception(BackendGarbled("backend_cut_off") if self.answered else BackendDown())

    # --- our side

    @property
    def peer(self) -> tuple[str, int]:
        """Address and port that the connection really goes to."""
        name = self._transport.get_extra_info("peername") if self._transport else ("", 0)
        return str(name[0]), int(name[1])

    async def ask(self, request: bytes) -> Response:
        """Sends the request and waits for the whole answer; a cancelled wait closes the connection."""
        self._begin()
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._answer = answer
        if self._transport is None or self._transport.is_closing():
            raise BackendDown
        self._transport.write(request)
        try:
            return await answer
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the connection at once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        self.answered = False
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._unread = self._in_header = self._interim = 0
        self._in_body = self._ends_with_connection = False

    def _fail(self, problem: BackendError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(problem)
        self.close()

    def _finish(self) -> None:
        if self._answer is not None and not self._answer.done():
            status = self._parser.get_status_code()
            self._answer.set_result(Response(status, self._headers, bytes(self._body)))

    # --- httptools' side; what is raised here comes out of feed_data

    def on_message_begin(self) -> None:
        self._headers = {}

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        self._in_header += len(raw_name) + len(raw_value)
        if self._in_header > self._header_limit:
            raise BackendGarbled("backend_too_large")
        if len(self._headers) >= MAX_HEADERS or (name in self._headers and name in ("content-length", "location")):
            raise BackendGarbled
        if name == "content-encoding" and value.lower() != "identity":
            raise BackendGarbled("backend_compressed")
        self._headers[name] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._interim += 1
            if self._interim > MAX_INTERIM or status == 101:
                raise BackendGarbled
            return
        length = self._headers.get("content-length")
        if length is not None and ("transfer-encoding" in self._headers or int(length) > self._body_limit):
            raise BackendGarbled("backend_too_large")
        self._in_body = True
        self._ends_with_connection = (
            length is None and "transfer-encoding" not in self._headers and status not in (204, 304)
        )

    def on_body(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._body_limit:
            raise BackendGarbled("backend_too_large")

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            self._unread = 0
            return
        self.reusable = self.reusable and self._parser.should_keep_alive()
        self._finish()
