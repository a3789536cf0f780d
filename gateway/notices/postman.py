"""The round of the postman: what is due is taken, sent, and written down as sent."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
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
LEASE: Final = timedelta(seconds=120)
GIVE_UP_AFTER: Final = timedelta(hours=24)


class Postman:
    """Sends what is due by its channel. Many workers share the round; a notice may go out twice, never not at all."""

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

    @asynccontextmanager
    async def walking(self, every: float = ROUND_SECONDS) -> AsyncIterator[None]:
        """Makes his rounds while the context lasts."""
        try:
            async with rounds("notices", self._walk, every):
                yield
        finally:
            for channel in self._channels.values():
                await channel.close()

    async def round(self) -> int:
        """Sends what is due now; how many notices that were."""
        lease, now = secrets.token_hex(8), self._clock()
        async with self._storage.writing() as connection:
            due = await self._store.claim(connection, TOGETHER, lease, now + LEASE, now)
        await asyncio.gather(*(self._deliver(each, lease) for each in due))
        return len(due)

    async def _walk(self) -> bool:
        return await self.round() == TOGETHER

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
