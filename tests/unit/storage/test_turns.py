"""Promises of writers who share: each is on disk or undone for itself, and none waits for somebody who went away."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.engine import Storage, StorageDown, connect_sqlite
from gateway.storage.tables import ledger_nodes
from tests.support.databases import sqlite_copy
from tests.unit.storage.test_engine import indexes, node


@pytest.fixture
def sqlite_file(sqlite_database: Path, tmp_path: Path) -> str:
    return sqlite_copy(sqlite_database, tmp_path)


async def write(storage: Storage, index: int) -> None:
    async with storage.writing() as connection:
        await connection.execute(insert(ledger_nodes), [node(index)])


class Held:
    """A writer who is in the middle until ``go`` is set."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.inside, self.go = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        async with self._storage.writing() as connection:
            self.inside.set()
            await self.go.wait()
            await connection.execute(insert(ledger_nodes), [node(1000)])


async def stand_in_line(storage: Storage, *indexes: int) -> list["asyncio.Task[None]"]:
    """Writers who all wait for their turn when this returns."""
    waiting = [asyncio.create_task(write(storage, index)) for index in indexes]
    await asyncio.sleep(0)
    return waiting


def commits(storage: Storage) -> list[object]:
    """Grows by one at each commit from now on."""
    found: list[object] = []
    event.listen(storage.engine.sync_engine, "commit", found.append)
    return found


async def test_those_in_line_share_a_commit(sqlite_file: str) -> None:
    async with Storage.open(sqlite_file) as storage:
        held = Held(storage)
        await held.inside.wait()
        waiting = await stand_in_line(storage, *range(10))
        counted = commits(storage)

        held.go.set()
        await asyncio.gather(held.task, *waiting)

        assert len(counted) == 1
        assert await indexes(storage) == [*range(10), 1000]


async def test_one_who_fails_undoes_nobody_else(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:

        async def fail() -> None:
            async with storage.writing() as connection:
                await connection.execute(insert(ledger_nodes), [node(500)])
                raise LookupError

        ended = await asyncio.gather(write(storage, 1), fail(), write(storage, 2), fail(), return_exceptions=True)

        assert [type(each) for each in ended] == [type(None), LookupError, type(None), LookupError]
        assert await indexes(storage) == [1, 2]


async def test_one_who_goes_away_in_line_leaves_the_commit_to_somebody(sqlite_file: str) -> None:
    async with Storage.open(sqlite_file, patience=2) as storage:
        held = Held(storage)
        await held.inside.wait()
        (waiting,) = await stand_in_line(storage, 1)

        held.go.set()
        # It is let in and sent away in the same moment.
        asyncio.get_running_loop().call_soon(waiting.cancel)
        await asyncio.gather(held.task, waiting, return_exceptions=True)
        await asyncio.wait_for(held.task, 1)
        await write(storage, 2)

        assert set(await indexes(storage)) >= {2, 1000}


async def test_one_who_goes_away_in_the_middle_undoes_its_own(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        held = Held(storage)
        await held.inside.wait()
        waiting = await stand_in_line(storage, 1)

        held.task.cancel()
        await asyncio.gather(held.task, *waiting, return_exceptions=True)

        assert await indexes(storage) == [1]


async def test_what_sqlite_gave_up_is_reported_to_all_who_shared_it(sqlite_file: str) -> None:
    async with Storage.open(sqlite_file) as storage:
        held = Held(storage)
        await held.inside.wait()

        async def spoil() -> None:
            async with storage.writing() as connection:
                await give_up(connection)

        spoiling = asyncio.create_task(spoil())
        await asyncio.sleep(0)
        late = await stand_in_line(storage, 7)
        held.go.set()
        ended = await asyncio.gather(held.task, spoiling, return_exceptions=True)
        await asyncio.gather(*late)

        assert all(isinstance(each, Exception) for each in ended)
        assert await indexes(storage) == [7]


async def test_whoever_writes_alone_finds_the_database_free(sqlite_file: str) -> None:
    async with Storage.open(sqlite_file) as storage:
        held = Held(storage)
        await held.inside.wait()

        async def alone() -> list[int]:
            async with storage.writing_alone():
                own = connect_sqlite(storage.url, 0)
                own.execute("BEGIN IMMEDIATE")
                found = [row[0] for row in own.execute("SELECT node_index FROM ledger_nodes")]
                own.close()
                return found

        asking = asyncio.create_task(alone())
        await asyncio.sleep(0)
        late = await stand_in_line(storage, 1)
        held.go.set()
        found = await asking
        await asyncio.gather(held.task, *late)

        assert found == [1000]


async def test_a_turn_is_not_waited_for_longer_than_there_is_patience(sqlite_file: str) -> None:
    async with Storage.open(sqlite_file, patience=0.05) as storage:
        held = Held(storage)
        await held.inside.wait()

        with pytest.raises(StorageDown):
            await write(storage, 1)
        held.go.set()
        await held.task

        assert await indexes(storage) == [1000]


async def give_up(connection: AsyncConnection) -> None:
    """What SQLite does by itself when the disk is full."""
    await connection.exec_driver_sql("ROLLBACK")
