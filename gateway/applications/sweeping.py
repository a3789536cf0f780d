"""Takes away, again and again, what nobody will send: attachments that were left, and drafts that have ended."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.applications.attachments import AttachmentStore
from gateway.applications.drafts import TOGETHER, end_drafts
from gateway.resilience.rounds import rounds
from gateway.storage.engine import Storage

log = structlog.get_logger()

ROUND_SECONDS: Final = 600.0


class Sweeper:
    """Sweeps; two workers that do it at once take away no more than one. ``drafts`` is how long one is kept."""

    def __init__(
        self, storage: Storage, attachments: AttachmentStore, drafts: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self._attachments = attachments
        self._drafts = drafts
        self._clock = clock

    def sweeping(self, every: float = ROUND_SECONDS) -> AbstractAsyncContextManager[None]:
        """Sweeps while the context lasts."""
        return rounds("sweeper", self._sweep, every)

    async def sweep(self) -> int:
        """Sweeps attachments once; how many lost their contents."""
        async with self._storage.writing() as connection:
            swept = await self._attachments.sweep(connection, self._clock())
        if swept:
            log.info("attachments.swept", attachments=swept)
        return swept

    async def end_drafts(self) -> int:
        """Takes away some of the drafts that have ended; how many."""
        async with self._storage.writing() as connection:
            ended = await end_drafts(connection, self._attachments, self._drafts, self._clock())
        if ended:
            log.info("drafts.ended", drafts=ended)
        return ended

    async def _sweep(self) -> bool:
        await self.sweep()
        return await self.end_drafts() == TOGETHER
