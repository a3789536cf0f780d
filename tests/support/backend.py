"""A raw national system on loopback that sends exactly the bytes it is told to, however wrong they are."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Talk:
    """One request as it came, and the connection on which to answer it."""

    head: bytes
    body: bytes
    number: int
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        """Sends the bytes; raises ``ConnectionError`` when the other side has hung up."""
        self._writer.write(data)
        await self._writer.drain()

    async def gone(self) -> None:
        """Waits until the other side has hung up."""
        with suppress(ConnectionError):
            await self._reader.read()

    def hang_up(self) -> None:
        """Ends the connection."""
        self._writer.close()


Answerer = Callable[[Talk], Awaitable[None]]


@dataclass
class Backend:
    """What the system has seen: requests in their order, and how many connections."""

    answer: Answerer
    port: int = 0
    scheme: str = "http"
    requests: list[Talk] = field(default_factory=list)
    connections: int = 0
    hung_up: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                await self._talk(reader, writer)
        finally:
            self.hung_up += 1
            self._tasks.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            head = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
            talk = Talk(head, body, len(self.requests), reader, writer)
            self.requests.append(talk)
            await self.answer(talk)

    async def stop(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def backend(answer: Answerer | bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Backend]:
    """Runs a system that answers every request by ``answer``, or with these bytes."""

    async def say(talk: Talk) -> None:
        assert isinstance(answer, bytes)
        await talk.say(answer)

    system = Backend(say if isinstance(answer, bytes) else answer, scheme="https" if tls else "http")
    server = await asyncio.start_server(system.connected, "127.0.0.1", 0, ssl=tls)
    system.port = server.sockets[0].getsockname()[1]
    try:
        yield system
    finally:
        server.close()
        await system.stop()


def answered(body: bytes = b"{}", status: bytes = b"200 OK", headers: bytes = b"") -> bytes:
    """A proper answer; ``headers`` are whole lines."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)


def chunked(*chunks: bytes, headers: bytes = b"", last: bytes = b"0\r\n\r\n") -> bytes:
    """A proper answer in chunks."""
    parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n%b%b" % (headers, parts, last)
