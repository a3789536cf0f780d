"""A stand-in of clamd that speaks INSTREAM to the letter, and can be told to speak it badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless file that every scanner must find (eicar.org)."""


@dataclass
class FakeClamd:
    """``reply`` is told instead of the truth; ``mute`` never answers, ``deaf`` never reads, ``rude`` hangs up."""

    address: str = ""
    reply: bytes | None = None
    mute: bool = False
    deaf: bool = False
    rude: bool = False
    limit: int = 26_214_400
    lengths: list[int] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._talk(reader, writer)
        writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.deaf:
            await asyncio.Event().wait()
        command = await reader.readuntil(b"\0")
        if command != b"zINSTREAM\0":
            writer.write(b"UNKNOWN COMMAND\0")
            return
        data = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            self.lengths.append(length)
            data += await reader.readexactly(length)
            if self.rude:
                return
            if len(data) > self.limit:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                await writer.drain()
                return
        if self.mute:
            await asyncio.Event().wait()
        truth = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        writer.write(truth if self.reply is None else self.reply)
        await writer.drain()

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def clamd(socket: Path | None = None, **manners: Any) -> AsyncIterator[FakeClamd]:
    """Runs the stand-in at a port, or at a socket of this machine."""
    fake = FakeClamd(**manners)
    if socket is None:
        server = await asyncio.start_server(fake.connected, "127.0.0.1", 0)
        fake.address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        server = await asyncio.start_unix_server(fake.connected, str(socket))
        fake.address = f"unix:{socket}"
    try:
        yield fake
    finally:
        server.close()
        await fake.stop()
