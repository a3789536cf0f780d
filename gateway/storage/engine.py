"""The one database, SQLite or PostgreSQL, opened by its URL."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.errors import ConfigurationError, Unavailable
from gateway.storage.sqlite_driver import connect
from gateway.storage.turns import Turns

Dialect = Literal["sqlite", "postgresql"]
_DRIVERS: dict[str, Dialect] = {"sqlite+aiosqlite": "sqlite", "postgresql+asyncpg": "postgresql"}

# Locked, read-only, failing or full, by SQLite's primary result codes.
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
# SQLSTATE: connection, resources, operator intervention, system; a read-only stand-by, a session or lock too long idle.
_POSTGRESQL_OUTAGES = ("08", "53", "57", "58", "25006", "25P03", "55P03")


_USED_AT = "bawaba_used_at"


MOST_OF_SQLITE = 10
"""Connections to a file: each has a thread and pages of its own, and more of them do not write any faster."""


class StorageDown(Unavailable):
    """The database cannot be reached, is locked by another for too long, or cannot write."""


class Storage:
    """The engine and the ways to use it; ``patience`` is how many seconds it waits for a lock or a connection, of which
    it opens ``connections`` at most.

    A connection to PostgreSQL that was not used for ``idle`` seconds is asked whether it is still there.
    """

    def __init__(self, url: URL, patience: float, connections: int, idle: float) -> None:
        self.url = url
        self.dialect: Dialect = _DRIVERS[url.drivername]
        self.patience = patience
        self.engine: AsyncEngine = _engine(url, patience, connections, idle)
        self._turns = Turns(self.engine, patience) if self.dialect == "sqlite" else None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, patience: float = 5.0, connections: int = 10, idle: float = 5.0
    ) -> AsyncIterator[Self]:
        """Opens the database for as long as the context lasts; connects at first use.

        Raises ``ConfigurationError`` when the URL is of neither database.
        """
        storage = cls(parse_url(url), patience, connections, idle)
        try:
            yield storage
        finally:
            await storage.engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot, in which every read sees the same state; raises ``StorageDown``."""
        async with _translated(), self.engine.connect() as connection:
            await connection.execution_options(**self._snapshot())
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        """For one statement that reads: it sees one state by itself, and no transaction is begun for it.

        Raises ``StorageDown``.
        """
        alone = {"bawaba_begin": ""} if self.dialect == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        async with _translated(), self.engine.connect() as connection:
            await connection.execution_options(**alone)
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, durable when it ends without an exception; raises ``StorageDown``."""
        async with _translated(), self._turns.together() if self._turns else self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def writing_alone(self) -> AsyncIterator[None]:
        """For whoever writes by a connection of its own; raises ``StorageDown``."""
        async with _translated(), self._turns.alone() if self._turns else nullcontext():
            yield

    async def answers(self) -> bool:
        """Whether the database answers a question now."""
        try:
            async with self.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except StorageDown:
            return False
        return True

    def _snapshot(self) -> dict[str, Any]:
        # A read transaction of SQLite is a snapshot as it is.
        if self.dialect == "sqlite":
            return {}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def parse_url(url: str) -> URL:
    """The URL, read; raises ``ConfigurationError`` unless it names one of the two databases, on disk."""
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise ConfigurationError(field="storage.url", problem="is not a database URL") from problem
    if parsed.drivername not in _DRIVERS:
        wanted = " or ".join(f"{driver}://" for driver in _DRIVERS)
        raise ConfigurationError(field="storage.url", problem=f"must begin with {wanted}")
    if parsed.drivername == "sqlite+aiosqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError(field="storage.url", problem="must name a file: what is in memory is lost")
    return parsed


def connect_sqlite(url: URL, patience: float) -> sqlite3.Connection:
    """A plain connection that may be used from another thread, as durable as the pool's own."""
    connection = sqlite3.connect(str(url.database), timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        prepare_sqlite(connection, patience)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare_sqlite(connection: Any, patience: float) -> None:
    """Write-ahead log, so that readers and the writer do not wait for each other, with every commit on disk."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
    cursor.execute("PRAGMA journal_mode")
    if cursor.fetchone() != ("wal",):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _engine(url: URL, patience: float, connections: int, idle: float) -> AsyncEngine:
    # All are kept: one that is closed after its use takes what it has prepared along, and the next is made anew.
    settings: dict[str, Any] = {"pool_size": connections, "max_overflow": 0, "pool_timeout": patience}
    if url.drivername == "sqlite+aiosqlite":
        settings["pool_size"] = min(connections, MOST_OF_SQLITE)
        engine = create_async_engine(url, connect_args={"async_creator_fn": connect}, **settings)
        _tune_sqlite(engine, Path(str(url.database)), patience)
        return engine
    milliseconds = str(round(patience * 1000))
    engine = create_async_engine(
        url,
        connect_args={
            "timeout": patience,
            "command_timeout": patience * 2,
            # A holder that stopped in the middle must not hold everybody for ever.
            "server_settings": {"lock_timeout": milliseconds, "idle_in_transaction_session_timeout": milliseconds},
        },
        **settings,
    )
    _watch_postgresql(engine, idle)
    return engine


def _watch_postgresql(engine: AsyncEngine, idle: float) -> None:
    """Replaces broken connections before anybody uses them.

    One that the server has ended is known to be so without asking; only one that was idle for a while is asked, as it
    may be broken unseen. To ask each time takes three round trips, more than most of what it is for.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def given_back(_connection: Any, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: Any, record: Any, _proxy: object) -> None:
        now = time.monotonic()
        # One that was made just now was never given back.
        asked = now - record.info.get(_USED_AT, now + idle) >= idle
        try:
            sound = not connection.driver_connection.is_closed() and (not asked or engine.dialect.do_ping(connection))
        except (engine.dialect.loaded_dbapi.Error, OSError, TimeoutError) as problem:
            raise InvalidatePoolError from problem
        if not sound:
            # The pool makes another in its place, and takes all that are as old for broken too.
            raise InvalidatePoolError


def _tune_sqlite(engine: AsyncEngine, path: Path, patience: float) -> None:
    """The driver's own transactions begin too late to be snapshots, so we begin them ourselves."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def connecting(*_: object) -> None:
        # The driver leaves a thread behind when it cannot open the file.
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent}")

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        prepare_sqlite(connection, patience)

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Any) -> None:
        if statement := connection.get_execution_options().get("bawaba_begin", "BEGIN"):
            connection.exec_driver_sql(statement)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (PoolTimeout, OSError, TimeoutError) as problem:
        raise StorageDown from problem
    except DBAPIError as problem:
        if is_outage(problem):
            raise StorageDown from problem
        raise


def is_outage(problem: DBAPIError) -> bool:
    """Whether the database was out of reach, as opposed to having refused a statement."""
    code = getattr(problem.orig, "sqlite_errorcode", None)
    if code is not None:
        return int(code) & 0xFF in _SQLITE_OUTAGES
    state = getattr(problem.orig, "sqlstate", None)
    if state is None:
        return problem.connection_invalidated or isinstance(problem, InterfaceError)
    return str(state).startswith(_POSTGRESQL_OUTAGES)
