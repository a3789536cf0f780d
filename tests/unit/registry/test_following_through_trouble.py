"""What goes wrong while a worker follows the registry, or is made to, stops and starts nothing else."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, update

from gateway.errors import BackendDown, SealingFailed
from gateway.schema.country import Country
from gateway.storage.registry_tables import registry_mandates, registry_secrets, registry_versions
from tests.support.fisheries import AGENCY, SERVICE, definition
from tests.support.following import PLACE, Broken, System, Worker, noon, way, worker
from tests.support.registered import ACTOR, agency, plate, registered, submission


@pytest_asyncio.fixture
async def one(storage_url: str) -> AsyncIterator[Worker]:
    async with worker(storage_url) as made:
        await agency(made.storage, made.store)
        versions = [submission(plate(version=version)) for version in ("1.0.0", "1.1.0")]
        await registered(made.storage, made.store, *versions)
        await registered(made.storage, made.store, submission(plate(version="2.0.0", protocol="broken")))
        yield made


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
