"""Bodies that never stand whole in memory: sent as the other side takes them, read as this side asks for them."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from gateway.errors import BackendDown, BackendError, BackendGarbled, BackendLate
from gateway.resilience.deadline import Deadline
from gateway.sdk.wire import Response, Wire

ResultT = TypeVar("ResultT")

PART_BYTES: Final = 65_536
MOST_HELD: Final = 4 * PART_BYTES
"""Reading pauses while more than this waits to be taken; one read of the loop, 256 KiB, may stand above it."""


class ContentChanged(ValueError):
    """What was to be sent is not as long as it says; the connection was closed before it was complete."""


class Content(Protocol):
    """What is sent in parts; ``Attachment`` is one. ``size`` is in bytes."""

    @property
    def media_type(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def read(self) -> Callable[[], AsyncIterator[bytes]]: ...


class Patience:
    """How long the other side is waited for: ``seconds`` at a time, and never beyond ``deadline``.

    ``waited`` is how long the last wait took: what is late because our own side was slow is not its fault.
    """

    def __init__(self, deadline: Deadline, seconds: float) -> None:
        self.deadline = deadline
        self.waited = 0.0
        self._seconds = seconds

    def now(self) -> Deadline:
        """The moment by which the next sign of life is due."""
        return self.deadline.sooner(self._seconds)

    async def wait(self, sign: Awaitable[ResultT]) -> ResultT:
        """What is waited for; raises ``BackendLate`` when patience ends first."""
        began = time.monotonic()
        try:
            async with asyncio.timeout_at(self.now().at):
                return await sign
        except TimeoutError as problem:
            raise BackendLate from problem
        finally:
            self.waited = time.monotonic() - began


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """An answer whose body comes in parts of 64 KiB at most, once; header names are in lower case.

    Iterating raises ``BackendLate`` when the next part does not come, ``BackendGarbled`` when the body is cut
    off or larger than its bound.
    """

    status: int
    headers: Mapping[str, str]
    _parts: AsyncGenerator[bytes, None] = field(repr=False)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    async def close(self) -> None:
        """Ends the iteration; what has not been taken is lost."""
        await self._parts.aclose()


class UploadWire(Wire):
    """Sends one request whose body comes in parts, each when there is room for it, and reads the answer whole."""

    def __init__(self, body_limit: int, header_limit: int, on_lost: Callable[[Wire], None], patience: Patience) -> None:
        super().__init__(body_limit, header_limit, on_lost)
        self._patience = patience
        self._room = asyncio.Event()
        self._room.set()

    async def upload(self, opening: bytes, content: Content) -> Response:
        """The answer; errors as of ``ask``, ``ContentChanged``, and whatever reading the content raises."""
        transport = self._transport
        if transport is None or not self.reusable:
            raise BackendDown(reason="closed_unanswered")
        answer: asyncio.Future[Response] = self._loop.create_future()
        answer.add_done_callback(self._answered)
        self._answer = answer
        try:
            transport.write(opening)
            await self._send(transport, content, answer)
            return await self._patience.wait(answer)
        finally:
            self.close()
            answer.cancel()
            self._answer = None

    async def _send(self, transport: asyncio.Transport, content: Content, answer: asyncio.Future[Response]) -> None:
        """Writes the parts; stops early when the other side has answered, or hung up, without them."""
        sent = 0
        # The last part waits until it is known to be the last: a body of a wrong length is never complete.
        last = b""
        parts = content.read()
        async with _ended(parts):
            async for part in parts:
                sent += len(part)
                if sent > content.size:
                    raise ContentChanged
                transport.write(last)
                last = part
                await self._patience.wait(self._room.wait())
                if answer.done():
                    return
        if sent != content.size:
            raise ContentChanged
        transport.write(last)

    def _answered(self, answer: asyncio.Future[Response]) -> None:
        self._room.set()
        if not answer.cancelled():
            # Looked at here, so that an answer that nobody waits for any more is not reported as lost.
            answer.exception()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high=PART_BYTES)

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()


class DownloadWire(Wire):
    """Sends one request and gives the body of the answer in parts; what nobody takes is not read either."""

    def __init__(self, body_limit: int, header_limit: int, on_lost: Callable[[Wire], None], patience: Patience) -> None:
        super().__init__(body_limit, header_limit, on_lost)
        self._patience = patience
        self._news = asyncio.Event()
        self._problem: BackendError | None = None
        self._paused = False
        self.held = self.most_held = 0

    async def open(self, request: bytes) -> StreamedResponse:
        """The head of the answer; errors as of ``ask``."""
        if self._transport is None or not self.reusable:
            raise BackendDown(reason="closed_unanswered")
        self._answer = self._loop.create_future()
        self._transport.write(request)
        head = await self._patience.wait(self._answer)
        return StreamedResponse(head.status, head.headers, self._take())

    async def _take(self) -> AsyncGenerator[bytes, None]:
        while True:
            while self._parts:
                part = self._parts.pop(0)
                self.held -= len(part)
                self._breathe()
                yield part
            if self._problem is not None:
                raise self._problem
            if self._complete:
                return
            self._news.clear()
            await self._patience.wait(self._news.wait())

    def _breathe(self) -> None:
        """Pauses reading while too much waits, and resumes it."""
        full = self.held > MOST_HELD
        if self._transport is None or full == self._paused or self._transport.is_closing():
            return
        self._paused = full
        if full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _fail(self, problem: BackendError) -> None:
        self._problem = self._problem or problem
        super()._fail(problem)

    def _finish(self) -> None:
        """The end is seen by ``_take``; the head was given long ago."""

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._breathe()
        self._news.set()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self._complete:
            self._problem = self._problem or BackendGarbled("backend_cut_off")
        super().connection_lost(problem)
        self._news.set()

    # What httptools calls.

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._in_body and self._answer is not None and not self._answer.done():
            self._answer.set_result(Response(self._status, self._headers, b""))

    def on_body(self, data: bytes) -> None:
        for at in range(0, len(data), PART_BYTES):
            super().on_body(data[at : at + PART_BYTES])
        self.held += len(data)
        self.most_held = max(self.most_held, self.held)


@asynccontextmanager
async def _ended(parts: AsyncIterator[bytes]) -> AsyncIterator[None]:
    """Ends the iteration with the context, so that what it holds open is not left to the collector."""
    try:
        yield
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()
