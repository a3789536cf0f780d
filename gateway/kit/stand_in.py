"""A stand-in of the kit's own in the place of a registered adapter's system, which answers as it is told to."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import adapter_host, field_map
from gateway.errors import ConfigurationError
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room, gate_limits
from gateway.registry.service import Service
from gateway.sdk.connection import Connection
from gateway.sdk.gate import Gate
from gateway.sdk.sandbox import Population, Reply, Sandbox

PATIENCE_MS = 600
"""The longest time that the adapter is given here: being late is shown as well by a short wait as by a long one."""

SLOW_SECONDS = 3.0
NOTHING = Reply(404, "application/json", b"{}")
TOKEN = {"access_token": "kit", "token_type": "Bearer", "expires_in": 3600}


class StandIn(Sandbox):
    """Gives whatever was primed, by any path; token endpoints always give a token."""

    name = "kit"

    def __init__(self, plate: Manifest) -> None:
        super().__init__(population=Population(plate.country, (), (), (), ()), secrets={})

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_route("*", "/{path:.*}", self._any)

    async def _any(self, request: web.Request) -> web.Response:
        if request.path in self.undisturbed:
            return web.json_response(TOKEN)
        return self.answer(NOTHING).response()


@dataclass
class Placed:
    """A registered adapter whose endpoints are all at the stand-in."""

    room: Room
    stand_in: StandIn


@asynccontextmanager
async def in_place(room: Room, services: Mapping[str, Service], *, hurried: bool = False) -> AsyncIterator[Placed]:
    """The same adapter, bound to a new stand-in on loopback; with short patience where it is ``hurried``.

    Raises ``ConfigurationError`` for a kind of adapter that cannot be moved.
    """
    limits = room.plate.limits
    patience = min(limits.timeout_ms, PATIENCE_MS) if hurried else limits.timeout_ms
    plate = room.plate.model_copy(update={"limits": limits.model_copy(update={"timeout_ms": patience})})
    stand_in = _kind(plate)(plate)
    async with stand_in.running() as url:
        known = room.system.connection
        gates = {name: Gate(plate.name, url, gate_limits(plate), endpoint=name) for name in plate.endpoints}
        connection = Connection(gates=gates, secrets=known.secrets, inbox=known.inbox, clock=known.clock)
        moved = _bound(plate, connection, services)
        await moved.system.open()
        try:
            yield Placed(moved, stand_in)
        finally:
            await moved.system.close()
            for gate in gates.values():
                await gate.close()


def _kind(plate: Manifest) -> type[StandIn]:
    """A class of its own for each adapter: paths and country are those of a class."""
    return type("StandIn", (StandIn,), {"country": plate.country, "undisturbed": frozenset(_token_paths(plate))})


def _bound(plate: Manifest, connection: Connection, services: Mapping[str, Service]) -> Room:
    if plate.kind == "field_map":
        maps = {name: offer.map for name, offer in plate.services.items() if offer.map and name in services}
        kinds = {name: services[name].output.kind for name in maps}
        system, lookups = field_map.build(maps, kinds, plate.country, connection)
        return Room(plate, system, lookups)
    if plate.kind == "host":
        # Whatever comes from a stand-in is not signed by the host; a key that nobody has is as good as its own.
        signer = adapter_host.HeldSigner.of(Ed25519PrivateKey.generate())
        kinds_of: dict[str, Any] = {name: services[name].kind for name in plate.services if name in services}
        return Room(plate, *adapter_host.build(kinds_of, plate.country, connection, signer, [signer.jwk]))
    raise ConfigurationError(field="kind", problem=f"{plate.kind} cannot be bound to a stand-in")


def _token_paths(plate: Manifest) -> Iterator[str]:
    for offer in plate.services.values():
        path = getattr(offer.map.authentication, "path", None) if offer.map else None
        if isinstance(path, str):
            yield path
