"""A backup taken while the ledger is written is a whole ledger, and goes on as one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from gateway.ledger.verify import Report, verify
from gateway.storage.engine import Storage
from tests.support.databases import sqlite_url
from tests.support.ledgers import OWNER, VERIFIER, entry, opened
from tests.support.postgresql import PostgresqlServer


@asynccontextmanager
async def written_all_the_time(url: str) -> AsyncIterator[None]:
    async with opened(url) as ledger:
        stop = asyncio.Event()

        async def write() -> None:
            while not stop.is_set():
                await asyncio.gather(*(ledger.seal(entry(), OWNER) for _ in range(30)))

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.1)
        yield
        stop.set()
        await writing


async def verified(url: str) -> Report:
    async with Storage.open(url) as storage:
        return await verify(storage, [VERIFIER])


async def assert_goes_on(url: str) -> None:
    before = await verified(url)
    async with opened(url) as ledger:
        receipt = await ledger.seal(entry(), OWNER)
    after = await verified(url)

    assert before.ok, before.findings
    assert after.ok, after.findings
    assert before.entries > 0
    assert receipt.index == before.entries


async def test_a_copy_of_a_sqlite_file_made_while_it_is_written(tmp_path: Path, sqlite_database: Path) -> None:
    live, copy = tmp_path / "live.db", tmp_path / "copy.db"
    live.write_bytes(sqlite_database.read_bytes())

    async with written_all_the_time(sqlite_url(live)):
        await asyncio.to_thread(_copy, live, copy)

    await assert_goes_on(sqlite_url(copy))


async def test_a_dump_of_postgresql_made_while_it_is_written(postgresql_server: PostgresqlServer) -> None:
    with postgresql_server.database("upgraded") as live, postgresql_server.database() as copy:
        async with written_all_the_time(live):
            await asyncio.to_thread(postgresql_server.copy, live, copy)

        await assert_goes_on(copy)


def _copy(live: Path, copy: Path) -> None:
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
