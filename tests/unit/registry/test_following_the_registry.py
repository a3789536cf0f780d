"""A worker takes over what changes in the registry, and keeps what works when a change does not."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import update

from gateway.errors import BackendDown, UnknownCountry
from gateway.schema.country import Country
from gateway.storage.registry_tables import registry_agencies
from tests.support.following import PLACE, Worker, noon, way, worker
from tests.support.registered import ACTOR, agency, plate, registered, submission


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


async def test_a_suspended_agency_is_stopped_with_all_that_it_has(one: Worker) -> None:
    """One row says so, and each worker follows."""
    await one.change("go_live", "1.0.0", 100, ACTOR)
    async with one.storage.writing() as connection:
        values = {"standing": "suspended", "revision": await one.store.bump(connection)}
        await connection.execute(update(registry_agencies).values(**values))
    await one.follower.visit()

    with pytest.raises(BackendDown):
        one.answers()
