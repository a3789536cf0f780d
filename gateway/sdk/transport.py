"""A pool of kept connections to one origin, lean enough to stand on every call's path."""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import SplitResult, urlsplit

from gateway.errors import BackendDown, BackendLate, ConfigurationError
from gateway.resilience.deadline import Deadline
from gateway.sdk.request import RequestHead, UnsafeRequest
from gateway.sdk.streaming import Content, DownloadWire, Patience, StreamedResponse, UploadWire
from gateway.sdk.wire import Response, Wire

WireT = TypeVar("WireT", bound=Wire)
AddressCheck: TypeAlias = Callable[[str, int], bool]
"""Whether an IP address and port may be spoken to; called with the address itself, never with a name."""

_PLAIN: Final = re.compile(r"https?://[!-\[\]-~]+")

KEPT: Final = 64
KEPT_SECONDS: Final = 15.0


class Transport:
    """Asks one origin. It follows no redirect, keeps no cookie, knows no proxy and unpacks nothing.

    ``check_address`` is asked before connecting and again about the peer that was reached, before a byte is
    sent. TLS is verified, by the system's authorities unless ``tls`` brings others. Raises
    ``ConfigurationError`` where ``base`` is no plain http or https address or ``tls`` does not verify.
    """

    def __init__(
        self,
        base: str,
        *,
        body_limit: int,
        header_limit: int,
        tls: ssl.SSLContext | None = None,
        check_address: AddressCheck | None = None,
        kept: int = KEPT,
    ) -> None:
        parts = _split(base)
        self._host = str(parts.hostname)
        self._tls = _verifying(base, tls) if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._head = RequestHead(parts.netloc, parts.path.rstrip("/"))
        self._limits = (body_limit, header_limit)
        self._check_address = check_address
        self._most_kept = kept
        self._idle: deque[Wire] = deque()
        self._open: set[Wire] = set()
        self._closed = False

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """The request as bytes; raises ``UnsafeRequest`` where a part of it could break out of its place."""
        return self._head.request(method, path, headers, body)

    def opening(self, method: str, path: str, headers: Mapping[str, str], content: Content) -> bytes:
        """The head of a request that carries ``content``; raises ``UnsafeRequest`` as ``request`` does."""
        if any(name.lower() == "content-type" for name in headers):
            raise UnsafeRequest("the type is the content's own")
        return self._head.opening(method, path, {**headers, "Content-Type": content.media_type}, content.size)

    async def ask(self, request: bytes, deadline: Deadline, *, safe: bool = True) -> Response:
        """The answer, whole, by the deadline, which covers connecting, sending and receiving.

        A kept connection that the other side has closed meanwhile is replaced once. A request that is not
        ``safe`` to repeat travels on a connection of its own. Raises ``BackendDown``, ``BackendLate`` or
        ``BackendGarbled``.
        """
        wire = self._take() if safe else None
        if wire is not None:
            try:
                return await self._exchange(wire, request, deadline)
            except BackendDown:
                # Not one byte of an answer came: the connection was closed while it was kept.
                pass
        return await self._exchange(await self._connect(deadline, self._make), request, deadline)

    async def upload(self, opening: bytes, content: Content, patience: Patience) -> Response:
        """The answer, whole, to a body that is sent in parts, on a connection of its own; errors as of ``ask``."""
        make = partial(UploadWire, *self._limits, self._lose, patience)
        wire = await patience.wait(self._connect(patience.now(), make))
        return await wire.upload(opening, content)

    @asynccontextmanager
    async def download(self, request: bytes, most: int, patience: Patience) -> AsyncIterator[StreamedResponse]:
        """The answer as it comes, of ``most`` bytes, on a connection of its own; errors as of ``ask``."""
        make = partial(DownloadWire, most, self._limits[1], self._lose, patience)
        wire = await patience.wait(self._connect(patience.now(), make))
        try:
            response = await wire.open(request)
            try:
                yield response
            finally:
                await response.close()
        finally:
            wire.close()

    async def close(self) -> None:
        """Ends every connection, busy ones too, for good."""
        self._closed = True
        for wire in tuple(self._open):
            wire.close()
        self._idle.clear()

    async def _exchange(self, wire: Wire, request: bytes, deadline: Deadline) -> Response:
        response = await wire.ask(request, deadline.check())
        if wire.reusable and len(self._idle) < self._most_kept and not self._closed:
            self._idle.append(wire)
        else:
            wire.close()
        return response

    def _take(self) -> Wire | None:
        """The connection used last, which is the least likely to have been closed by the other side."""
        while self._idle:
            wire = self._idle.pop()
            if wire.reusable and asyncio.get_running_loop().time() - wire.idle_since < KEPT_SECONDS:
                return wire
            wire.close()
        return None

    def _make(self) -> Wire:
        return Wire(*self._limits, self._lose)

    async def _connect(self, deadline: Deadline, make: Callable[[], WireT]) -> WireT:
        if self._closed:
            raise BackendDown(reason="gate_closed")
        try:
            async with asyncio.timeout(deadline.check()):
                return await self._open_wire(make)
        except TimeoutError as problem:
            raise BackendLate from problem
        except ssl.SSLError as problem:
            raise BackendDown(reason="tls") from problem
        except OSError as problem:
            raise BackendDown(reason="unreachable") from problem

    async def _open_wire(self, make: Callable[[], WireT]) -> WireT:
        loop = asyncio.get_running_loop()
        connected = await self._reach(await self._addresses())
        try:
            _, wire = await loop.create_connection(
                make,
                sock=connected,
                ssl=self._tls,
                server_hostname=self._host if self._tls else None,
            )
        except BaseException:
            connected.close()
            raise
        self._open.add(wire)
        return wire

    async def _reach(self, addresses: Sequence[tuple[Any, ...]]) -> socket.socket:
        """A socket connected to the first address that answers; one that may not be spoken to ends the search."""
        refused: OSError | None = None
        for family, kind, protocol, _, address in addresses:
            self._check(address)
            reached = socket.socket(family, kind, protocol)
            reached.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(reached, address)
                self._check(reached.getpeername())
            except OSError as problem:
                reached.close()
                refused = problem
            except BaseException:
                reached.close()
                raise
            else:
                return reached
        raise refused or OSError("the name has no address")

    async def _addresses(self) -> Sequence[tuple[Any, ...]]:
        try:
            ipaddress.ip_address(self._host)
        except ValueError:
            loop = asyncio.get_running_loop()
            return await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        flags = socket.AI_NUMERICHOST
        return socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM, flags=flags)

    def _check(self, address: tuple[Any, ...]) -> None:
        if self._check_address is not None and not self._check_address(str(address[0]), int(address[1])):
            raise BackendDown(reason="address_refused")

    def _lose(self, wire: Wire) -> None:
        self._open.discard(wire)
        if wire in self._idle:
            self._idle.remove(wire)


def _split(base: str) -> SplitResult:
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError as problem:
        raise ConfigurationError(field=base, problem=str(problem)) from problem
    said_more = "@" in parts.netloc or parts.query or parts.fragment
    if not _PLAIN.fullmatch(base) or said_more or not parts.hostname or port == 0:
        raise ConfigurationError(field=base, problem="must be http://host or https://host, with a path at most")
    return parts


def _verifying(base: str, tls: ssl.SSLContext | None) -> ssl.SSLContext:
    context = tls or ssl.create_default_context()
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        raise ConfigurationError(field=base, problem="TLS must verify the certificate and its name")
    return context


__all__ = ["AddressCheck", "Response", "Transport", "UnsafeRequest"]
