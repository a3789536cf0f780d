"""A worker takes over what changes in the registry, and keeps what works when a change does not."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, update

from gateway.errors import BackendDown, ConfigurationError, SealingFailed, UnknownCountry
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
from gateway.storage.registry_tables import registry_agencies, registry_mandates, registry_secrets, registry_versions
from tests.support.fisheries import AGENCY, SERVICE, definition
from tests.support.house import ROOT
from tests.support.ledgers import opened
from tests.support.registered import ACTOR, agency, plate, registered, submission

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


@pytest_asyncio.fixture
async def one(storage_url: str) -> AsyncIterator[Worker]:
    async with worker(storage_url) as made:
        await agency(made.storage, made.store)
        versions = [submission(plate(version=version)) for version in ("1.0.0", "1.1.0")]
        await registered(made.storage, made.store, *versions)
        await registered(made.storage, made.store, submission(plate(version="2.0.0", protocol="broken")))
        yield made


async def test_an_adapter_answers_once_it_is_live(one: Worker) -> None:
    """Without a restart, and where nothing answered before."""
    await one.follower.visit()
    with pytest.raises(UnknownCountry):
        one.answers()

    await one.change("go_live", "1.0.0", 100, ACTOR)

    assert one.answers() == "om_fish@1.0.0"
    assert one.registry.countries("traffic-fines") == (Country.OM,)


async def test_a_share_of_the_calls_goes_to_the_version_that_is_tried(one: Worker) -> None:
    """By the number of the call, so that one call is not answered by two."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("go_live", "1.1.0", 25, ACTOR)

    answers = [one.answers(f"call-{number}") for number in range(2000)]

    assert 400 < answers.count("om_fish@1.1.0") < 600
    assert set(answers) == {"om_fish@1.0.0", "om_fish@1.1.0"}
    assert answers == [one.answers(f"call-{number}") for number in range(2000)]


async def test_a_version_that_cannot_be_built_takes_no_call_from_one_that_works(one: Worker) -> None:
    """Live at once or tried first: what worked goes on, and the tried one is withdrawn for everybody."""
    await one.change("go_live", "1.0.0", 100, ACTOR)

    await one.change("go_live", "2.0.0", 50, ACTOR)
    tried = one.answers()
    await one.follower.visit()
    async with one.storage.reading() as connection:
        withdrawn = await one.store.find(connection, "om_fish")
    await one.change("go_live", "2.0.0", 100, ACTOR)

    assert tried == one.answers() == "om_fish@1.0.0"
    assert withdrawn.canary is None


async def test_a_call_under_way_keeps_its_version_until_it_ends(one: Worker) -> None:
    """The version is closed after the last call that was given to it, and not before."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    _, version = one.registry.routes.find(*PLACE, "1", noon().timestamp())
    room = version.room()

    async with version:
        await one.change("go_live", "1.1.0", 100, ACTOR)
        ran = room.system.running  # type: ignore[attr-defined]
        answered = one.answers()

    assert ran
    assert answered == "om_fish@1.1.0"
    assert not room.system.running  # type: ignore[attr-defined]


async def test_what_did_not_change_is_not_built_again(one: Worker) -> None:
    """A share that changes costs no connection, and a secret that changes costs new ones."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("go_live", "1.1.0", 25, ACTOR)
    await one.change("go_live", "1.1.0", 50, ACTOR)
    await one.change("promote", ACTOR)

    assert one.builder.built == ["om_fish@1.0.0", "om_fish@1.1.0"]


async def test_an_adapter_that_is_paused_says_so_and_comes_back(one: Worker) -> None:
    """A paused service is a service that is down, not one that there is not."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("pause", ACTOR)
    with pytest.raises(BackendDown) as paused:
        one.answers()

    await one.change("resume", ACTOR)

    assert paused.value.code == "adapter_paused"
    assert one.answers() == "om_fish@1.0.0"


async def test_an_adapter_ends_at_the_moment_that_was_announced(one: Worker) -> None:
    """By the clock, whoever looks or does not look."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("retire", ACTOR, int(noon().timestamp()) + 60)
    before = one.answers()

    one.at[0] = noon() + timedelta(seconds=60)

    assert before == "om_fish@1.0.0"
    with pytest.raises(UnknownCountry):
        one.answers()
    await one.follower.visit()
    assert one.registry.countries("traffic-fines") == ()


async def test_a_worker_that_starts_finds_what_others_made(one: Worker, storage_url: str) -> None:
    """Nothing is built before it is asked, so that a thousand adapters do not hold up a start."""
    await one.change("go_live", "1.0.0", 100, ACTOR)

    async with worker(storage_url) as other:
        built = list(other.builder.built)
        answered = other.answers()
        _, version = other.registry.routes.find(*PLACE, "1", noon().timestamp())
        version.room()

        assert built == []
        assert answered == "om_fish@1.0.0"
        assert other.builder.built == ["om_fish@1.0.0"]


