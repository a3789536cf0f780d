"""Rows of several tables that are inserted in one statement, where the database can: each statement is a round trip."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Insert, Table, bindparam, insert
from sqlalchemy.ext.asyncio import AsyncConnection

_ROWS: Final = "bawaba_rows"

_Shape = tuple[tuple[Table, tuple[str, ...]], ...]


async def put(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> None:
    """Inserts a row: now, or with all the others at the end of ``together``."""
    waiting = connection.info.get(_ROWS)
    if waiting is None:
        await connection.execute(insert(table), row)
    else:
        waiting.append((table, row))


@asynccontextmanager
async def together(connection: AsyncConnection) -> AsyncIterator[None]:
    """Inserts at its end whatever is ``put`` by this connection within it: all of it, or none if one row is refused.

    Nothing of it can be read within. SQLite, which has no round trips to save and no such statement, inserts at once.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    # The connection is nobody else's until its transaction ends.
    waiting: list[tuple[Table, Mapping[str, Any]]] = []
    connection.info[_ROWS] = waiting
    try:
        yield
    finally:
        del connection.info[_ROWS]
    if waiting:
        shape = tuple((table, tuple(row)) for table, row in waiting)
        values = {_name(place, column): row[column] for place, (_, row) in enumerate(waiting) for column in row}
        await connection.execute(_statement(shape), values)


@lru_cache(maxsize=64)
def _statement(shape: _Shape) -> Insert:
    """One INSERT for each row: all but the last stand before it, as common table expressions that write."""
    *others, last = [
        insert(table).values({name: bindparam(_name(place, name), type_=table.c[name].type) for name in columns})
        for place, (table, columns) in enumerate(shape)
    ]
    return last.add_cte(*(other.cte(f"row_{place}") for place, other in enumerate(others)))


def _name(place: int, column: str) -> str:
    return f"row_{place}_{column}"
