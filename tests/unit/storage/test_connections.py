"""Promises of the connections to PostgreSQL: a broken one is replaced before it is used, at no cost to a sound one."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from gateway.storage.engine import Storage, StorageDown
from tests.support.postgresql import PostgresqlServer
from tests.support.round_trips import round_trips

OWN = text("SELECT pg_backend_pid()")
END = text("SELECT pg_terminate_backend(:number)")


async def backend(storage: Storage) -> int:
    async with storage.glancing() as connection:
        return int((await connection.execute(OWN)).scalar_one())


async def many(storage: Storage, count: int) -> set[int]:
    """Whose connections they are that ``count`` readers have at once."""
    gate = asyncio.Barrier(count)

    async def read() -> int:
        async with storage.reading() as connection:
            number = int((await connection.execute(OWN)).scalar_one())
            await gate.wait()
            return number

    return set(await asyncio.gather(*(read() for _ in range(count))))


async def end(url: str, *numbers: int) -> None:
    """Has the server end those connections, as an administrator does."""
    async with Storage.open(url) as other, other.glancing() as connection:
        for number in numbers:
            await connection.execute(END, {"number": number})
    # It says so to both sides at once; the loop hears of it when it looks.
    await asyncio.sleep(0.2)


@pytest.mark.parametrize("idle", [0.0, 3600.0])
async def test_a_connection_that_the_server_has_ended_is_replaced_unseen(postgresql_database: str, idle: float) -> None:
    async with Storage.open(postgresql_database, idle=idle) as storage:
        before = await backend(storage)
        await end(postgresql_database, before)

        assert await backend(storage) != before


async def test_when_all_connections_have_ended_nobody_fails(postgresql_database: str) -> None:
    async with Storage.open(postgresql_database) as storage:
        before = await many(storage, 8)
        await end(postgresql_database, *before)

        after = await many(storage, 8)

        assert (len(before), len(after), before & after) == (8, 8, set())


async def test_as_many_are_opened_as_are_wanted_at_once_and_no_more_than_allowed(postgresql_database: str) -> None:
    async with Storage.open(postgresql_database, patience=0.5, connections=12) as storage:
        assert len(await many(storage, 12)) == 12
        async with AsyncExitStack() as stack:
            for _ in range(12):
                await stack.enter_async_context(storage.reading())

            with pytest.raises(StorageDown):
                await backend(storage)


async def test_a_connection_in_use_is_not_asked_and_one_that_was_idle_is(postgresql_database: str) -> None:
    pings = {}
    for idle in (3600.0, 0.0):
        async with Storage.open(postgresql_database, idle=idle) as storage:
            await backend(storage)
            with round_trips(storage) as sent:
                # The driver's own statements are heard from the second use on.
                for _ in range(3):
                    await backend(storage)
            pings[idle] = sent.count(";")

    assert pings[3600.0] == 0
    assert pings[0.0] >= 2


async def test_a_server_that_is_away_is_said_to_be_and_found_again() -> None:
    with PostgresqlServer.running(durable=False) as server:
        async with Storage.open(server.url("postgres"), patience=2.0) as storage:
            before = await many(storage, 4)
            server.stop()
            with pytest.raises(StorageDown):
                await backend(storage)
            server.start()

            after = await many(storage, 4)

    assert not before & after
