"""Takes away, again and again, the attachments that nobody will send."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

import structlog

from gateway.applications.attachments import AttachmentStore
from gateway.errors import BawabaError
from gateway.storage.engine import Storage

log = structlog.get_logger()

ROUND_SECONDS: Final = 600.0


class Sweeper:
    """Sweeps; two workers that do it at once take away no more than one."""

    def __init__(self, storage: Storage, attachments: AttachmentStore, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._attachments = attachments
        self._clock = clock

    @asynccontextmanager
    async def sweeping(self, every: float = ROUND_SECONDS) -> AsyncIterator[None]:
        """Sweeps while the context lasts."""
        task = asyncio.create_task(self._sweep(every), name="sweeper")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def sweep(self) -> int:
        """Sweeps once; how many attachments lost their contents."""
        async with self._storage.writing() as connection:
            swept = await self._attachments.sweep(connection, self._clock())
        if swept:
            log.info("attachments.swept", attachments=swept)
        return swept

    async def _sweep(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                await self.sweep()
            except BawabaError as problem:
                log.warning("attachments.kept", reason=problem.code)
