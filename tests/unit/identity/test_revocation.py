"""Promises of the revocations that workers share."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from gateway.errors import Unavailable
from gateway.identity.revocation import PURGED_EVERY, Revocable, Revocations
from gateway.identity.rules import EXPIRY_LEEWAY, LONGEST_LIFE, SKEW_LEEWAY
from gateway.storage.engine import Storage
from gateway.storage.tables import token_revocations
from tests.unit.identity.examples import NOON, Clock


@asynccontextmanager
async def two(url: str, clock: Clock) -> AsyncIterator[tuple[Revocations, Revocations]]:
    """Two workers that read only when they are told to."""
    async with Storage.open(url) as one, Storage.open(url) as other:
        workers = Revocations(one, clock=clock), Revocations(other, clock=clock)
        for worker in workers:
            await worker.refresh()
        yield workers


async def test_nothing_is_revoked_at_first(storage_url: str) -> None:
    async with two(storage_url, Clock()) as (ours, _):
        assert ours.known == 0
        assert not ours.check("jti", "sid", "client")
        assert not ours.check("jti", None, "client")


@pytest.mark.parametrize("kind", list(Revocable))
async def test_a_revocation_holds_here_at_once_and_there_after_reading(storage_url: str, kind: Revocable) -> None:
    asked = {"token_id": "a", "session": "b", "client": "c"}
    value = {Revocable.TOKEN: "a", Revocable.SESSION: "b", Revocable.CLIENT: "c"}[kind]
    async with two(storage_url, Clock()) as (ours, theirs):
        await ours.revoke(kind, value)

        assert ours.check(**asked)
        assert not theirs.check(**asked)
        await theirs.refresh()
        assert theirs.check(**asked)


async def test_kinds_do_not_mix(storage_url: str) -> None:
    async with two(storage_url, Clock()) as (ours, _):
        await ours.revoke(Revocable.SESSION, "x")

        assert ours.check("jti", "x", "client")
        assert not ours.check("x", "sid", "x")
        assert not ours.check("x", None, "x")


async def test_a_value_is_data_and_never_a_query(storage_url: str) -> None:
    hostile = "x'); DELETE FROM token_revocations; --"
    async with two(storage_url, Clock()) as (ours, theirs):
        await ours.revoke(Revocable.TOKEN, "kept")
        await ours.revoke(Revocable.TOKEN, hostile)
        await theirs.refresh()

        assert theirs.check("kept", None, "c")
        assert theirs.check(hostile, None, "c")


async def test_no_revocation_is_missed_when_many_are_made_at_once(storage_url: str) -> None:
    """Two workers write while a third reads all the time, each read starting where the last one ended."""
    async with two(storage_url, Clock()) as (ours, theirs), Storage.open(storage_url) as storage:
        reader, done = Revocations(storage, clock=Clock()), asyncio.Event()

        async def read() -> None:
            while not done.is_set():
                await reader.refresh()

        reading = asyncio.create_task(read())
        await asyncio.gather(
            *(
                worker.revoke(Revocable.TOKEN, f"{name}-{number}")
                for number in range(20)
                for name, worker in (("ours", ours), ("theirs", theirs))
            )
        )
        done.set()
        await reading
        await reader.refresh()

        assert reader.known == 40


async def test_a_second_revocation_of_the_same_changes_nothing(storage_url: str) -> None:
    async with two(storage_url, Clock()) as (ours, theirs):
        await asyncio.gather(*(ours.revoke(Revocable.TOKEN, "same") for _ in range(5)))
        await theirs.refresh()

        assert ours.known == theirs.known == 1


async def test_a_revocation_outlives_every_token_it_concerns_and_then_goes(storage_url: str) -> None:
    clock, ticks = Clock(), Clock(0.0)
    async with Storage.open(storage_url) as storage:
        worker = Revocations(storage, clock=clock, monotonic=ticks)
        await worker.refresh()
        await worker.revoke(Revocable.TOKEN, "short", token_expires=int(NOON) + 300)
        await worker.revoke(Revocable.SESSION, "long")

        for moment, left in (
            (300 + EXPIRY_LEEWAY + SKEW_LEEWAY, 2),
            (301 + EXPIRY_LEEWAY + SKEW_LEEWAY, 1),
            (LONGEST_LIFE + EXPIRY_LEEWAY + SKEW_LEEWAY, 1),
            (LONGEST_LIFE + EXPIRY_LEEWAY + SKEW_LEEWAY + 1, 0),
        ):
            clock.now, ticks.now = NOON + moment, ticks.now + PURGED_EVERY
            await worker.refresh()
            assert worker.known == left
            assert await rows(storage) == left


async def test_a_purge_does_not_hide_what_is_revoked_after_it(storage_url: str) -> None:
    """Places are never given out twice, or a reader who is ahead would pass over the new one."""
    clock, ticks = Clock(), Clock(0.0)
    async with Storage.open(storage_url) as storage:
        ours = Revocations(storage, clock=clock, monotonic=ticks)
        theirs = Revocations(storage, clock=clock, monotonic=ticks)
        for number in range(3):
            await ours.revoke(Revocable.TOKEN, f"old-{number}", token_expires=int(NOON))
        await theirs.refresh()
        clock.now, ticks.now = NOON + 1000, PURGED_EVERY
        await theirs.refresh()
        assert await rows(storage) == 0

        await ours.revoke(Revocable.TOKEN, "new")
        await theirs.refresh()

        assert theirs.check("new", None, "c")


async def test_a_worker_that_has_not_read_for_long_no_longer_answers(storage_url: str) -> None:
    ticks = Clock(100.0)
    async with Storage.open(storage_url) as storage:
        worker = Revocations(storage, monotonic=ticks, stale_after=5)
        with pytest.raises(Unavailable):
            worker.check("jti", None, "client")
        await worker.refresh()

        ticks.now = 105.0
        assert not worker.check("jti", None, "client")
        ticks.now = 105.1
        with pytest.raises(Unavailable):
            worker.check("jti", None, "client")
        await worker.refresh()
        assert not worker.check("jti", None, "client")


async def test_a_running_worker_follows_and_says_down_once_and_back_once(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage, Storage.open(storage_url) as other:
        with capture_logs() as lines:
            async with Revocations.open(storage, every=0.02, stale_after=0.3) as worker:
                await Revocations(other).revoke(Revocable.TOKEN, "first")
                await until(worker, "first")
                await rename(other, "token_revocations", "away")
                await until_stale(worker)
                await rename(other, "away", "token_revocations")
                await Revocations(other).revoke(Revocable.TOKEN, "second")
                await until(worker, "second")

    events = [line["event"] for line in lines]
    assert events.count("revocations.unreachable") == 1
    assert events.count("revocations.recovered") == 1
    assert "first" not in repr(lines)


async def test_opening_waits_until_it_knows(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        await Revocations(storage).revoke(Revocable.CLIENT, "app")

        async with Revocations.open(storage, every=60) as worker:
            assert worker.check("jti", None, "app")


async def test_closing_ends_the_reading(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        before = len(asyncio.all_tasks())
        async with Revocations.open(storage, every=0.01):
            await asyncio.sleep(0.03)
            assert len(asyncio.all_tasks()) > before
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == before


async def test_ten_thousand_revocations_cost_a_check_nothing(storage_url: str) -> None:
    async with two(storage_url, Clock()) as (ours, _):
        ours._until.update({(Revocable.TOKEN, str(number)): int(NOON) + 9 for number in range(10_000)})
        began = time.perf_counter()
        for _ in range(1_000):
            ours.check("jti", "sid", "client")

        assert time.perf_counter() - began < 0.5


async def until(worker: Revocations, token_id: str) -> None:
    """Waits until the worker knows that the token is revoked."""
    for _ in range(500):
        try:
            if worker.check(token_id, None, "client"):
                return
        except Unavailable:
            pass
        await asyncio.sleep(0.01)
    pytest.fail("the worker never learnt of it")


async def until_stale(worker: Revocations) -> None:
    """Waits until the worker answers no more."""
    for _ in range(500):
        try:
            worker.check("jti", None, "client")
        except Unavailable:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the worker went on answering")


async def rename(storage: Storage, old: str, new: str) -> None:
    """Takes a table away from everybody, or brings it back."""
    async with storage.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def rows(storage: Storage) -> int:
    """How many revocations are kept."""
    async with storage.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(token_revocations)) or 0)
