"""Promises of sealing anew: after it the old key may go, and everything still opens where it stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Table

from gateway.app.sealed import SEALED_COLUMNS
from gateway.identity.resealing import reseal
from gateway.identity.vault import Vault
from gateway.storage import application_tables, operator_tables, registry_tables
from gateway.storage.application_tables import application_messages
from gateway.storage.tables import Octets
from tests.support.office import PACE, VAULT_KEY, Office, office

NEW_KEY = bytes(range(32, 64))


@asynccontextmanager
async def a_life(database: str) -> AsyncIterator[tuple[Office, str]]:
    """An application that was asked for more, and whose answer is on its way."""
    async with office(database) as here:
        here.orders(course="ask")
        view = await here.apply()
        await here.deliver()
        for _ in range(2):
            here.clock.advance(PACE)
            await here.track()
        await here.act(view.id, "supply", tenancy_number="T-4711")
        yield here, view.id


async def test_once_all_is_sealed_anew_the_old_key_opens_nothing_and_the_new_one_everything(storage_url: str) -> None:
    async with a_life(storage_url) as (here, key):
        before = await here.read(key)

        count = await reseal(here.storage, Vault(NEW_KEY, VAULT_KEY), SEALED_COLUMNS)
        again = await reseal(here.storage, Vault(NEW_KEY, VAULT_KEY), SEALED_COLUMNS)

        assert (await here.read(key)).problem == "application_unreadable"
        here.parts.store._vault.adopt(Vault(NEW_KEY))
        assert (await here.read(key)) == before
        assert (count > 4, again) == (True, 0)
        (message,) = await here.rows(application_messages)
        assert Vault(NEW_KEY).open(message.sealed, f"message {message.message_id}")


async def test_more_than_a_batch_is_sealed_anew(storage_url: str) -> None:
    async with office(storage_url) as here:
        for _ in range(12):
            await here.apply()

        assert await reseal(here.storage, Vault(NEW_KEY, VAULT_KEY), SEALED_COLUMNS, batch=5) == 36


SEALED = ("sealed", "standing", "detail", "target", "contact", "reason")


def test_every_column_of_sealed_bytes_is_sealed_anew_by_somebody() -> None:
    sealed = {
        (table.name, column.name)
        for tables in (application_tables, operator_tables, registry_tables)
        for table in vars(tables).values()
        if isinstance(table, Table)
        for column in table.columns
        if column.name in SEALED and isinstance(column.type, Octets)
    }
    listed = {(each.table.name, each.column) for each in SEALED_COLUMNS}

    assert sealed
    assert sealed <= listed
