"""One worker's life: three doors opened, served until told to stop, drained and closed."""

import asyncio
import gc
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import structlog
import uvloop
from aiohttp import web

from gateway.app import Parts, parts
from gateway.app.senders import mtls
from gateway.settings import Settings
from gateway.web.problems import Problems
from gateway.web.protocol import Protocol

log = structlog.get_logger()

OPERATORS_CONNECTIONS = 64
HANDSHAKE_SECONDS = 30.0
"""A person may be typing the PIN of the card meanwhile."""
Way = tuple[socket.socket, ssl.SSLContext | None]
"""A bound socket, and its TLS where it has any of its own."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a running worker listens, and what it is made of."""

    public_port: int
    operators_port: int
    parts: Parts
    card_port: int | None = None
    mtls_port: int | None = None


class _Refusal(asyncio.Protocol):
    """What a connection over the limit meets: told to come back, and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.write(BUSY)
        transport.close()


def run_worker(settings: Settings, index: int = 0) -> None:
    """Serves until SIGTERM or SIGINT; ``index`` chooses the callback port."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(settings, index))


async def _until_stopped(settings: Settings, index: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings, index):
        _settle_collector()
        await stop.wait()
        log.info("worker.draining", index=index)


@asynccontextmanager
async def serving(settings: Settings, index: int = 0) -> AsyncIterator[Doors]:
    """Opens the worker's doors; leaving the context drains them for ``server.drain_seconds`` at most."""
    server = settings.server
    async with AsyncExitStack() as stack:
        # The callback door's address is part of what rooms are built with, so its socket comes first.
        late = _bind(server.callbacks_host, server.callbacks_port and server.callbacks_port + index)
        stack.callback(late.close)
        built = await stack.enter_async_context(parts(settings, server.callbacks_url.format(port=_port(late))))
        door = partial(_door, built.problems)
        await stack.enter_async_context(door(built.callbacks, [(late, None)], server.connections, server.drain_seconds))
        operators = _bind(server.operators_host, server.operators_port)
        await stack.enter_async_context(door(built.operators, [(operators, None)], OPERATORS_CONNECTIONS, 1.0))
        cards = await stack.enter_async_context(_card_door(settings, built))
        public = _bind(server.host, server.port)
        ways = [(public, None), *_mtls_way(settings)]
        await stack.enter_async_context(door(built.public, ways, server.connections, server.drain_seconds))
        log.info("worker.ready", index=index, port=_port(public), operators_port=_port(operators))
        yield Doors(_port(public), _port(operators), built, cards, *[_port(way) for way, tls in ways if tls])


def _mtls_way(settings: Settings) -> Sequence[Way]:
    """The second way to the public application, where there is one."""
    tls = mtls(settings)
    return [(_bind(settings.server.host, settings.server.mtls_port or 0), tls)] if tls else []


@asynccontextmanager
async def _card_door(settings: Settings, built: Parts) -> AsyncIterator[int | None]:
    """The port that asks for certificates, where there is one."""
    server, tls = settings.server, built.cards.tls
    if tls is None:
        yield None
        return
    listener = _bind(server.host, server.card_port or 0)
    app = built.cards.application()
    async with _door(built.problems, app, [(listener, tls)], server.connections, server.drain_seconds):
        yield _port(listener)


@asynccontextmanager
async def _door(
    problems: Problems,
    app: web.Application,
    ways: Sequence[Way],
    most: int,
    drain: float,
) -> AsyncIterator[None]:
    """Serves ``app`` on the bound sockets, never more than ``most`` connections at once on all of them together."""
    runner = web.AppRunner(app, shutdown_timeout=drain)
    await runner.setup()
    serve = cast(web.Server, runner.server)

    def admit() -> asyncio.BaseProtocol:
        return Protocol(serve, problems) if len(serve.connections) < most else _Refusal()

    servers = [
        await asyncio.get_running_loop().create_server(
            admit, sock=listener, backlog=1024, ssl=tls, ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None
        )
        for listener, tls in ways
    ]
    try:
        yield
    finally:
        for server in servers:
            server.close()
        await runner.cleanup()


def _bind(host: str, port: int) -> socket.socket:
    """A socket that several workers may share (SO_REUSEPORT); port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.setblocking(False)
    return listener


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _settle_collector() -> None:
    """What was made at start lives to the end; the collector need not look at it again (it decides the p99)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
