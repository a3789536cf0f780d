"""Work that a worker does again and again beside the requests, for as long as it lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from gateway.errors import BawabaError

log = structlog.get_logger()


@asynccontextmanager
async def rounds(name: str, visit: Callable[[], Awaitable[bool]], every: float) -> AsyncIterator[None]:
    """Makes visits while the context lasts: the next at once where one says that there is more to do, else after
    ``every`` seconds.

    What is out of reach, a ``BawabaError``, is said once and visited again later; so is a fault of ours, as an error.
    """
    task = asyncio.create_task(_go_round(name, visit, every), name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_round(name: str, visit: Callable[[], Awaitable[bool]], every: float) -> None:
    resting = False
    while True:
        try:
            more = await visit()
        except BawabaError as problem:
            if not resting:
                log.warning("round.rests", round=name, reason=problem.code)
            resting, more = True, False
        except Exception as problem:  # noqa: BLE001
            # One thing that nobody can do must not end all that comes after it. Only its kind is logged.
            log.error("round.failed", round=name, error=type(problem).__name__)
            resting, more = True, False
        else:
            if resting:
                log.info("round.goes_on", round=name)
            resting = False
        if not more:
            await asyncio.sleep(every)
