"""Says whether the database has this version's tables, without the library of migrations."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from gateway.storage.engine import Storage
from gateway.storage.registry_tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSIONS = "alembic_version"

Shape = dict[str, tuple[frozenset[str], frozenset[str]]]
"""The columns and the indexes of each table, by name."""


def newest() -> str:
    """The number of the newest migration: its file is called by it."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


async def stands(storage: Storage) -> bool:
    """Whether the database is at the newest migration and has its tables, columns and indexes, and no other table.

    What ``schema.check`` sees besides, such as a column's type, every start of a worker can do without: the library
    that compares it takes ten megabytes. Raises ``StorageDown``.
    """
    async with storage.reading() as connection:
        return await connection.run_sync(_stands)


def _stands(connection: Connection) -> bool:
    found = _found(connection)
    if found.pop(_VERSIONS, None) is None:
        return False
    revisions = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    return list(revisions) == [newest()] and found == _wanted()


def _found(connection: Connection) -> Shape:
    seen = inspect(connection)
    indexes = {name: each for (_, name), each in seen.get_multi_indexes().items()}
    return {
        name: (
            frozenset(column["name"] for column in columns),
            # A database keeps an index for what must be unique, too; that is a constraint and not counted here.
            frozenset(str(index["name"]) for index in indexes[name] if "duplicates_constraint" not in index),
        )
        for (_, name), columns in seen.get_multi_columns().items()
    }


def _wanted() -> Shape:
    return {
        table.name: (frozenset(table.columns.keys()), frozenset(str(index.name) for index in table.indexes))
        for table in metadata.tables.values()
    }
