"""Two workers on one database, of whom the second comes in before a given statement of the first.

PostgreSQL lets writers run side by side, so what stands between reading and writing is tried out at every statement,
one after the other, instead of waiting for luck.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.engine import Storage

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


class Interrupted:
    """A storage before whose writing statement number ``at``, from 0, another worker does ``meanwhile``.

    The other one goes on until it is done, or waits for a lock that this one holds; ``others`` then says what came
    of it. ``happened`` says whether there was a statement of that number.
    """

    def __init__(self, storage: Storage, at: int, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._storage = storage
        self._at = at
        self._meanwhile = meanwhile
        self._statements = 0
        self._task: asyncio.Future[object] | None = None

    @property
    def happened(self) -> bool:
        return self._task is not None

    async def others(self) -> object:
        """What the other worker came to: its result, or its error."""
        assert self._task is not None
        return (await asyncio.gather(self._task, return_exceptions=True))[0]

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._storage.reading()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._storage.writing() as connection:
            yield cast(AsyncConnection, _Connection(connection, self._before))

    async def _before(self) -> None:
        if self._statements == self._at:
            self._task = asyncio.ensure_future(self._meanwhile())
            while not self._task.done() and not await self._somebody_waits():
                await asyncio.wait([self._task], timeout=0.005)
        self._statements += 1

    async def _somebody_waits(self) -> bool:
        async with self._storage.reading() as connection:
            return bool((await connection.execute(_WAITING)).scalar_one())


class _Connection:
    def __init__(self, connection: AsyncConnection, before: Callable[[], Awaitable[None]]) -> None:
        self._connection = connection
        self._before = before

    async def execute(self, statement: Any) -> Any:
        await self._before()
        return await self._connection.execute(statement)
