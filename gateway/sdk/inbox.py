"""Where answers that come later are waited for."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.errors import BackendBusy, BackendLate
from gateway.resilience.deadline import Deadline

REFERENCE_BYTES = 16
MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Callback:
    """What a national system delivered, unverified; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """What a national system told us by itself, its sender proved.

    ``reference`` is the application's own (``Order.reference``). ``delivery`` is unique to what was sent: a second
    one of the same is a repetition. ``sent_at`` is the sender's signed time. ``answer`` is for ``normalise``.
    """

    reference: str
    delivery: str
    sent_at: datetime
    answer: Any


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer that is expected. ``url`` is unguessable and good for one delivery."""

    url: str
    reference: str
    _future: asyncio.Future[Callback]

    async def answer(self, deadline: Deadline) -> Callback:
        """The delivery; raises ``BackendLate`` when it has not come by the deadline."""
        try:
            async with asyncio.timeout(deadline.check()):
                return await self._future
        except TimeoutError as problem:
            raise BackendLate from problem


class Inbox:
    """The callbacks that this worker waits for, by reference; ``base`` is the address of its own callback door."""

    def __init__(self, base: str, room: str = "", most: int = MOST_WAITING) -> None:
        self._base = base.rstrip("/")
        self._most = most
        self._room = room
        self._waiting: dict[str, asyncio.Future[Callback]] = {}

    def of(self, room: str) -> "Inbox":
        """The same inbox as one room sees it: its references cannot be delivered to by another room's."""
        inbox = Inbox(self._base, room, self._most)
        inbox._waiting = self._waiting
        return inbox

    @asynccontextmanager
    async def expect(self) -> AsyncIterator[Waiting]:
        """Expects one delivery for as long as the context lasts; raises ``BackendBusy`` when too many are."""
        if len(self._waiting) >= self._most:
            raise BackendBusy
        reference = f"{self._room}/{secrets.token_urlsafe(REFERENCE_BYTES)}"
        future: asyncio.Future[Callback] = asyncio.get_running_loop().create_future()
        self._waiting[reference] = future
        try:
            yield Waiting(f"{self._base}/callbacks/{reference}", reference, future)
        finally:
            self._waiting.pop(reference, None)
            future.cancel()

    def deliver(self, reference: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Hands a delivery to whoever waits; ``False`` when nobody does, or it was delivered already."""
        future = self._waiting.pop(reference, None)
        if future is None or future.done():
            return False
        future.set_result(Callback({name.lower(): value for name, value in headers.items()}, body))
        return True

    def __len__(self) -> int:
        return len(self._waiting)
