"""Takes away, again and again, the attachments that nobody will send."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import structlog

from gateway.applications.attachments import AttachmentStore
from gateway.resilience.rounds import rounds
from gateway.storage.engine import Storage

log = structlog.get_logger()

ROUND_SECONDS: Final = 600.0


class Sweeper:
    """Sweeps; two workers that do it at once take away no more than one."""

    def __init__(self, storage: Storage, attachments: AttachmentStore, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._attachments = attachments
        self._clock = clock

    def sweeping(self, every: float = ROUND_SECONDS) -> AbstractAsyncContextManager[None]:
        """Sweeps while the context lasts."""
        return rounds("sweeper", self._sweep, every)

    async def sweep(self) -> int:
        """Sweeps once; how many attachments lost their contents."""
        async with self._storage.writing() as connection:
            swept = await self._attachments.sweep(connection, self._clock())
        if swept:
            log.info("attachments.swept", attachments=swept)
        return swept

    async def _sweep(self) -> bool:
        await self.sweep()
        return False
