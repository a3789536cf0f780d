"""Promises of the storage: two databases, one behaviour."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from gateway.errors import ConfigurationError, Unavailable
from gateway.storage.engine import Storage, StorageDown, connect_sqlite, parse_url
from gateway.storage.tables import ledger_nodes
from tests.support.databases import sqlite_url

NODES = select(ledger_nodes.c.node_index).order_by(ledger_nodes.c.node_index)


def node(index: int) -> dict[str, object]:
    return {"level": 1, "node_index": index, "hash": bytes(32)}


async def indexes(storage: Storage) -> list[int]:
    async with storage.reading() as connection:
        return list((await connection.scalars(NODES)).all())


async def test_what_was_written_is_read(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        async with storage.writing() as connection:
            await connection.execute(insert(ledger_nodes), [node(1), node(2)])

        assert await indexes(storage) == [1, 2]


async def test_a_transaction_that_fails_leaves_nothing(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:

        async def fail() -> None:
            async with storage.writing() as connection:
                await connection.execute(insert(ledger_nodes), [node(1)])
                raise LookupError

        with pytest.raises(LookupError):
            await fail()

        assert await indexes(storage) == []


async def test_a_refused_statement_is_not_taken_for_an_outage(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        with pytest.raises(IntegrityError):
            async with storage.writing() as connection:
                await connection.execute(insert(ledger_nodes), [node(1), node(1)])
        with pytest.raises(SQLAlchemyError):
            async with storage.reading() as connection:
                await connection.execute(text("SELECT * FROM nowhere"))

        assert await indexes(storage) == []


async def test_a_reader_sees_one_state_to_its_end_and_does_not_hold_up_the_writer(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage, storage.reading() as reader:
        before = (await reader.scalars(NODES)).all()
        async with storage.writing() as connection:
            await connection.execute(insert(ledger_nodes), [node(1)])
        during = (await reader.scalars(NODES)).all()

        assert (list(before), list(during)) == ([], [])
        assert await indexes(storage) == [1]


async def test_a_glance_sees_what_was_written_before_it_and_leaves_nothing_open(storage_url: str) -> None:
    async with Storage.open(storage_url, connections=2) as storage:
        seen = []
        for index in range(4):
            async with storage.writing() as connection:
                await connection.execute(insert(ledger_nodes), [node(index)])
            async with storage.glancing() as connection:
                seen.append(len((await connection.scalars(NODES)).all()))

        assert seen == [1, 2, 3, 4]


async def test_writers_wait_for_each_other(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:

        async def write(index: int) -> None:
            async with storage.writing() as connection:
                await connection.execute(insert(ledger_nodes), [node(index)])

        await asyncio.gather(*(write(index) for index in range(20)))

        assert await indexes(storage) == list(range(20))


async def test_when_every_connection_is_taken_the_next_is_refused_in_time(storage_url: str) -> None:
    async with Storage.open(storage_url, patience=0.1, connections=2) as storage:
        async with storage.reading(), storage.reading():
            with pytest.raises(StorageDown):
                async with storage.reading():
                    pass

        assert await indexes(storage) == []


async def test_a_commit_of_sqlite_is_on_disk_and_readers_are_not_locked_out(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "new.db")
    async with Storage.open(url) as storage, storage.writing() as connection:
        pooled = [await connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
    plain = connect_sqlite(parse_url(url), 1)
    alone = [plain.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    plain.close()

    assert pooled == alone == ["wal", 2]


async def test_a_reader_of_postgresql_cannot_write(postgresql_database: str) -> None:
    async with Storage.open(postgresql_database) as storage:
        with pytest.raises((StorageDown, ProgrammingError)):
            async with storage.reading() as connection:
                await connection.execute(insert(ledger_nodes), [node(1)])


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    async with Storage.open(f"postgresql+asyncpg://postgres@/any?host={tmp_path}") as storage:
        with pytest.raises(Unavailable):
            async with storage.reading():
                pass


async def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    async with Storage.open(sqlite_url(tmp_path / "nowhere" / "bawaba.db")) as storage:
        with pytest.raises(Unavailable):
            async with storage.writing():
                pass


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        "mysql://somewhere/else",
        "sqlite:///file.db",
        "postgresql://somewhere/else",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
    ],
)
def test_a_url_of_another_database_is_refused_and_the_setting_named(url: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_url(url)

    assert refusal.value.field == "storage.url"
