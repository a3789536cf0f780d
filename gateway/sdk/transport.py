"""A pool of kept connections to one origin, lean enough to stand on every call's path."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from gateway.errors import BackendDown, BackendLate, ConfigurationError
from gateway.resilience.deadline import Deadline
from gateway.sdk.wire import Response, Wire

AddressCheck = Callable[[str, int], None]
IDLE_CONNECTIONS = 64


class Transport:
    """Asks one origin. It follows no redirect, keeps no cookie, knows no proxy and unpacks nothing.

    ``check_address`` is called with the address that the connection really reached, before a byte is sent; it
    raises to refuse. TLS is verified against the system's authorities unless ``tls`` says otherwise.
    """

    def __init__(
        self,
        base: str,
        *,
        body_limit: int,
        header_limit: int,
        tls: ssl.SSLContext | None = None,
        check_address: AddressCheck | None = None,
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ConfigurationError(field=base, problem="must be http://host or https://host, with a path at most")
        self._host, self._secure = parts.hostname, parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._tls = (tls or ssl.create_default_context()) if self._secure else None
        self._limits = (body_limit, header_limit)
        self._check_address = check_address
        self._idle: deque[Wire] = deque(maxlen=IDLE_CONNECTIONS)
        self._open: set[Wire] = set()
        self._head = f"Host: {parts.netloc}\r\nAccept-Encoding: identity\r\nUser-Agent: bawaba\r\n"

    async def ask(self, request: bytes, deadline: Deadline, safe: bool) -> Response:
        """The answer, whole, by the deadline.

        A kept connection that the other side closed meanwhile is replaced once, if the request is ``safe`` to
        repeat. Raises ``BackendDown``, ``BackendLate`` or ``BackendGarbled``.
        """
        try:
            async with asyncio.timeout(deadline.check()):
                return await self._exchange(request, safe)
        except TimeoutError as problem:
            raise BackendLate from problem

    async def close(self) -> None:
        """Ends every connection, busy ones too."""
        for wire in [*self._open]:
            wire.close()
        self._open.clear()
        self._idle.clear()

    async def _exchange(self, request: bytes, safe: bool) -> Response:
        kept = self._kept()
        if kept is not None:
            try:
                return await self._ask(kept, request)
            except BackendDown:
                if not safe or kept.answered:
                    raise
        return await self._ask(await self._connect(), request)

    async def _ask(self, wire: Wire, request: bytes) -> Response:
        try:
            response = await wire.ask(request)
        finally:
            if wire.reusable and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(wire)
            else:
                wire.close()
                self._open.discard(wire)
        return response

    def _kept(self) -> Wire | None:
        while self._idle:
            # The one used last is the least likely to have been closed by the other side.
            wire = self._idle.pop()
            if wire.reusable:
                return wire
            self._open.discard(wire)
        return None

    async def _connect(self) -> Wire:
        loop = asyncio.get_running_loop()
        name = self._host if self._tls else None
        try:
            _, wire = await loop.create_connection(
                lambda: Wire(*self._limits), self._host, self._port, ssl=self._tls, server_hostname=name
            )
        except OSError as problem:
            raise BackendDown from problem
        if self._check_address is not None:
            try:
                self._check_address(*wire.peer)
            except BaseException:
                wire.close()
                raise
        self._open.add(wire)
        return wire

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """The request as bytes; raises ``ValueError`` when a path or header holds a control character."""
        lines = [f"{method} {self._prefix}{path} HTTP/1.1\r\n", self._head]
        lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
        if body or method not in ("GET", "HEAD", "DELETE"):
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        head = "".join(lines)
        if head.count("\r\n") != len(lines) + self._head.count("\r\n") - 1 or "\0" in head or " " in path:
            raise ValueError("a path or header holds a control character")
        return head.encode("latin-1") + body


__all__ = ["AddressCheck", "Response", "Transport"]
