"""Sealed columns sealed anew under the vault's first key, a batch at a time while the gateway runs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.vault import Vault
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds what a vault sealed, and the context of each row's value."""

    table: Table
    column: str
    context: Callable[[Row[Any]], str]


async def reseal(storage: Storage, vault: Vault, columns: Iterable[SealedColumn], batch: int = 500) -> int:
    """Seals anew what stands under an old key, so many rows in a transaction; says how many values that were."""
    return sum([await _reseal_column(storage, vault, column, batch) for column in columns])


async def _reseal_column(storage: Storage, vault: Vault, column: SealedColumn, batch: int) -> int:
    resealed, last = 0, None
    while True:
        async with storage.writing() as connection:
            rows = await _after(connection, column, last, batch)
            for row in rows:
                resealed += await _reseal_row(connection, vault, column, row)
        if len(rows) < batch:
            return resealed
        last = rows[-1]


async def _after(
    connection: AsyncConnection, column: SealedColumn, last: Row[Any] | None, batch: int
) -> Sequence[Row[Any]]:
    keys = tuple(column.table.primary_key.columns)
    wanted = select(column.table).where(column.table.c[column.column].is_not(None)).order_by(*keys).limit(batch)
    if last is not None:
        wanted = wanted.where(tuple_(*keys) > tuple(getattr(last, key.name) for key in keys))
    return (await connection.execute(wanted.with_for_update())).all()


async def _reseal_row(connection: AsyncConnection, vault: Vault, column: SealedColumn, row: Row[Any]) -> bool:
    sealed = getattr(row, column.column)
    if vault.is_current(sealed):
        return False
    anew = vault.seal(vault.open(sealed, column.context(row)), column.context(row))
    own = [key == getattr(row, key.name) for key in column.table.primary_key.columns]
    await connection.execute(update(column.table).where(*own).values({column.column: anew}))
    return True
