"""How a batch is written: one transaction that holds the head from its reading to its commit."""

from collections.abc import Sequence
from typing import Protocol

from gateway.ledger.batch import Batch, Draft
from gateway.ledger.composer import Composer
from gateway.ledger.sqlite import SqliteWriter
from gateway.storage.engine import Storage


class Writer(Protocol):
    """Writes whole batches, each wholly or not at all; ready again after whatever went wrong."""

    async def append(self, drafts: Sequence[Draft]) -> Batch:
        """Appends to the head as it is in the database; durable when it returns."""

    async def close(self) -> None:
        """Lets go of the connection."""


def open_writer(storage: Storage, composer: Composer) -> Writer:
    """The writer for the storage's dialect; ``composer`` makes the batch for the head that was read."""
    if storage.dialect == "sqlite":
        return SqliteWriter(storage, composer)
    # The driver takes three megabytes, which a worker on SQLite can do without.
    from gateway.ledger.postgresql import PostgresqlWriter

    return PostgresqlWriter(storage, composer)
