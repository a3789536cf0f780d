"""Promises of the look that every worker takes at the database before it serves."""

import pytest
from sqlalchemy import text

from gateway.storage.engine import Storage
from gateway.storage.schema import check, downgrade, upgrade
from gateway.storage.standing import newest, stands

BY_HAND = {
    "a column is missing": "ALTER TABLE ledger_nodes DROP COLUMN hash",
    "a column is another's": "ALTER TABLE ledger_nodes ADD COLUMN note TEXT",
    "a table is another's": "CREATE TABLE notes (id INTEGER)",
    "a table is missing": "DROP TABLE oauth_logouts",
    "an index is missing": "DROP INDEX ix_oauth_logouts_due_at",
    "it is ahead": "UPDATE alembic_version SET version_num = '9999'",
    "it is nowhere": "DELETE FROM alembic_version",
}


async def test_a_database_that_was_upgraded_stands(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        assert await stands(storage)


async def test_the_newest_migration_is_the_one_that_an_upgrade_ends_at(storage_url: str) -> None:
    assert newest() == (await check(storage_url)).wanted


async def test_an_empty_database_does_not_stand(empty_storage_url: str) -> None:
    async with Storage.open(empty_storage_url) as storage:
        assert not await stands(storage)


async def test_a_database_that_is_behind_does_not_stand(empty_storage_url: str) -> None:
    await upgrade(empty_storage_url)
    await downgrade(empty_storage_url, "-1")

    async with Storage.open(empty_storage_url) as storage:
        assert not await stands(storage)


@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND.keys())
async def test_a_database_changed_by_hand_does_not_stand(storage_url: str, statement: str) -> None:
    async with Storage.open(storage_url) as storage:
        async with storage.writing() as connection:
            await connection.execute(text(statement))

        assert not await stands(storage)
