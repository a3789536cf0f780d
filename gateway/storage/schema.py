"""Brings the database to the tables that this program expects, and says whether it is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.storage.engine import Storage
from gateway.storage.registry_tables import metadata
from gateway.storage.standing import MIGRATIONS

# Any number will do, if nothing else in the database takes it.
_LOCK = 0x0062_6177_6162_61

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """``current`` is the migration that the database is at, ``wanted`` the newest; ``differences`` are in words."""

    current: str | None
    wanted: str
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return self.current == self.wanted and not self.differences


async def upgrade(url: str, revision: str = "head") -> None:
    """Runs the migrations that are still to run; when two processes upgrade, the second finds nothing left to do.

    An upgrade that is interrupted leaves the database as it was. Raises ``StorageDown``.
    """
    await _exclusively(url, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Undoes migrations down to ``revision`` or ``base``, but not those that hold entries; raises ``StorageDown``."""
    await _exclusively(url, lambda connection: command.downgrade(_config(connection), revision))


async def check(url: str) -> SchemaState:
    """Where the database stands, without changing it; raises ``StorageDown``."""
    async with Storage.open(url) as storage, storage.reading() as connection:
        return await connection.run_sync(_state)


async def _exclusively(url: str, step: Callable[[Connection], Result]) -> Result:
    async with Storage.open(url, patience=60.0) as storage, storage.writing() as connection:
        if storage.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        return await connection.run_sync(step)


def _state(connection: Connection) -> SchemaState:
    context = MigrationContext.configure(connection)
    wanted = ScriptDirectory.from_config(_config(connection)).get_current_head() or ""
    current = context.get_current_revision()
    differences = compare_metadata(context, metadata) if current == wanted else []
    return SchemaState(current, wanted, tuple(str(difference) for difference in differences))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
