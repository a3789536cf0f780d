"""A bulkhead: one system can use only its own share of us, however slow it is."""

import asyncio
from collections import deque

from gateway.errors import BackendLate
from gateway.resilience.deadline import Deadline


class BulkheadFull(Exception):
    """All places are taken, and so is the queue."""


class Bulkhead:
    """At most ``concurrent`` inside and ``queue`` waiting, first come, first served.

    Whoever has entered leaves, whatever happened inside.
    """

    def __init__(self, concurrent: int, queue: int) -> None:
        if concurrent < 1 or queue < 0:
            raise ValueError("a bulkhead has one place or more, and no fewer than none to wait in")
        self._concurrent = concurrent
        self._queue = queue
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def inside(self) -> int:
        """How many are inside."""
        return self._inside

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    async def enter(self, deadline: Deadline) -> None:
        """Takes a place; raises ``BulkheadFull`` at once, or ``BackendLate`` when none is free by the deadline."""
        # While anybody waits every place is taken: it is handed on, never given back.
        if self._inside < self._concurrent:
            self._inside += 1
            return
        if len(self._waiting) >= self._queue:
            raise BulkheadFull
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(deadline.check()):
                await place
        except TimeoutError as problem:
            self._give_up(place)
            raise BackendLate from problem
        except BaseException:
            self._give_up(place)
            raise

    def leave(self) -> None:
        """Gives the place to the first in the queue, or back."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._inside -= 1

    def _give_up(self, place: asyncio.Future[None]) -> None:
        """Whoever stops waiting hands on the place, if it was given in the same moment."""
        if place.done() and not place.cancelled():
            self.leave()
        elif place in self._waiting:
            self._waiting.remove(place)
