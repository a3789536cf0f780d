"""A worker that follows the registry, whose rooms are built out of nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from gateway.errors import BackendDown, ConfigurationError, SealingFailed
from gateway.identity.vault import Vault
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.registry.building import AgencyKey, Builder
from gateway.registry.following import Follower
from gateway.registry.manifest import Environment, Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room
from gateway.registry.route import Way
from gateway.registry.service import Service
from gateway.registry.services import Services
from gateway.registry.store import RegistryStore
from gateway.registry.version import Version
from gateway.schema.country import Country
from gateway.sdk.adapter import Lookup, NationalSystem
from gateway.sdk.connection import Connection
from gateway.sdk.inbox import Inbox
from gateway.storage.engine import Storage
from tests.support.house import ROOT
from tests.support.ledgers import opened

PLACE = ("traffic-fines", Country.OM)


class System(NationalSystem):
    """Remembers whether it runs."""

    running = False
    trouble: BackendDown | None = None

    async def open(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.running = True

    async def close(self) -> None:
        self.running = False


class Rooms(Builder):
    """Builds rooms out of nothing, but for those whose protocol is ``broken``."""

    def __init__(self) -> None:
        super().__init__(lambda address, port: False, lambda service: None, Inbox("http://127.0.0.1"), noon)
        self.built: list[str] = []

    def build(
        self,
        plate: Manifest,
        environment: Environment,
        secrets: Mapping[str, str],
        keys: Mapping[str, AgencyKey],
        defined: Mapping[str, Service] = {},
    ) -> Room:
        if plate.protocol == "broken":
            raise ConfigurationError(field="services", problem="cannot be")
        self.built.append(plate.label)
        connection = Connection({}, secrets, Inbox("http://127.0.0.1"), noon)
        system = System(connection)
        lookups: dict[str, Lookup[Any, Any]] = {service: Lookup(system) for service in plate.services}
        return Room(plate, system, lookups)


def noon() -> datetime:
    return datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Worker:
    """One worker's registry; ``now`` is its clock."""

    storage: Storage
    store: RegistryStore
    registry: Registry
    services: Services
    builder: Rooms
    follower: Follower
    at: list[datetime] = field(default_factory=list)

    def answers(self, number: str = "1") -> str:
        """The version that answers the call of that number."""
        _, version = self.registry.routes.find(*PLACE, number, self.at[0].timestamp())
        return version.label

    async def change(self, step: str, *arguments: Any) -> None:
        """A change by anybody, followed."""
        async with self.storage.writing() as connection:
            await getattr(self.store, step)(connection, "om_fish", *arguments)
        await self.follower.visit()


def _seconds(at: Sequence[datetime]) -> float:
    return at[0].timestamp()


class Broken(Ledger):
    """A ledger that seals nothing."""

    def __init__(self) -> None:
        """Opens nothing either."""

    async def seal(self, entry: Entry, owner: str, salt: bytes | None = None) -> Any:
        raise SealingFailed


@asynccontextmanager
async def worker(url: str, broken: Ledger | None = None) -> AsyncIterator[Worker]:
    at = [noon()]
    async with Storage.open(url) as storage, opened(url) as whole:
        ledger = broken or whole
        store, builder = RegistryStore(partial(_seconds, at)), Rooms()
        registry, services = Registry(()), Services.load(ROOT / "config/services")
        follower = Follower(storage, registry, services, builder, Vault(bytes(32)), store, ledger, lambda: at[0])
        async with follower.following(3600):
            yield Worker(storage, store, registry, services, builder, follower, at)


def way(version: Version, adapter: Any) -> Way:
    return Way(version, version.room(), adapter, (), None)
