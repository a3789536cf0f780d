"""What was acknowledged stays, whatever process is killed at whatever moment."""

import asyncio
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import b64decode
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.ledger.verify import verify
from gateway.storage.engine import Storage
from gateway.storage.schema import upgrade
from gateway.storage.tables import ledger_entries
from tests.support.ledgers import OWNER, VERIFIER, opened
from tests.support.postgresql import PostgresqlServer

ROOT = Path(__file__).parents[2]
KILLS = 8
# Moments of a kill, in milliseconds after the first receipt: random, and the same in every run.
MOMENTS = random.Random(2026).sample(range(400), KILLS)

Receipt = tuple[int, str, bytes]


@pytest.fixture
def tmp_path(on_disk: Path) -> Path:
    """On a disk commits take their time, and kills come in the middle of them."""
    return on_disk


class Sealing:
    """A child process that seals under load, and the receipts that it has printed."""

    def __init__(self, process: Process) -> None:
        self.receipts: list[Receipt] = []
        self._process = process
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, url: str, name: str, callers: int = 24) -> "Sealing":
        """Starts it, and returns once it has sealed something."""
        arguments = ("-m", "tests.support.sealing_process", url, name, str(callers))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, stdout=PIPE, stderr=DEVNULL
        )
        child = cls(process)
        await child.more_than(0)
        return child

    async def more_than(self, count: int) -> None:
        """Returns once it has printed more than ``count`` receipts."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.receipts) > count)

    async def kill(self) -> list[Receipt]:
        """Kills it as ``kill -9`` does; every receipt that it had printed."""
        self._process.kill()
        await self._process.wait()
        await self._reading
        return self.receipts

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            assert line.endswith(b"\n"), "a receipt was printed in part"
            index, entry_id, leaf = line.decode().split()
            self.receipts.append((int(index), entry_id, b64decode(leaf)))
            async with self._news:
                self._news.notify_all()


async def stored(url: str) -> set[Receipt]:
    columns = ledger_entries.c.leaf_index, ledger_entries.c.entry_id, ledger_entries.c.leaf_hash
    async with Storage.open(url) as storage, storage.reading() as connection:
        return {(row[0], row[1], row[2]) for row in await connection.execute(select(*columns))}


async def assert_whole(url: str, receipts: list[Receipt]) -> None:
    """All that was acknowledged is there, none of it twice, and the log verifies."""
    assert set(receipts) <= await stored(url)
    assert len({index for index, _, _ in receipts}) == len(receipts)
    async with Storage.open(url) as storage:
        report = await verify(storage, [VERIFIER])
    assert report.ok, report.findings


async def test_a_process_killed_at_any_moment_loses_nothing_that_it_acknowledged(storage_url: str) -> None:
    receipts: list[Receipt] = []
    for kill, milliseconds in enumerate(MOMENTS):
        child = await Sealing.start(storage_url, f"child-{kill}")
        await asyncio.sleep(milliseconds / 1000)
        receipts += await child.kill()
        await assert_whole(storage_url, receipts)

    assert len(receipts) > KILLS
    async with opened(storage_url) as ledger:
        assert (await ledger.entries_of(OWNER, limit=1))[0].receipt.index >= max(receipts)[0]


async def test_two_processes_that_seal_at_once_make_one_log_and_one_goes_on_when_the_other_is_killed(
    storage_url: str,
) -> None:
    one, other = await Sealing.start(storage_url, "one", 8), await Sealing.start(storage_url, "other", 8)
    await asyncio.sleep(0.3)
    of_one = await one.kill()
    await asyncio.sleep(0.3)
    of_other = await other.kill()

    await assert_whole(storage_url, of_one + of_other)
    assert min(of_other)[0] < max(of_one)[0] < max(of_other)[0]


async def test_a_database_server_that_crashes_loses_nothing_that_was_acknowledged() -> None:
    with PostgresqlServer.running() as server:
        server.create("ledger")
        url = server.url("ledger")
        await upgrade(url)
        child = await Sealing.start(url, "child")
        for _ in range(2):
            await asyncio.sleep(0.2)
            before = len(child.receipts)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await child.more_than(before + 100)
        receipts = await child.kill()

        await assert_whole(url, receipts)
