"""How an adapter comes to stand as it stands, and what cannot be done with it then."""

from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import BawabaError, Conflict, NotFound
from gateway.registry.store import AdapterState, RegistryStore
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_events
from tests.support.registered import ACTOR, plate, registered, submission

NOW = 1_800_000_000
STORE = RegistryStore(lambda: NOW)
Step = Callable[[AsyncConnection], Awaitable[object]]


@pytest_asyncio.fixture
async def storage(storage_url: str) -> AsyncIterator[Storage]:
    async with Storage.open(storage_url) as storage:
        versions = [submission(plate(version=version)) for version in ("1.0.0", "1.1.0", "2.0.0")]
        await registered(storage, STORE, *versions)
        await registered(storage, STORE, submission(plate(version="3.0.0")), standing="endorsed")
        yield storage


async def do(storage: Storage, step: Step) -> AdapterState:
    async with storage.writing() as connection:
        await step(connection)
        return await STORE.find(connection, "om_fish")


def live(version: str, share: int = 100) -> Step:
    return lambda connection: STORE.go_live(connection, "om_fish", version, share, ACTOR)


def promote(connection: AsyncConnection) -> Awaitable[object]:
    return STORE.promote(connection, "om_fish", ACTOR)


def pause(connection: AsyncConnection) -> Awaitable[object]:
    return STORE.pause(connection, "om_fish", ACTOR)


def resume(connection: AsyncConnection) -> Awaitable[object]:
    return STORE.resume(connection, "om_fish", ACTOR)


def roll_back(connection: AsyncConnection) -> Awaitable[object]:
    return STORE.roll_back(connection, "om_fish", ACTOR)


def retire(at: int) -> Step:
    return lambda connection: STORE.retire(connection, "om_fish", ACTOR, at)


async def test_a_version_goes_live_is_followed_by_another_and_comes_back(storage: Storage) -> None:
    """The former version is kept, so that a rollback needs nobody's approval."""
    first = await do(storage, live("1.0.0"))
    tried = await do(storage, live("1.1.0", 10))
    second = await do(storage, promote)
    back = await do(storage, roll_back)

    assert (first.standing, first.live, first.former) == ("open", "1.0.0", None)
    assert (tried.live, tried.canary, tried.share) == ("1.0.0", "1.1.0", 10)
    assert (second.live, second.former, second.canary, second.share) == ("1.1.0", "1.0.0", None, 0)
    assert (back.live, back.former) == ("1.0.0", None)
    assert first.revision < tried.revision < second.revision < back.revision


async def test_every_change_is_an_event_with_its_number(storage: Storage) -> None:
    """Who did what, in order and without gaps."""
    for step in (live("1.0.0"), pause, resume, retire(NOW + 100)):
        await do(storage, step)

    async with storage.reading() as connection:
        events = (await connection.execute(select(registry_events).order_by(registry_events.c.number))).all()

    assert [(event.number, event.what) for event in events] == [
        (1, "live"),
        (2, "paused"),
        (3, "resumed"),
        (4, "retires"),
    ]
    assert {event.actor for event in events} == {ACTOR}
    assert orjson.loads(events[0].facts) == {"share": 100}


async def test_what_is_tried_is_withdrawn_once(storage: Storage) -> None:
    """Several workers may find it worse at the same time."""
    await do(storage, live("1.0.0"))
    await do(storage, live("1.1.0", 50))

    async with storage.writing() as connection:
        first = await STORE.withdraw(connection, "om_fish", "1.1.0", "gateway", {"why": "failures"})
        second = await STORE.withdraw(connection, "om_fish", "1.1.0", "gateway")
        state = await STORE.find(connection, "om_fish")

    assert (first, second) == (True, False)
    assert (state.standing, state.live, state.canary, state.share) == ("open", "1.0.0", None, 0)


async def test_the_first_version_withdrawn_leaves_the_adapter_as_it_was(storage: Storage) -> None:
    """There is nothing to return to, so nothing answers."""
    await do(storage, live("1.0.0", 5))

    async with storage.writing() as connection:
        await STORE.withdraw(connection, "om_fish", "1.0.0", "gateway")
        state = await STORE.find(connection, "om_fish")

    assert (state.standing, state.live, state.canary) == ("new", None, None)


