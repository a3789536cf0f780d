"""Promises of the migrations."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.storage.engine import Storage
from gateway.storage.operator_tables import metadata
from gateway.storage.schema import check, downgrade, upgrade

UPGRADE = "import asyncio, sys; from gateway.storage.schema import upgrade; asyncio.run(upgrade(sys.argv[1]))"


async def _tables(url: str) -> set[str]:
    async with Storage.open(url) as storage, storage.reading() as connection:
        names = await connection.run_sync(lambda plain: plain.dialect.get_table_names(plain))
    return set(names) - {"alembic_version"}


async def test_an_upgrade_makes_every_table_as_the_program_describes_it(empty_storage_url: str) -> None:
    await upgrade(empty_storage_url)

    state = await check(empty_storage_url)

    assert state.ok, state
    assert await _tables(empty_storage_url) == set(metadata.tables)


async def test_an_empty_database_is_not_ok_and_checking_does_not_change_it(empty_storage_url: str) -> None:
    state = await check(empty_storage_url)

    assert (state.current, state.ok) == (None, False)
    assert await _tables(empty_storage_url) == set()


async def test_an_upgrade_of_an_upgraded_database_changes_nothing(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage, storage.writing() as connection:
        await connection.execute(text("UPDATE ledger_head SET note = 'kept'"))

    await upgrade(storage_url)

    async with Storage.open(storage_url) as storage, storage.reading() as connection:
        assert await connection.scalar(text("SELECT note FROM ledger_head")) == "kept"


async def test_processes_that_upgrade_at_once_all_succeed(empty_storage_url: str) -> None:
    command = (sys.executable, "-c", UPGRADE, empty_storage_url)
    children = [await asyncio.create_subprocess_exec(*command, stderr=PIPE) for _ in range(4)]

    errors = [(await child.communicate())[1] for child in children]

    assert [child.returncode for child in children] == [0, 0, 0, 0], errors
    assert (await check(empty_storage_url)).ok


async def test_an_upgrade_that_is_interrupted_has_not_happened(empty_storage_url: str) -> None:
    async with Storage.open(empty_storage_url) as storage, storage.writing() as connection:
        # The last table of the migration is in the way, so it fails after all the others were made.
        await connection.execute(text("CREATE TABLE ledger_head (id INTEGER)"))

    with pytest.raises(DBAPIError):
        await upgrade(empty_storage_url)

    assert await _tables(empty_storage_url) == {"ledger_head"}
    assert (await check(empty_storage_url)).current is None


async def test_a_downgrade_undoes_an_upgrade_that_can_then_be_done_again(storage_url: str) -> None:
    await downgrade(storage_url, "base")
    assert await _tables(storage_url) == set()

    await upgrade(storage_url)

    assert (await check(storage_url)).ok


async def test_a_ledger_with_entries_is_never_dropped(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage, storage.writing() as connection:
        await connection.execute(text("UPDATE ledger_head SET tree_size = 1"))

    with pytest.raises(RuntimeError, match="has entries"):
        await downgrade(storage_url, "base")

    assert await _tables(storage_url) == set(metadata.tables)


async def test_a_table_changed_by_hand_is_named(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage, storage.writing() as connection:
        await connection.execute(text("ALTER TABLE ledger_nodes DROP COLUMN hash"))

    state = await check(storage_url)

    assert not state.ok
    assert "ledger_nodes" in state.differences[0]
