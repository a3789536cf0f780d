"""A virus scanner that speaks clamd's protocol, asked about every file while it arrives."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

import structlog

from gateway.errors import ConfigurationError, InvalidInput, Unavailable

log = structlog.get_logger()

LONGEST_REPLY: Final = 4096
_REPLY: Final = re.compile(rb"stream: (?:(OK)|([ -~]{1,200}) FOUND)\0")
_ADDRESS: Final = "must be tcp://host:port or unix:/path"


class ScannerUnavailable(Unavailable):
    """The scanner that every file has to pass cannot be asked, or does not say what it found."""

    code = "scanner_unavailable"


class Scan(Protocol):
    """One file that is being scanned."""

    async def feed(self, part: bytes) -> None:
        """Shows it the next part; raises ``ScannerUnavailable``."""

    async def finish(self) -> None:
        """Waits for its word; raises ``InvalidInput`` where it found something, ``ScannerUnavailable`` without one."""


class Scanner(Protocol):
    """Looks at files."""

    def scan(self) -> AbstractAsyncContextManager[Scan]:
        """A file to be scanned while the context lasts; raises ``ScannerUnavailable``."""


class NoScanner:
    """A gateway without a scanner: files are taken as they come."""

    def scan(self) -> AbstractAsyncContextManager[Scan]:
        return nullcontext(self)

    async def feed(self, part: bytes) -> None:
        """Nobody looks."""

    async def finish(self) -> None:
        """Nobody says anything."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """clamd at a TCP port or a socket of this machine.

    ``seconds`` is how long it may take to connect and to take each part, ``verdict_seconds`` to judge the whole.
    """

    path: str = ""
    host: str = ""
    port: int = 0
    seconds: float = 5.0
    verdict_seconds: float = 30.0

    @asynccontextmanager
    async def scan(self) -> AsyncIterator[Scan]:
        with _translated():
            async with asyncio.timeout(self.seconds):
                reader, writer = await self._connect()
        try:
            yield _Stream(reader, writer, self)
        finally:
            # Not closed in good order: a scanner that takes nothing would have us wait for it.
            writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.path:
            reader, writer = await asyncio.open_unix_connection(self.path, limit=LONGEST_REPLY)
        else:
            reader, writer = await asyncio.open_connection(self.host, self.port, limit=LONGEST_REPLY)
        writer.transport.set_write_buffer_limits(high=65_536)
        writer.write(b"zINSTREAM\0")
        return reader, writer


@dataclass(frozen=True, slots=True)
class _Stream:
    """INSTREAM: each part behind its length in four bytes, a length of nothing at the end, one line in answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    clamd: Clamd

    async def feed(self, part: bytes) -> None:
        with _translated():
            self.writer.write(len(part).to_bytes(4, "big") + part)
            async with asyncio.timeout(self.clamd.seconds):
                await self.writer.drain()

    async def finish(self) -> None:
        with _translated():
            self.writer.write(bytes(4))
            async with asyncio.timeout(self.clamd.verdict_seconds):
                await self.writer.drain()
                reply = await self.reader.readuntil(b"\0")
        found = _REPLY.fullmatch(reply)
        if found is None:
            # clamd refuses by a line that ends with ERROR, as where the file is longer than its StreamMaxLength.
            raise _unavailable("reply")
        if found[1] is None:
            log.warning("attachment.infected", signature=found[2].decode("ascii"))
            raise InvalidInput("attachment_infected")


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever goes wrong between us and the scanner means that it cannot be asked."""
    try:
        yield
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as problem:
        raise _unavailable(type(problem).__name__) from problem


def _unavailable(reason: str) -> ScannerUnavailable:
    log.error("scanner.unavailable", reason=reason)
    return ScannerUnavailable()


def scanner_at(address: str) -> Scanner:
    """The scanner at ``tcp://host:port`` or ``unix:/path``, none for an empty one; raises ``ConfigurationError``."""
    if not address:
        return NoScanner()
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as problem:
        raise ConfigurationError(field="applications.scanner", problem=_ADDRESS) from problem
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
        return Clamd(path=parts.path)
    if parts.scheme == "tcp" and parts.hostname and port and not parts.path:
        return Clamd(host=parts.hostname, port=port)
    raise ConfigurationError(field="applications.scanner", problem=_ADDRESS)
