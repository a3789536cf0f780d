"""Batches into SQLite, each as one visit to a thread of its own.

Measured: a visit a statement, as the asynchronous driver makes it, costs a batch 100 µs more of the processor.
"""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain

from gateway.ledger.batch import Batch, Draft
from gateway.ledger.composer import Composer
from gateway.storage.engine import Storage, connect_sqlite

_HEAD = "SELECT tree_size, frontier, note FROM ledger_head WHERE id = 1"
_ENTRIES = "INSERT INTO ledger_entries (leaf_index, entry_id, owner, leaf_hash, body, salt, sealed_at) VALUES "
_ENTRY = "(?, ?, ?, ?, ?, ?, ?)"
_NODE = "INSERT INTO ledger_nodes (level, node_index, hash) VALUES (?, ?, ?)"
_CHECKPOINT = "INSERT INTO ledger_checkpoints (tree_size, note, leaves) VALUES (?, ?, ?)"
_MOVE_HEAD = "UPDATE ledger_head SET tree_size = ?, frontier = ?, note = ? WHERE id = 1"

# So many entries at most go into one statement. Between statements the thread hands the interpreter over and has to
# wait for it again, which costs more than the writing.
_TOGETHER = 32

# While another process writes, look again each millisecond. SQLite's own waiting looks ever more rarely, and of
# four workers one was seen to wait a second while the others wrote on.
_LOOK_AGAIN = 0.001


class SqliteWriter:
    """Holds one connection, and makes a new one after anything went wrong with it."""

    def __init__(self, storage: Storage, composer: Composer) -> None:
        self._storage = storage
        self._composer = composer
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def append(self, drafts: Sequence[Draft]) -> Batch:
        async with self._storage.writing_alone():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._append, drafts)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _append(self, drafts: Sequence[Draft]) -> Batch:
        if self._connection is None:
            self._connection = connect_sqlite(self._storage.url, _LOOK_AGAIN)
        try:
            return self._transact(self._connection, drafts)
        except BaseException:
            self._disconnect()
            raise

    def _transact(self, connection: sqlite3.Connection, drafts: Sequence[Draft]) -> Batch:
        self._begin(connection)
        batch = self._composer.compose(connection.execute(_HEAD).fetchone(), drafts)
        self._write(connection, batch)
        connection.execute("COMMIT")
        self._composer.committed(batch)
        return batch

    def _begin(self, connection: sqlite3.Connection) -> None:
        end = time.monotonic() + self._storage.patience
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise

    @staticmethod
    def _write(connection: sqlite3.Connection, batch: Batch) -> None:
        if batch.new:
            for first in range(0, len(batch.rows), _TOGETHER):
                rows = batch.rows[first : first + _TOGETHER]
                connection.execute(_ENTRIES + ", ".join([_ENTRY] * len(rows)), tuple(chain.from_iterable(rows)))
            connection.executemany(_NODE, batch.nodes)
            connection.execute(_CHECKPOINT, (batch.head.tree_size, batch.head.note, batch.leaves))
        connection.execute(_MOVE_HEAD, batch.head)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # What was not committed is rolled back by closing.
            with suppress(sqlite3.Error):
                connection.close()
