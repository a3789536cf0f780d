"""When the database cannot be written nothing is sealed, nobody waits for ever, and it goes on by itself afterwards."""

import asyncio
import os
import resource
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text, update

from gateway.errors import SealingFailed, Unavailable
from gateway.ledger.composer import HeadError
from gateway.ledger.entry import Receipt
from gateway.ledger.ledger import Ledger
from gateway.ledger.verify import verify
from gateway.storage.engine import Storage, StorageDown, connect_sqlite, parse_url
from gateway.storage.schema import upgrade
from gateway.storage.tables import ledger_head
from tests.support.databases import sqlite_url
from tests.support.ledgers import KEYS, ORIGIN, OWNER, VERIFIER, entry, opened
from tests.support.postgresql import PostgresqlServer


@asynccontextmanager
async def impatient(url: str, patience: float = 0.3) -> AsyncIterator[Ledger]:
    """A ledger that does not wait long for a lock."""
    async with Storage.open(url, patience=patience) as storage, Ledger.open(storage, KEYS, ORIGIN) as ledger:
        yield ledger


async def seal_together(ledger: Ledger, count: int) -> list[Receipt | BaseException]:
    return list(await asyncio.gather(*(ledger.seal(entry(), OWNER) for _ in range(count)), return_exceptions=True))


async def assert_whole(url: str, entries: int) -> None:
    async with Storage.open(url) as storage:
        report = await verify(storage, [VERIFIER])
    assert (report.findings, report.entries) == ((), entries)


async def seals_again(ledger: Ledger) -> Receipt:
    """Seals as soon as it can be done, without opening the ledger again."""
    end = time.monotonic() + 20
    while True:
        try:
            return await ledger.seal(entry(), OWNER)
        except SealingFailed:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)


async def ready(ledger: Ledger) -> bool:
    """Whether it becomes ready by itself, though nobody seals."""
    async with asyncio.timeout(20):
        while not ledger.healthy:  # noqa: ASYNC110 - as whoever asks for readiness does
            await asyncio.sleep(0.05)
    return True


async def test_a_server_that_stops_fails_the_callers_and_one_that_comes_back_serves_them() -> None:
    with PostgresqlServer.running() as server:
        server.create("ledger")
        url = server.url("ledger")
        await upgrade(url)
        async with opened(url) as ledger:
            before = await ledger.seal(entry(), OWNER)
            await asyncio.to_thread(server.stop)

            results = await seal_together(ledger, 20)
            with pytest.raises(Unavailable):
                await ledger.checkpoint()
            down = ledger.healthy

            await asyncio.to_thread(server.start)
            up = await ready(ledger)
            after = await ledger.seal(entry(), OWNER)
            assert (await ledger.proof(before.id, OWNER)).receipt == before

        assert all(isinstance(result, SealingFailed) for result in results)
        assert (down, up, after.index) == (False, True, 1)
        await assert_whole(url, 2)


async def test_a_database_locked_by_another_fails_the_callers_in_time_and_serves_them_afterwards(
    storage_url: str,
) -> None:
    async with impatient(storage_url) as ledger, Storage.open(storage_url) as storage:
        async with storage.writing() as connection:
            await connection.execute(update(ledger_head).values(id=1))
            began = time.monotonic()
            results = await seal_together(ledger, 10)
            took = time.monotonic() - began

        receipt = await ledger.seal(entry(), OWNER)

    assert all(isinstance(result, SealingFailed) for result in results)
    assert took < 3
    assert receipt.index == 0
    await assert_whole(storage_url, 1)


async def test_a_database_that_is_only_read_meanwhile_is_not_locked(storage_url: str) -> None:
    async with impatient(storage_url) as ledger, Storage.open(storage_url) as storage, storage.reading() as connection:
        before = await connection.scalar(text("SELECT count(*) FROM ledger_entries"))
        await ledger.seal(entry(), OWNER)
        during = await connection.scalar(text("SELECT count(*) FROM ledger_entries"))

    assert (before, during) == (0, 0)


class SmallDisk:
    """A disk that can be filled: a file system of its own, or for who may not mount one, a limit on files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        self._mounted = os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        if self._mounted:
            space = os.statvfs(self.folder)
            (self.folder / "filler").write_bytes(bytes(space.f_bavail * space.f_frsize))
        else:
            largest = max(path.stat().st_size for path in self.folder.iterdir())
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, self._limits[1]))

    def free(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def close(self) -> None:
        self.free()
        if self._mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


async def test_a_full_disk_fails_the_callers_and_corrupts_nothing(tmp_path: Path) -> None:
    with closing(SmallDisk(tmp_path / "disk")) as disk:
        url = sqlite_url(disk.folder / "bawaba.db")
        await upgrade(url)
        async with opened(url) as ledger:
            sealed = [await ledger.seal(entry(), OWNER)]
            disk.fill()
            results: list[Receipt | BaseException] = []
            while not any(isinstance(result, SealingFailed) for result in results):
                results += await seal_together(ledger, 50)
                assert len(results) < 20_000, "the disk does not become full"
            sealed += [result for result in results if isinstance(result, Receipt)]
            disk.free()
            sealed.append(await seals_again(ledger))

        assert [receipt.index for receipt in sealed] == list(range(len(sealed)))
        await assert_whole(url, len(sealed))


async def test_a_head_that_was_moved_in_the_database_is_not_built_on(storage_url: str) -> None:
    async with opened(storage_url) as ledger, Storage.open(storage_url) as storage:
        await ledger.seal(entry(), OWNER)
        async with storage.writing() as connection:
            await connection.execute(update(ledger_head).values(tree_size=0, frontier=b"", note=""))

        with pytest.raises(SealingFailed) as refusal:
            await ledger.seal(entry(), OWNER)

    assert isinstance(refusal.value.__cause__, HeadError)


async def test_a_locked_sqlite_is_unavailable_to_every_writer_and_not_an_error_of_ours(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "locked.db")
    await upgrade(url)
    holder = connect_sqlite(parse_url(url), 1)
    holder.execute("BEGIN IMMEDIATE")
    try:
        async with Storage.open(url, patience=0.1) as storage:
            with pytest.raises(StorageDown):
                async with storage.writing():
                    pass
    finally:
        holder.close()
