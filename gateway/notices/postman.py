"""The rounds of the postman, one for each channel: what is due is taken, sent, and written down as sent."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from gateway.i18n import Catalogue
from gateway.notices.channel import Channel, NotDelivered, Undeliverable
from gateway.notices.message import compose
from gateway.notices.store import Due, NoticeStore
from gateway.resilience.retry import Backoff
from gateway.resilience.rounds import rounds
from gateway.storage.engine import Storage

log = structlog.get_logger()

ROUND_SECONDS: Final = 1.0
TOGETHER: Final = 20
"""Notices of one channel under way at once."""
LEASE: Final = timedelta(seconds=120)
GIVE_UP_AFTER: Final = timedelta(hours=24)
DRAIN_SECONDS: Final = 5.0
"""How long what is under way at the end may go on."""


@dataclass(frozen=True, slots=True)
class _Round:
    """What goes by one channel, or by none that is open, and what of it is under way."""

    channel: str | None
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def has_room(self) -> int:
        """For how many more there is room; waits for one to end where there is none."""
        if len(self.under_way) >= TOGETHER:
            await asyncio.wait(self.under_way, return_when=asyncio.FIRST_COMPLETED)
        return TOGETHER - len(self.under_way)

    def start(self, task: asyncio.Task[None]) -> None:
        """Minds the task until it ends."""
        self.under_way.add(task)
        task.add_done_callback(self._ended)

    async def end(self, drain: float) -> None:
        """Gives what is under way so many seconds, and ends it then."""
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=drain)
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            # Nobody wrote down how it went, so it goes out again when its lease has ended.
            log.warning("notice.unsettled", channel=self.channel, error=type(problem).__name__)


class Postman:
    """Sends what is due by its channel, and no channel waits for another, nor anybody for a receiver that hangs.

    Many workers share the rounds; a notice may go out twice, never not at all.
    """

    def __init__(
        self,
        storage: Storage,
        store: NoticeStore,
        channels: Mapping[str, Channel],
        catalogue: Catalogue,
        public_url: str,
        clock: Callable[[], datetime],
        backoff: Backoff | None = None,
    ) -> None:
        self._storage = storage
        self._store = store
        self._channels = channels
        self._catalogue = catalogue
        self._public_url = public_url
        self._clock = clock
        self._backoff = backoff or Backoff(first=5.0, longest=3600.0)
        self._rounds = [_Round(name) for name in (*channels, None)]

    @asynccontextmanager
    async def walking(self, every: float = ROUND_SECONDS, drain: float = DRAIN_SECONDS) -> AsyncIterator[None]:
        """Makes his rounds while the context lasts."""
        async with AsyncExitStack() as stack:
            for channel in self._channels.values():
                stack.push_async_callback(channel.close)
            for each in self._rounds:
                stack.push_async_callback(each.end, drain)
                await stack.enter_async_context(rounds("notices", partial(self._walk, each), every))
            yield

    async def round(self) -> int:
        """Sends what is due now, so many of each channel, and waits for it; how many notices that were."""
        started = [await self._start(each) for each in self._rounds]
        await asyncio.gather(*(task for each in self._rounds for task in each.under_way))
        return sum(started)

    async def _walk(self, each: _Round) -> bool:
        return await self._start(each) > 0

    async def _start(self, each: _Round) -> int:
        lease, now, room = secrets.token_hex(8), self._clock(), await each.has_room()
        async with self._storage.writing() as connection:
            due = await self._store.claim(connection, room, lease, now + LEASE, now, *self._wanted(each))
        for notice in due:
            each.start(asyncio.create_task(self._deliver(notice, lease)))
        return len(due)

    def _wanted(self, each: _Round) -> tuple[Collection[str], bool]:
        return ((each.channel,), True) if each.channel else (self._channels, False)

    async def _deliver(self, due: Due, lease: str) -> None:
        channel, key = self._channels.get(due.notice.channel), due.notice.id
        try:
            if channel is None:
                raise NotDelivered("channel_closed")
            await channel.send(compose(self._catalogue, due.notice, self._public_url), due.target)
        except NotDelivered as problem:
            await self._failed(due, lease, problem)
            return
        except Exception as problem:  # noqa: BLE001
            # One notice that nobody can write must not keep the others waiting.
            await self._failed(due, lease, NotDelivered(type(problem).__name__))
            return
        async with self._storage.writing() as connection:
            await self._store.sent(connection, key, lease, self._clock())

    async def _failed(self, due: Due, lease: str, problem: NotDelivered) -> None:
        now, notice = self._clock(), due.notice
        over = isinstance(problem, Undeliverable) or now - notice.at > GIVE_UP_AFTER
        log.warning("notice.undelivered", channel=notice.channel, reason=str(problem), given_up=over)
        async with self._storage.writing() as connection:
            if over:
                await self._store.give_up(connection, notice.id, lease, now)
            else:
                pause = timedelta(seconds=self._backoff.pause(due.attempts - 1))
                await self._store.put_off(connection, notice.id, lease, now + pause)
