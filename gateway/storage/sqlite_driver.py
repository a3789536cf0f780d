"""A connection to SQLite that is asked with few visits to its thread.

The driver makes four a statement: for a cursor, to execute, to fetch and to close. A visit costs more than most
statements do, so here it is one, and none while the connection holds the right to write: what is done then is short,
and waits for no lock. Beginning and committing, which do wait, are left to the thread.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

import aiosqlite

BEGIN_WRITING: Final = "BEGIN IMMEDIATE"


class FewVisits(aiosqlite.Connection):
    """As the driver's own, but for its cursors, which fetch what they find while they are there.

    So a result is in memory as a whole, and nothing reads one row by row.
    """

    _writing = False

    def cursor(self) -> "Cursor":  # type: ignore[override]
        return Cursor(self)

    async def begin_writing(self) -> None:
        """Waits for the right to write."""
        await self.visit(_execute, BEGIN_WRITING, ())
        self._writing = True

    async def commit(self) -> None:
        """Raises ``sqlite3.OperationalError`` where nothing is left to commit: SQLite gave the transaction up."""
        self._writing = False
        await self.visit(_execute, "COMMIT", ())

    async def rollback(self) -> None:
        self._writing = False
        if self._conn.in_transaction:
            await super().rollback()

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """What is done meanwhile is undone where it ends in an exception, what was done before is not.

        Nothing happens where SQLite gave the whole transaction up: its commit will tell.
        """
        self._conn.execute("SAVEPOINT own")
        try:
            yield
        except BaseException:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK TO own")
            raise
        finally:
            if self._conn.in_transaction:
                self._conn.execute("RELEASE own")

    async def visit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What ``work`` returns, done with a cursor of its own."""
        if self._writing:
            return self._with_cursor(work, arguments)
        return await self._execute(self._with_cursor, work, arguments)  # type: ignore[no-untyped-call]

    def _with_cursor(self, work: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        cursor = self._conn.cursor()
        try:
            return work(cursor, *arguments)
        finally:
            cursor.close()


class Cursor:
    """What was found and changed by the newest statement, as ``sqlite3.Cursor`` says it."""

    def __init__(self, connection: FewVisits) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.lastrowid: int | None = None
        self.rowcount = -1
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        if statement == BEGIN_WRITING:
            await self._connection.begin_writing()
        else:
            self._keep(*await self._connection.visit(_execute, statement, parameters))
        return self

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> Self:
        self._keep(*await self._connection.visit(_execute_many, statement, rows))
        return self

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        self._rows = ()

    def _keep(self, rows: Sequence[Any], description: Any, lastrowid: int | None, rowcount: int) -> None:
        self._rows, self.description, self.lastrowid, self.rowcount = rows, description, lastrowid, rowcount


async def connect(path: str, **settings: Any) -> FewVisits:
    """A connection to the file, made with the settings of ``sqlite3.connect``."""
    connection = FewVisits(lambda: sqlite3.connect(path, **settings), iter_chunk_size=64)
    # Whoever ends the program does not wait for a connection that was left open.
    connection._thread.daemon = True  # noqa: SLF001 - the driver has no other way, and the toolkit does the same
    await connection
    return connection


def _execute(cursor: sqlite3.Cursor, statement: str, parameters: Sequence[Any]) -> Any:
    cursor.execute(statement, parameters)
    rows = cursor.fetchall() if cursor.description else ()
    return rows, cursor.description, cursor.lastrowid, cursor.rowcount


def _execute_many(cursor: sqlite3.Cursor, statement: str, rows: Sequence[Sequence[Any]]) -> Any:
    cursor.executemany(statement, rows)
    return (), None, cursor.lastrowid, cursor.rowcount
