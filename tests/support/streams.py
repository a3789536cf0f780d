"""Bodies of many parts, and a raw system that takes them as slowly as it is told to."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from gateway.sdk.procedure import Attachment

PART = 65_536
MANY = 800
"""Parts that are 50 MB together."""


@dataclass
class Parts:
    """A body made part by part; ``drawn`` is how many were asked for. ``size`` is what it says, not what it gives."""

    count: int
    size: int
    drawn: int = 0
    closed: bool = False
    trips_at: int | None = None

    async def read(self) -> AsyncIterator[bytes]:
        try:
            for number in range(self.count):
                if number == self.trips_at:
                    raise OSError("the invented disk is gone")
                self.drawn += 1
                yield part(number)
        finally:
            self.closed = True

    @property
    def attachment(self) -> Attachment:
        return Attachment("scan", "application/pdf", self.size, digest_of(self.count), self.read)


def parts(count: int, *, size: int | None = None, trips_at: int | None = None) -> Parts:
    """A body of ``count`` parts of 64 KiB."""
    return Parts(count, count * PART if size is None else size, trips_at=trips_at)


def part(number: int) -> bytes:
    """64 KiB that differ from the part before."""
    return number.to_bytes(8, "big") * (PART // 8)


def digest_of(count: int) -> str:
    """SHA-256 of a body of so many parts."""
    whole = hashlib.sha256()
    for number in range(count):
        whole.update(part(number))
    return whole.hexdigest()


@dataclass
class Taker:
    """What a system took: the head, how much of the body, and its digest."""

    port: int = 0
    head: bytes = b""
    taken: int = 0
    connections: int = 0
    hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def take(self, reader: asyncio.StreamReader, most: int) -> None:
        """Reads so many bytes of the body, or to its end."""
        while most > 0 and (data := await reader.read(min(most, PART))):
            self.taken += len(data)
            self.hash.update(data)
            most -= len(data)


Talker = Callable[[Taker, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def taker(talk: Talker) -> AsyncIterator[Taker]:
    """Runs a system that reads each request's head and then does as ``talk`` says."""
    system = Taker()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        system.connections += 1
        task = asyncio.current_task()
        assert task is not None
        system._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            system.head = await reader.readuntil(b"\r\n\r\n")
            await talk(system, reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    system.port = server.sockets[0].getsockname()[1]
    try:
        yield system
    finally:
        server.close()
        for task in tuple(system._tasks):
            task.cancel()
        await asyncio.gather(*system._tasks, return_exceptions=True)