@pytest.mark.parametrize(
    ("before", "step", "code"),
    [
        ([], live("3.0.0"), "adapter_version_not_approved"),
        ([], pause, "adapter_not_live"),
        ([], resume, "adapter_not_paused"),
        ([], promote, "adapter_no_canary"),
        ([live("1.0.0")], roll_back, "adapter_no_former"),
        ([live("1.0.0")], live("1.0.0"), "adapter_version_live"),
        ([live("1.0.0"), pause], live("1.1.0"), "adapter_is_paused"),
        ([live("1.0.0"), pause], pause, "adapter_is_paused"),
        ([live("1.0.0"), retire(NOW)], live("1.1.0"), "adapter_retired"),
        ([live("1.0.0"), retire(NOW)], retire(NOW), "adapter_retired"),
        ([live("1.0.0"), live("1.1.0"), retire(NOW)], roll_back, "adapter_retired"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_does_not_fit_how_it_stands_is_refused_and_changes_nothing(
    storage: Storage, before: list[Step], step: Step, code: str
) -> None:
    """Each refusal has a code of its own."""
    for each in before:
        await do(storage, each)
    async with storage.reading() as connection:
        stood = await STORE.find(connection, "om_fish")

    with pytest.raises(Conflict) as refused:
        await do(storage, step)

    async with storage.reading() as connection:
        stands = await STORE.find(connection, "om_fish")
    assert refused.value.code == code
    assert stands == stood


@pytest.mark.parametrize("version", ["9.9.9", "1.0"])
async def test_a_version_that_is_not_there_is_not_found(storage: Storage, version: str) -> None:
    """Whatever its number looks like."""
    with pytest.raises(NotFound):
        await do(storage, live(version))


async def test_an_adapter_that_is_not_there_is_not_found(storage: Storage) -> None:
    """Nothing is counted up for it either."""
    async with storage.writing() as connection:
        before = await STORE.bump(connection)

    with pytest.raises(BawabaError):
        await do(storage, lambda connection: STORE.pause(connection, "nobody", ACTOR))

    async with storage.writing() as connection:
        assert await STORE.bump(connection) == before + 1


def withdraw(connection: AsyncConnection) -> Awaitable[object]:
    return STORE.withdraw(connection, "om_fish", "1.0.0", ACTOR)


@pytest.mark.parametrize(("step", "standing"), [(pause, "paused"), (retire(NOW), "retired")])
async def test_what_was_stopped_is_not_started_by_a_withdrawal(storage: Storage, step: Step, standing: str) -> None:
    """A first version that is tried and withdrawn leaves an adapter as stopped as it was."""
    await do(storage, live("1.0.0", 5))
    await do(storage, step)

    state = await do(storage, withdraw)

    assert (state.standing, state.canary) == (standing, None)


async def test_what_an_operator_paused_is_resumed_by_an_operator(storage: Storage) -> None:
    """Whoever is stopped does not let themselves go on; what an agency paused is anybody's to resume."""
    await do(storage, live("1.0.0"))
    for by, after in (("operator:1", "member:1"), ("member:1", "program:1"), ("member:1", "operator:1")):
        async with storage.writing() as connection:
            await STORE.pause(connection, "om_fish", by)
            if by == "operator:1":
                with pytest.raises(Conflict) as refused:
                    await STORE.resume(connection, "om_fish", after)
                assert refused.value.code == "adapter_paused_by_operator"
                after = "operator:2"
            state = await STORE.resume(connection, "om_fish", after)
        assert state.standing == "open"


@pytest.mark.parametrize("step", [live("1.1.0"), retire(NOW + 1000), pause, roll_back])
async def test_what_has_ended_by_its_date_ends_though_nobody_wrote_it_down_yet(storage: Storage, step: Step) -> None:
    """An hour may pass until somebody does; it cannot be put off by then."""
    await do(storage, live("2.0.0"))
    await do(storage, live("1.0.0"))
    later = RegistryStore(lambda: NOW - 10)
    async with storage.writing() as connection:
        await later.retire(connection, "om_fish", ACTOR, NOW - 5)

    with pytest.raises(Conflict) as refused:
        await do(storage, step)

    assert refused.value.code == "adapter_retired"
    assert (await do(storage, retire(NOW - 5))).standing == "retired"
