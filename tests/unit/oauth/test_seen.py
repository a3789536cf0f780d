"""What may come once comes once, however many workers it is shown to at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from gateway.oauth.seen import SWEPT_EVERY, StoredSeen
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_seen

NOW = 1_800_000_000


@dataclass
class Clock:
    """Seconds that a test sets."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Workers:
    """Two workers on one database, by one clock."""

    clock: Clock
    one: StoredSeen
    two: StoredSeen
    storage: Storage

    async def kept(self) -> int:
        async with self.storage.reading() as connection:
            return len((await connection.execute(select(oauth_seen))).all())


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[Workers]:
    clock = Clock()
    async with Storage.open(storage_url) as first, Storage.open(storage_url) as second:
        yield Workers(clock, StoredSeen(first, clock, clock), StoredSeen(second, clock, clock), first)


async def test_it_is_new_once_and_old_on_every_worker_after(workers: Workers) -> None:
    assert await workers.one.first("assertion", "j1", NOW + 60)
    for seen in (workers.one, workers.two):
        assert not await seen.first("assertion", "j1", NOW + 60)
        assert not await seen.first("assertion", "j1", NOW + 600)


async def test_of_many_at_once_one_is_the_first(workers: Workers) -> None:
    shown = [seen.first("proof", "the same", NOW + 60) for _ in range(8) for seen in (workers.one, workers.two)]

    assert sorted(await asyncio.gather(*shown)) == [False] * 15 + [True]


async def test_kinds_and_values_are_apart(workers: Workers) -> None:
    for kind, value in (("assertion", "j"), ("proof", "j"), ("proof", "J"), ("proof", "")):
        assert await workers.one.first(kind, value, NOW + 60), (kind, value)


async def test_what_has_expired_is_forgotten_and_swept_away(workers: Workers) -> None:
    for value in ("a", "b"):
        assert await workers.one.first("proof", value, NOW + 60)
    workers.clock.now += 61
    assert await workers.two.first("proof", "a", NOW + 200)
    assert not await workers.one.first("proof", "a", NOW + 200)

    workers.clock.now += SWEPT_EVERY
    await workers.one.first("proof", "c", NOW + 900)

    assert await workers.kept() == 2


async def test_the_memory_does_not_say_what_it_remembers(workers: Workers) -> None:
    await workers.one.first("assertion", "the-jti-of-a-token", NOW + 60)
    async with workers.storage.reading() as connection:
        (row,) = (await connection.execute(select(oauth_seen))).all()

    assert "the-jti" not in str(row)
