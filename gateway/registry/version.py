"""One version of an adapter as a worker holds it: built at first use, kept while it is asked, closed after its last."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Final

import structlog

from gateway.errors import BackendDown, BawabaError
from gateway.registry.rooms import Room

log = structlog.get_logger()

KEPT: Final = 200
"""Of how many calls, the newest, it is known how they went."""


class Tally:
    """How the newest calls to a version went; times in seconds."""

    def __init__(self) -> None:
        self._calls: deque[tuple[bool, float]] = deque(maxlen=KEPT)

    def add(self, failed: bool, seconds: float) -> None:
        """One more call."""
        self._calls.append((failed, seconds))

    @property
    def calls(self) -> int:
        """How many calls are known, ``KEPT`` at most."""
        return len(self._calls)

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return sum(failed for failed, _ in self._calls)

    def slowest_tenth(self) -> float | None:
        """The time that nine of ten calls that did not fail kept below; ``None`` where there was none."""
        times = sorted(seconds for failed, seconds in self._calls if not failed)
        return times[min(len(times) - 1, len(times) * 9 // 10)] if times else None


class Version:
    """A version in service.

    ``services`` maybe more than the room gives: what it lists only. ``async with version`` keeps its connections open
    for a call; one that was retired is closed when the last call to it has ended, so none is lost.
    """

    def __init__(self, label: str, services: Collection[str], build: Callable[[], Room]) -> None:
        self.label = label
        self.services = frozenset(services)
        self.tally = Tally()
        self._build = build
        self._room: Room | None = None
        self._opened = self._retired = False
        self._uses = 0
        self._opening = asyncio.Lock()

    @classmethod
    def of(cls, room: Room) -> "Version":
        """The version that a folder holds, whose room is built and opened by whoever starts the worker."""
        version = cls(room.plate.label, {*room.adapters, *room.procedures}, lambda: room)
        version._room, version._opened = room, True
        return version

    @property
    def built(self) -> Room | None:
        """The room, where it was built already."""
        return self._room

    def room(self) -> Room:
        """The room, built if it was not; raises ``BackendDown`` where it cannot be."""
        if self._room is None:
            try:
                self._room = self._build()
            except (BawabaError, ValueError) as problem:
                field = getattr(problem, "field", None)
                log.error("adapter.broken", adapter=self.label, error=type(problem).__name__, field=field)
                raise BackendDown("adapter_broken") from problem
        return self._room

    async def rest(self) -> bool:
        """Lets the room go until it is asked again; ``False`` where a call is under way."""
        if self._uses:
            return False
        self._opened = False
        await self._close()
        return True

    async def retire(self) -> None:
        """Takes no new call, and closes when there is none left."""
        self._retired = True
        if not self._uses:
            await self._close()

    async def __aenter__(self) -> None:
        self._uses += 1
        try:
            # One opens it while the others wait; where that fails, the next call tries again.
            async with self._opening:
                if not self._opened:
                    await self.room().system.open()
                    self._opened = True
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._uses -= 1
        if self._retired and not self._uses:
            await self._close()

    async def _close(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            await close_room(room)


async def close_room(room: Room) -> None:
    """Ends what the room runs, and the connections of its gates."""
    await room.system.close()
    for gate in room.system.connection.gates.values():
        await gate.close()