async def test_a_version_found_worse_is_withdrawn_here_at_once_and_everywhere_soon(
    one: Worker, storage_url: str
) -> None:
    """Another worker, which saw nothing of it, follows; the ledger holds it once."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("go_live", "1.1.0", 50, ACTOR)
    async with worker(storage_url) as other:
        adapter = one.registry.routes.adapter("om_fish")
        assert adapter is not None
        assert adapter.canary is not None
        for _ in range(3):
            one.registry.observe(way(adapter.canary, adapter), PLACE[0], True, 0.01)
        here = {one.answers(str(number)) for number in range(50)}
        there_before = {other.answers(str(number)) for number in range(50)}

        await one.follower.visit()
        await other.follower.visit()

        assert here == {"om_fish@1.0.0"}
        assert there_before == {"om_fish@1.0.0", "om_fish@1.1.0"}
        assert {other.answers(str(number)) for number in range(50)} == {"om_fish@1.0.0"}


def way(version: Version, adapter: Any) -> Way:
    return Way(version, version.room(), adapter, (), None)


async def test_a_suspended_agency_is_stopped_with_all_that_it_has(one: Worker) -> None:
    """One row says so, and each worker follows."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    async with one.storage.writing() as connection:
        values = {"standing": "suspended", "revision": await one.store.bump(connection)}
        await connection.execute(update(registry_agencies).values(**values))
    await one.follower.visit()

    with pytest.raises(BackendDown):
        one.answers()


@pytest.mark.parametrize("step", ["pause", "promote", "retire"])
async def test_a_call_that_ends_late_takes_no_change_back(one: Worker, step: str) -> None:
    """A version found worse by a call that began before a change does not bring back how all stood before it."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("go_live", "1.1.0", 50, ACTOR)
    adapter = one.registry.routes.adapter("om_fish")
    assert adapter is not None
    assert adapter.canary is not None
    begun = way(adapter.canary, adapter)
    await one.change(step, ACTOR, *([int(noon().timestamp())] if step == "retire" else []))
    after = one.registry.routes.adapter("om_fish")

    for _ in range(5):
        one.registry.observe(begun, PLACE[0], True, 0.01)

    now = one.registry.routes.adapter("om_fish")
    assert (now and (now.state, now.live)) == (after and (after.state, after.live))


async def test_the_connections_of_a_version_found_worse_are_closed(one: Worker) -> None:
    """It was withdrawn here before the registry said so; it ends with its last call all the same."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("go_live", "1.1.0", 50, ACTOR)
    adapter = one.registry.routes.adapter("om_fish")
    assert adapter is not None
    assert adapter.canary is not None
    tried = way(adapter.canary, adapter)
    async with tried.open():
        pass
    for _ in range(3):
        one.registry.observe(tried, PLACE[0], True, 0.01)

    await one.follower.visit()

    assert not tried.room.system.running  # type: ignore[attr-defined]


