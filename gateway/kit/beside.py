"""A room opened beside its own stand-in, on loopback, with everything that it needs around it."""

import importlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from gateway.errors import ConfigurationError
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room, Wiring, build_room
from gateway.sdk.gate import Gate
from gateway.sdk.inbox import Callback, Inbox
from gateway.sdk.sandbox import Sandbox, population

GateMaker = Callable[..., Gate]


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass
class Door:
    """Where the stand-in delivers: answers that are waited for, and events, which ``read`` judges with a status."""

    base: str
    read: Callable[[Callback], int] = lambda callback: 503


@dataclass
class Beside:
    """The room, its stand-in at ``url`` and the door by which that tells; ``secrets`` are known to both."""

    room: Room
    sandbox: Sandbox
    url: str
    door: Door
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)


def make_importable(folder: Path) -> None:
    """Lets ``<parent>.<folder>`` be imported from where it really lies, also where another such parent is known."""
    parent = folder.resolve().parent
    root = str(parent.parent)
    if root not in sys.path:
        sys.path.insert(0, root)
    importlib.invalidate_caches()
    package = importlib.import_module(parent.name)
    places = list(getattr(package, "__path__", ()))
    if str(parent) not in places:
        package.__path__ = [str(parent), *places]


def sandbox_class(adapters: Path, name: str) -> type[Sandbox]:
    """The stand-in that the room ``name`` brings along in its ``sandbox.py``.

    Raises ``ConfigurationError`` where there is none.
    """
    make_importable(adapters / name)
    module = importlib.import_module(f"{adapters.resolve().name}.{name}.sandbox")
    found = getattr(module, "Sandbox", None)
    if not (isinstance(found, type) and issubclass(found, Sandbox)):
        raise ConfigurationError(
            field=f"{name}/sandbox.py", problem="must define a class Sandbox of gateway.sdk.sandbox"
        )
    return found


@asynccontextmanager
async def beside(
    folder: Path,
    plate: Manifest,
    *,
    clock: Callable[[], datetime] = utc_now,
    secrets: Mapping[str, str] | None = None,
    make_gate: GateMaker = Gate,
) -> AsyncIterator[Beside]:
    """Opens the room in ``folder`` beside a new stand-in; ``secrets`` replace some of the room's own.

    Raises ``ConfigurationError``, or what the adapter's own code raises when it is read.
    """
    adapters, name = folder.parent, folder.name
    kind = sandbox_class(adapters, name)
    made = dict(kind.make_secrets())
    if missing := [key for key in plate.secrets if key not in made]:
        raise ConfigurationError(field=f"{name}/sandbox.py: make_secrets", problem=f"must make {missing[0]}")
    sandbox = kind(population=population(kind.country), secrets=made, clock=clock)
    known = {key: made[key] for key in plate.secrets} | dict(secrets or {})
    async with sandbox.running() as url, door(name) as (opened, inbox):
        room = build_room(plate, adapters, Wiring(dict(kind.endpoints(url)), known), inbox, clock, make_gate)
        await room.system.open()
        try:
            yield Beside(room, sandbox, url, opened, made)
        finally:
            await room.system.close()
            for gate in room.system.connection.gates.values():
                await gate.close()


@asynccontextmanager
async def door(name: str) -> AsyncIterator[tuple[Door, Inbox]]:
    """A door on loopback for whatever the national system of the room ``name`` delivers by itself."""
    opened, box = Door(""), Inbox("http://127.0.0.1")

    async def deliver(request: web.Request) -> web.Response:
        reference = f"{request.match_info['room']}/{request.match_info['reference']}"
        taken = box.deliver(reference, dict(request.headers), await request.read())
        return web.Response(status=204 if taken else 404)

    async def hear(request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        return web.Response(status=opened.read(Callback(headers, await request.read())))

    app = web.Application()
    app.router.add_post("/callbacks/{room}/{reference}", deliver)
    app.router.add_post(f"/events/{name}", hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        opened.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        box = Inbox(opened.base)
        yield opened, box
    finally:
        await runner.cleanup()
