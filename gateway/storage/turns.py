"""Writers of one process take turns at SQLite; those who stand in line when one is done share a commit with it.

SQLite has one writer at a time, and who finds another looks again ever more rarely: of thirty-two in one process some
were seen to wait two seconds while the others wrote on. And a commit waits for the disk, which takes longer than all
the writing of a few dozen transactions.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.storage.sqlite_driver import BEGIN_WRITING, FewVisits

MOST: Final = 32
"""Writers who share a commit; the first of them waits for the last."""


@dataclass
class _Shared:
    """A transaction on its way to its commit: ``done`` is when it is on disk, or why it is not."""

    connection: AsyncConnection
    driver: FewVisits
    ending: AsyncExitStack
    done: asyncio.Future[None]
    writers: int = 0


class Turns:
    """In the order of arrival; ``patience`` is how many seconds anybody waits, and then gets ``TimeoutError``."""

    def __init__(self, engine: AsyncEngine, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._lock = asyncio.Lock()
        self._joining = 0
        self._shared: _Shared | None = None
        self._left: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else of this process writes meanwhile."""
        async with self._turn(0):
            if self._shared:
                await self._commit(self._shared)
            yield

    @asynccontextmanager
    async def together(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of one's own within one that others may share, on disk when this returns.

        What one undoes is undone for that one alone; what cannot be committed is committed for nobody, and each hears
        of it.
        """
        async with self._turn(1):
            shared = self._shared or await self._begin()
            try:
                with shared.driver.undoing():
                    yield shared.connection
            finally:
                shared.writers += 1
                # After some failures SQLite has given up the whole transaction, and nobody may begin another in it.
                if not self._joining or shared.writers >= MOST or not shared.driver.in_transaction:
                    await asyncio.shield(self._commit(shared))
        await asyncio.shield(shared.done)

    @asynccontextmanager
    async def _turn(self, joining: int) -> AsyncIterator[None]:
        self._joining += joining
        try:
            async with asyncio.timeout(self._patience):
                await self._lock.acquire()
        finally:
            self._joining -= joining
            if self._shared and not self._joining and not self._lock.locked():
                # Whoever went before left the commit to us, and we go away.
                self._left = asyncio.create_task(self._finish())
        try:
            yield
        finally:
            self._lock.release()

    async def _begin(self) -> _Shared:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._engine.connect())
            await connection.execution_options(bawaba_begin=BEGIN_WRITING)
            await stack.enter_async_context(connection.begin())
            driver = cast("FewVisits", (await connection.get_raw_connection()).driver_connection)
            done = asyncio.get_running_loop().create_future()
            self._shared = _Shared(connection, driver, stack.pop_all(), done)
        return self._shared

    async def _commit(self, shared: _Shared) -> None:
        """Never raises: how it went is for those to hear who share it."""
        self._shared = None
        try:
            await shared.ending.aclose()
        except Exception as problem:  # noqa: BLE001 - each who waits raises it
            shared.done.set_exception(problem)
            # Nobody may be left to hear it.
            shared.done.exception()
        else:
            shared.done.set_result(None)

    async def _finish(self) -> None:
        async with self.alone():
            pass
