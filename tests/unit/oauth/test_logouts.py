"""Programs that are to be told of a sign-out are told by one worker, and by another where that one died."""

from collections.abc import AsyncIterator

import pytest

from gateway.oauth.logouts import GIVE_UP_AFTER, LEASE, Logouts, SignOuts
from tests.support.grants import Desk, desks


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    async with desks(storage_url) as both:
        yield both


def lists(*desks: Desk) -> list[Logouts]:
    """What each worker knows of the list."""
    return [Logouts(desk.storage, desk.hands.clock) for desk in desks]


async def test_what_one_worker_took_no_other_takes_until_it_must_have_died(workers: tuple[Desk, Desk]) -> None:
    one, two = lists(*workers)
    await one.put([await workers[0].grant(), await workers[0].grant(client_id="bh-pocket")])
    first = await one.take(1)
    second = await two.take(5)

    assert [len(first), len(second), len(await one.take(5))] == [1, 1, 0]
    assert {each.client_id for each in (*first, *second)} == {"kw-moi-app", "bh-pocket"}
    await two.done(second[0].id)
    workers[0].hands.now += LEASE
    again = await two.take(5)
    assert [(each.id, each.attempts) for each in again] == [(first[0].id, 2)]


async def test_one_that_was_put_off_comes_back_then(workers: tuple[Desk, Desk]) -> None:
    one, two = lists(*workers)
    await one.put([await workers[0].grant()])
    (taken,) = await one.take(5)
    await one.put_off(taken.id, 300)
    workers[0].hands.now += 299
    assert await two.take(5) == ()
    workers[0].hands.now += 2

    assert len(await two.take(5)) == 1


async def test_after_a_day_nobody_tries_any_more(workers: tuple[Desk, Desk]) -> None:
    one, _ = lists(*workers)
    await one.put([await workers[0].grant()])
    workers[0].hands.now += GIVE_UP_AFTER

    assert list(await one.take(5)) == []


async def test_the_end_of_a_session_tells_each_program_once(workers: tuple[Desk, Desk]) -> None:
    desk, (logouts, _) = workers[0], lists(*workers)
    watcher = SignOuts(desk.grants, logouts)
    here, offline = await desk.grant(), await desk.grant(client_id="bh-pocket", scopes=("offline_access", "openid"))
    await desk.grant(session="another")
    await watcher.replaced("session-of-that-person", "the next one")
    await watcher.ending(["session-of-that-person"])
    assert list(await logouts.take(5)) == []

    await watcher.ending(["the next one"])
    assert {each.grant_id for each in await logouts.take(5)} == {here.id, offline.id}
    assert [grant.id for grant in await desk.grants.of_person(here.person) if grant.session != "another"] == [
        offline.id
    ]
