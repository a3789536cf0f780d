"""A bulkhead: one system can use only its own share of us, however slow it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BulkheadFull(Exception):
    """All places are taken and the queue is full."""


class Bulkhead:
    """At most ``concurrent`` inside, at most ``queue`` waiting for a place."""

    def __init__(self, concurrent: int, queue: int) -> None:
        self._places = asyncio.Semaphore(concurrent)
        self._queue = queue
        self._waiting = 0
        self.inside = 0

    @asynccontextmanager
    async def place(self, seconds: float) -> AsyncIterator[None]:
        """A place for as long as the context lasts.

        Raises ``BulkheadFull`` at once when the queue is full, ``TimeoutError`` after ``seconds`` in it.
        """
        if self._places.locked():
            await self._queue_up(seconds)
        else:
            await self._places.acquire()
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
            self._places.release()

    async def _queue_up(self, seconds: float) -> None:
        if self._waiting >= self._queue:
            raise BulkheadFull
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        finally:
            self._waiting -= 1
