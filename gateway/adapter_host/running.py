"""One host's life: its doors opened, served until told to stop, drained and closed."""

import asyncio
import ipaddress
import signal
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import structlog
import uvloop
from aiohttp import web

from gateway.adapter_host.callbacks import callback_app
from gateway.adapter_host.connection import HostConnection, Refusal
from gateway.adapter_host.desk import Desk
from gateway.adapter_host.door import Door
from gateway.adapter_host.files import Files
from gateway.adapter_host.keys import load_keys, load_signer
from gateway.adapter_host.protocol import About, Health
from gateway.adapter_host.settings import HostSettings, TlsSettings, listening
from gateway.adapter_host.tls import server_tls
from gateway.errors import ConfigurationError
from gateway.sdk.adapter import Lookup, NationalSystem
from gateway.sdk.inbox import Inbox
from gateway.sdk.procedure import Procedure

log = structlog.get_logger()

HANDSHAKE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Hosted:
    """What a host gives: a room's system and what it answers, by service."""

    about: About
    system: NationalSystem
    lookups: Mapping[str, Lookup[Any, Any]]
    procedures: Mapping[str, Procedure[Any, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that can be wrong before anything is opened, judged."""

    settings: HostSettings
    listen: tuple[str, int]
    tls: ssl.SSLContext | None
    door: Callable[[Desk], Door]
    room: Callable[[Inbox], Hosted]


def plan(
    settings: HostSettings, listen: str, room: Callable[[Inbox], Hosted], clock: Callable[[], float] = time.time
) -> Plan:
    """Reads the keys and certificates; raises ``ConfigurationError`` naming the setting. ``clock`` is in seconds."""
    where = listening(listen, "--listen")
    tls = _tls(settings.tls) if settings.tls else None
    if tls is None and not _is_loopback(where[0]):
        said = "is needed, for --listen is no loopback address: without it a host stands behind a proxy that has it"
        raise ConfigurationError(field="tls", problem=said)
    if settings.callbacks:
        listening(settings.callbacks.listen, "callbacks.listen")
    signer = load_signer(settings.signing_key_file, "signing_key_file")
    keys = load_keys(settings.gateway_keys_file, "gateway_keys_file")

    def door(desk: Desk) -> Door:
        limits = settings.limits
        return Door(
            settings.address,
            signer,
            keys,
            desk.operations(),
            clock=clock,
            longest=limits.deadline_ms,
            most=limits.calls,
        )

    return Plan(settings, where, tls, door, room)


def host_app(door: Door) -> web.Application:
    """The protocol as an application: ``GET /health`` for everybody, all else through ``door``."""
    health = Health().model_dump_json().encode()

    async def live(request: web.Request) -> web.Response:
        return web.Response(body=health, content_type="application/json")

    app = web.Application()
    app.router.add_get("/health", live)
    app.router.add_route("*", "/{path:.*}", door.handle)
    return app


def run(planned: Plan) -> None:
    """Serves until SIGTERM or SIGINT; raises ``ConfigurationError`` where it cannot begin to."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(planned))


@asynccontextmanager
async def serving(planned: Plan) -> AsyncIterator[int]:
    """The port of the open host; leaving the context drains it for ``limits.drain_seconds`` at most."""
    settings = planned.settings
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bawaba-host-", dir=settings.files_folder))
        callbacks = settings.callbacks
        inbox = Inbox(callbacks.url if callbacks else "")
        room = planned.room(inbox)
        name = room.about.name
        stack.push_async_callback(_close, room.system)
        await room.system.open()
        if callbacks:
            where = listening(callbacks.listen, "callbacks.listen")
            app = callback_app(name, room.system, inbox)
            await stack.enter_async_context(_listening("callbacks.listen", where, app, settings, None))
        events = f"{callbacks.url}/events/{name}" if callbacks else ""
        files = Files(Path(folder), settings.limits.files_bytes)
        desk = Desk(room.about, room.lookups, room.procedures, files, events)
        app = host_app(planned.door(desk))
        port = await stack.enter_async_context(_listening("--listen", planned.listen, app, settings, planned.tls))
        log.info("host.ready", room=name, port=port, tls=planned.tls is not None)
        yield port


async def _until_stopped(planned: Plan) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(planned):
        await stop.wait()
        log.info("host.draining")
    log.info("host.stopped")


@asynccontextmanager
async def _listening(
    field: str, where: tuple[str, int], app: web.Application, settings: HostSettings, tls: ssl.SSLContext | None
) -> AsyncIterator[int]:
    limits = settings.limits
    runner = web.AppRunner(app, shutdown_timeout=limits.drain_seconds)
    await runner.setup()
    serve = cast(web.Server, runner.server)

    def admit() -> asyncio.BaseProtocol:
        return HostConnection(serve) if len(serve.connections) < limits.connections else Refusal()

    try:
        server = await asyncio.get_running_loop().create_server(
            admit, *where, ssl=tls, ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None
        )
    except OSError as problem:
        await runner.cleanup()
        said = f"{where[0]}:{where[1]} cannot be listened at: {problem.strerror}"
        raise ConfigurationError(field=field, problem=said) from problem
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for _ in range(2):
            # What was accepted a moment ago becomes a connection first, and so is ended with the others.
            await asyncio.sleep(0)
        await runner.cleanup()


async def _close(system: NationalSystem) -> None:
    await system.close()
    for gate in system.connection.gates.values():
        await gate.close()


def _tls(settings: TlsSettings) -> ssl.SSLContext:
    return server_tls(settings.certificate_file, settings.key_file, settings.client_authorities_file)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
