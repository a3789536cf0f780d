"""A room and its stand-in made anew in a house that runs on: nothing that they learnt before is left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.app import now
from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Wiring, build_room
from gateway.sandbox.systems import build_sandbox
from gateway.sdk.sandbox import Sandbox
from gateway.settings import secret
from tests.support.house import House


@asynccontextmanager
async def fresh_room(house: House, name: str, plate: Manifest | None = None) -> AsyncIterator[Sandbox]:
    """Puts a new room ``name``, connected to a new stand-in, into the place of the house's own; by ``plate``, or as is.

    Breakers, retry budgets, tokens and connections begin as they do when a gateway starts, which takes longer.
    """
    settings, registry = house.settings, house.doors.parts.registry
    secrets = {key: secret(value) for key, value in settings.rooms[name].secrets.items()}
    sandbox = build_sandbox(settings.paths.adapters, name, settings.rooms[name])
    async with sandbox.running() as url:
        rooms = {room.plate.name: room for room in registry.rooms}
        old = rooms[name].system
        plate = plate or Manifest.load(settings.paths.adapters / name)
        wiring = Wiring(dict(sandbox.endpoints(url)), secrets)
        rooms[name] = build_room(plate, settings.paths.adapters, wiring, old.connection.inbox, now)
        await rooms[name].system.open()
        # The parts of the house hold on to the registry, so it is this one that is filled again.
        Registry.__init__(registry, list(rooms.values()))
        await old.close()
        for gate in old.connection.gates.values():
            await gate.close()
        yield sandbox
