"""A worker follows the registry: what was changed anywhere is in force here within a second."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

import orjson
import structlog

from gateway.errors import BawabaError, NotFound
from gateway.identity.vault import Vault
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.registry.building import AgencyKey, Builder
from gateway.registry.canary import Worse
from gateway.registry.changes import ENVIRONMENT, Agency, Changes, Plate, changes, revision
from gateway.registry.definition import summary_of
from gateway.registry.mandates import Mandates, MandateTerms
from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room
from gateway.registry.routing import Adapter
from gateway.registry.secrets import opened
from gateway.registry.services import Services
from gateway.registry.store import GATEWAY, AdapterState, RegistryStore
from gateway.registry.submission import unpack
from gateway.registry.version import Version
from gateway.resilience.rounds import rounds
from gateway.schema.answer import Outcome
from gateway.storage.engine import Storage

log = structlog.get_logger()

SECONDS: Final = 0.5
"""How often a worker looks whether anything has changed."""

SERVICE: Final = "registry"
WITHDRAWN: Final = "withdraw-adapter"
UNREADABLE: Final = (LookupError, TypeError, ValueError, zlib.error)
"""What reading a row ends with that holds something else than it should."""


@dataclass(frozen=True, slots=True)
class _From:
    """What a version is made from: where nothing of it has changed, it is not made anew."""

    plate: Plate
    sealed: Mapping[str, bytes]
    keys: Mapping[str, AgencyKey]


class Follower:
    """Puts changes into the worker's registry and catalogue, and withdraws for all what its registry found worse.

    A version that cannot be built here is never put in the place of one that works.
    """

    def __init__(
        self,
        storage: Storage,
        registry: Registry,
        services: Services,
        builder: Builder,
        vault: Vault,
        store: RegistryStore,
        ledger: Ledger,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._registry = registry
        self._services = services
        self._builder = builder
        self._vault = vault
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._seen = 0
        self._turn = asyncio.Lock()
        self._agencies: dict[str, Agency] = {}
        self._mandates: dict[str, MandateTerms] = {}
        self._made: dict[str, dict[str, tuple[_From, Version]]] = {}
        self._origins: WeakKeyDictionary[Version, _From] = WeakKeyDictionary()
        self._worse: list[tuple[str, str, Mapping[str, str | int]]] = []
        registry.withdrawn = self._note

    @asynccontextmanager
    async def following(self, every: float = SECONDS) -> AsyncIterator[None]:
        """Takes in all there is, and then what changes, for as long as the context lasts; raises ``StorageDown``."""
        await self._take(await changes(self._storage, 0), eager=False)
        self._services.settle()
        async with rounds("registry", self.visit, every):
            yield

    async def visit(self) -> bool:
        """Looks once; ``False``, for there is never more to do at once. Raises ``StorageDown``, ``SealingFailed``."""
        async with self._turn:
            try:
                while self._worse:
                    await self._withdraw(*self._worse[0])
                    self._worse.pop(0)
            finally:
                # What cannot be sealed waits; what others have changed or stopped does not wait for it.
                if await revision(self._storage) > self._seen:
                    await self._take(await changes(self._storage, self._seen), eager=True)
                await self._end_retired()
                await self._registry.tidy()
        return False

    async def _take(self, found: Changes, *, eager: bool) -> None:
        """Puts the changes in force; ``eager`` builds at once what is new, so that what is broken is found now."""
        self._agencies.update(found.agencies)
        self._mandates.update({terms.mandate: terms for terms in found.mandates})
        if found.mandates or found.agencies:
            # Whoever is suspended lets nobody act in its place either.
            given = [terms for terms in self._mandates.values() if not self._standing(terms.agency)[1]]
            self._registry.mandates = Mandates(given)
        for state in found.adapters:
            try:
                await self._put(state, found, eager=eager)
            except (BawabaError, *UNREADABLE) as problem:
                # One that nobody can take in keeps no other waiting.
                log.error("adapter.not_taken", adapter=state.name, error=type(problem).__name__)
                self._stop(state)
        for adapter in tuple(self._registry.routes.adapters()):
            if adapter.state.agency in found.agencies:
                adapter.partner, adapter.stopped = self._standing(adapter.state.agency)
        self._seen = found.revision

    async def _put(self, state: AdapterState, found: Changes, *, eager: bool) -> None:
        before = self._registry.routes.adapter(state.name)
        known = [version for _, version in self._made.get(state.name, {}).values()]
        live = self._version(state, state.live, found)
        # What was found worse here is not tried again because something else of the adapter has changed.
        is_worse = any((state.name, state.canary) == (name, version) for name, version, _ in self._worse)
        tried = None if is_worse else self._version(state, state.canary, found)
        # A service that a version brings must be known before the version can be built.
        wanted = (live, tried)
        self._define(state, wanted)
        if eager and live is not None and not _works(live):
            former = before.live if before else None
            if former is None or _is_trusted(self._origins.get(former), found.keys.get(state.agency, {})):
                # What answered before goes on answering.
                live = former
        if eager and tried is not None and not _works(tried):
            self._worse.append((state.name, state.canary or "", {"why": "broken"}))
            tried = None
        partner, stopped = self._standing(state.agency)
        after = Adapter(state, live, tried, partner, stopped)
        if (live, tried) != wanted:
            self._define(state, after.versions)
        self._registry.routes.put(after)
        self._made[state.name] = {
            name: made for name, made in self._made.get(state.name, {}).items() if made[1] in after.versions
        }
        # Those too that were withdrawn here before the registry said so.
        for version in dict.fromkeys((*known, *(before.versions if before else ()))):
            if version not in after.versions:
                await version.retire()

    def _stop(self, state: AdapterState) -> None:
        """What it is to answer cannot be known; that it is to answer nothing, or is paused, holds all the same."""
        before = self._registry.routes.adapter(state.name)
        if before is not None:
            as_told = replace(before.state, standing=state.standing, retires_at=state.retires_at)
            self._registry.routes.put(replace(before, state=as_told))

    def _version(self, state: AdapterState, version: str | None, found: Changes) -> Version | None:
        """The version as it is here already, unless something that it is built from has changed."""
        if version is None:
            return None
        plate = found.plates[state.name, version]
        sealed, keys = found.secrets.get(state.name, {}), found.keys.get(state.agency, {})
        built_from = _From(plate, sealed, keys)
        made = self._made.setdefault(state.name, {})
        if version not in made or made[version][0] != built_from:
            services = orjson.loads(plate.plate)["services"]
            build = partial(self._build, state.name, plate, sealed, keys)
            made[version] = (built_from, Version(f"{state.name}@{version}", services, build))
            self._origins[made[version][1]] = built_from
        return made[version][1]

    def _build(self, name: str, plate: Plate, sealed: Mapping[str, bytes], keys: Mapping[str, AgencyKey]) -> Room:
        secrets = opened(self._vault, name, ENVIRONMENT, sealed)
        return self._builder.build(Manifest.model_validate_json(plate.plate), ENVIRONMENT, secrets, keys)

    def _define(self, state: AdapterState, versions: Sequence[Version | None]) -> None:
        """What the versions define is in the catalogue from now on; where two define a service, as the former does.

        Most are answered by that, and a version that is merely tried changes nothing for them.
        """
        plates = [self._origins[version].plate for version in reversed(versions) if version is not None]
        definitions = {summary_of(each).id: each for plate in plates for each in unpack(plate.catalogue)}
        if state.standing in ("open", "paused") and definitions:
            self._services.add(state.name, tuple(definitions.values()))
        else:
            self._services.remove(state.name)

    def _standing(self, agency: str) -> tuple[bool, bool]:
        """Whether the agency is a partner, and whether it is stopped."""
        found = self._agencies.get(agency)
        return (found is not None and found.kind == "partner", found is None or found.standing != "active")

    async def _end_retired(self) -> None:
        now = self._clock().timestamp()
        for adapter in tuple(self._registry.routes.adapters()):
            if not adapter.serves(now):
                self._registry.routes.drop(adapter.state.name)
                self._services.remove(adapter.state.name)
                for version in adapter.versions:
                    await version.retire()

    def _note(self, adapter: Adapter, version: Version, worse: Worse) -> None:
        """Remembers what is to be withdrawn everywhere; here it was withdrawn a moment ago."""
        facts = {"why": worse.why, "calls": worse.calls, "tried": worse.tried, "other": worse.other}
        self._worse.append((adapter.state.name, version.label.partition("@")[2], facts))
        log.warning("adapter.worse", adapter=version.label, **facts)

    async def _withdraw(self, adapter: str, version: str, facts: Mapping[str, str | int]) -> None:
        """For every worker: sealed, then done; raises ``SealingFailed`` and ``StorageDown``."""
        async with self._storage.reading() as connection:
            try:
                state = await self._store.find(connection, adapter)
            except NotFound:
                return
        if state.canary != version:
            # Another worker was first.
            return
        entry = Entry(
            at=self._clock(),
            request_id=f"{adapter}-{version}",
            service=SERVICE,
            outcome=Outcome.ok,
            country=state.country,
            adapter=f"{adapter}@{version}",
            code=f"canary_{facts['why']}",
            step=WITHDRAWN,
        )
        await self._ledger.seal(entry, "")
        async with self._storage.writing() as connection:
            await self._store.withdraw(connection, adapter, version, GATEWAY, facts)


def _is_trusted(built_from: _From | None, keys: Mapping[str, AgencyKey]) -> bool:
    """Whether every key that a version knows its host by is still the agency's: one that was revoked ends it."""
    if built_from is None:
        return True
    host = orjson.loads(built_from.plate.plate).get("host") or {}
    named = (*host.get("keys", ()), host.get("authority"))
    return all(keys.get(name) == built_from.keys[name] for name in named if name in built_from.keys)


def _works(version: Version) -> bool:
    """Whether it can be built here."""
    try:
        version.room()
    except BawabaError:
        return False
    return True