async def test_what_worked_goes_on_with_the_secret_that_it_was_built_with(one: Worker) -> None:
    """A secret that nobody can open breaks neither the version that answers nor the changes of others."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    before = one.answers()
    one.registry.routes.find(*PLACE, "1", noon().timestamp())[1].room()
    row = {"adapter_id": "om_fish", "environment": "live", "name": "api_key", "sealed": b"broken", "set_at": 1}
    async with one.storage.writing() as connection:
        await connection.execute(insert(registry_secrets).values(row))
        await one.store.touch(connection, "om_fish", "secret-set", ACTOR, {})
    await one.follower.visit()

    await one.change("go_live", "1.1.0", 50, ACTOR)
    still = one.answers("1")
    await one.follower.visit()
    await one.change("pause", ACTOR)

    assert (before, still) == ("om_fish@1.0.0", "om_fish@1.0.0")
    with pytest.raises(BackendDown):
        one.answers()


async def test_a_version_that_is_tried_changes_no_conditions_of_the_one_that_answers(one: Worker) -> None:
    """What most callers are asked for is what the version that answers them was approved with, until it is followed."""
    versions = {}
    for number, assurance in (("1.0.0", "high"), ("1.1.0", "low")):
        brought = [{**definition(), "assurance": assurance, "kind": "lookup"}]
        if number == "1.1.0":
            brought.append(definition("boat-licence"))
        services = {each["id"]: {"agency": AGENCY, "latency_budget_ms": 1000} for each in brought}
        versions[number] = submission(plate(name="om_nets", version=number, services=services), brought)
    await registered(one.storage, one.store, *versions.values(), name="om_nets")
    seen = []
    for step, *arguments in (("go_live", "1.0.0", 100), ("go_live", "1.1.0", 1), ("promote",)):
        async with one.storage.writing() as connection:
            await getattr(one.store, step)(connection, "om_nets", *arguments, ACTOR)
        await one.follower.visit()
        seen.append((one.services.find(SERVICE).assurance.value, "boat-licence" in one.services))

    assert seen == [("high", False), ("high", True), ("low", True)]


async def test_a_service_that_an_adapter_gives_up_is_given_by_the_next(one: Worker, storage_url: str) -> None:
    """Whoever has it keeps it while it changes; on a worker that starts later too."""
    await registered(one.storage, one.store, submission(plate(name="om_nets")), name="om_nets")
    await one.change("go_live", "1.0.0", 100, ACTOR)
    async with one.storage.writing() as connection:
        await one.store.go_live(connection, "om_nets", "1.0.0", 100, ACTOR)
    await one.follower.visit()
    await one.change("go_live", "1.1.0", 100, ACTOR)
    before = one.answers()
    async with worker(storage_url) as other:
        there = other.answers()

    await one.change("retire", ACTOR, int(noon().timestamp()))

    assert (before, there) == ("om_fish@1.1.0", "om_fish@1.1.0")
    assert one.answers() == "om_nets@1.0.0"
    assert one.registry.countries("traffic-fines") == (Country.OM,)


async def test_a_version_that_could_not_be_opened_is_opened_by_the_next_call(one: Worker) -> None:
    """And counts no call that never was."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    _, version = one.registry.routes.find(*PLACE, "1", noon().timestamp())
    system = version.room().system
    assert isinstance(system, System)
    system.trouble = BackendDown()
    with pytest.raises(BackendDown):
        async with version:
            pass
    system.trouble = None

    async with version:
        ran = system.running
    await version.retire()

    assert ran
    assert not system.running


async def test_a_ledger_that_seals_nothing_keeps_no_adapter_from_being_stopped(one: Worker, storage_url: str) -> None:
    """What is to be withdrawn waits until it can be sealed; what others changed does not wait for it."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    await one.change("go_live", "1.1.0", 50, ACTOR)
    async with worker(storage_url, Broken()) as other:
        adapter = other.registry.routes.adapter("om_fish")
        assert adapter is not None
        assert adapter.canary is not None
        for _ in range(3):
            other.registry.observe(way(adapter.canary, adapter), PLACE[0], True, 0.01)
        async with one.storage.writing() as connection:
            await one.store.touch(connection, "om_fish", "secret-set", ACTOR, {})
        with pytest.raises(SealingFailed):
            await other.follower.visit()
        answers = {other.answers(str(number)) for number in range(50)}
        await one.change("pause", ACTOR)
        with pytest.raises(SealingFailed):
            await other.follower.visit()

        assert answers == {"om_fish@1.0.0"}
        with pytest.raises(BackendDown):
            other.answers()


async def test_one_row_that_nobody_can_read_keeps_no_other_from_being_followed(one: Worker, storage_url: str) -> None:
    """A mandate, a name plate and a definition out of order are three things less, and no more."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    others = [submission(plate(version="1.0.0", name=name)) for name in ("om_plate", "om_words", "om_gone")]
    for each in others:
        await registered(one.storage, one.store, each, name=each.plate.name)
    async with one.storage.writing() as connection:
        for each in others:
            await one.store.go_live(connection, each.plate.name, "1.0.0", 100, ACTOR)
        version = registry_versions.c
        for name, broken in (("om_plate", {"plate": b"{"}), ("om_words", {"catalogue": b'[["AA=="]]'})):
            await connection.execute(update(registry_versions).where(version.adapter_id == name).values(**broken))
        await connection.execute(delete(registry_versions).where(version.adapter_id == "om_gone"))
        mandate = {
            "mandate_id": "broken",
            "partner_id": "om-fisheries",
            "agency_id": "om-fisheries",
            "standing": "active",
            "document": b"{}",
            "contact": b"",
            "starts_at": 0,
            "ends_at": 1,
            "daily_quota": 1,
            "told": 0,
            "created_at": 0,
            "revision": await one.store.bump(connection),
        }
        await connection.execute(insert(registry_mandates).values(mandate))
    await one.follower.visit()

    await one.change("go_live", "1.1.0", 100, ACTOR)

    assert one.answers() == "om_fish@1.1.0"
    async with worker(storage_url) as other:
        assert other.answers() == "om_fish@1.1.0"
