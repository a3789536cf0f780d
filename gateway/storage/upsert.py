"""The INSERT that knows what to do about a row that is there already, as the open database says it."""

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

from gateway.storage.engine import Storage

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def upsert(storage: Storage, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT into ``table`` with ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    if storage.dialect == "sqlite":
        return sqlite.insert(table)
    # The dialect takes three megabytes, which a worker on SQLite can do without.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
