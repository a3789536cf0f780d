"""A lane for each state, in which what is due is done, so many at once: no state waits behind another."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import structlog

from gateway.errors import Unavailable
from gateway.schema.country import Country

log = structlog.get_logger()
JobT = TypeVar("JobT")


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """``slots`` is how many jobs of one state are done at once, ``poll_seconds`` how long nothing is looked at
    unless woken, ``drain_seconds`` how long those under way may go on after a stop."""

    slots: int = 4
    poll_seconds: float = 1.0
    drain_seconds: float = 10.0


class Lanes(Generic[JobT]):
    """Claims and does jobs until it is stopped.

    ``next_due`` says when the earliest job of each state is due, ``claim`` takes jobs of one state that are due, at
    most so many, and ``work`` does one. All may raise ``Unavailable``: the lanes rest and go on.
    """

    def __init__(
        self,
        name: str,
        limits: LaneLimits,
        clock: Callable[[], datetime],
        next_due: Callable[[], Awaitable[Mapping[Country, datetime]]],
        claim: Callable[[Country, int], Awaitable[Sequence[JobT]]],
        work: Callable[[JobT], Awaitable[None]],
    ) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._next_due = next_due
        self._claim = claim
        self._work = work
        self._woken = asyncio.Event()
        self._busy: Counter[Country] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting = False

    def wake(self) -> None:
        """Looks at once whether anything is due."""
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs for as long as the context lasts; what is under way at its end has a while to finish."""
        runner = asyncio.create_task(self._run(), name=f"{self._name}-lanes")
        try:
            yield
        finally:
            runner.cancel()
            with suppress(asyncio.CancelledError):
                await runner
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=self._limits.drain_seconds)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def once(self) -> int:
        """Does all that is due now, one round after another, and waits for it; how many jobs that were."""
        done = 0
        while started := (await self._round())[0]:
            await asyncio.gather(*self._tasks)
            done += started
        return done

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                pause = (await self._round())[1]
                self._say_resting(False)
            except Unavailable:
                pause = self._limits.poll_seconds
                self._say_resting(True)
            except Exception as problem:  # noqa: BLE001 - whatever it was, the lanes must not stand still for ever
                pause = self._limits.poll_seconds
                log.error("lane.stumbled", lane=self._name, error=type(problem).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _round(self) -> tuple[int, float]:
        """Starts what is due and fits; how many jobs that were, and after how many seconds to look again."""
        started, pause = 0, self._limits.poll_seconds
        for country, due in (await self._next_due()).items():
            ahead = (due - self._clock()).total_seconds()
            if ahead > 0:
                pause = min(pause, ahead)
                continue
            free = self._limits.slots - self._busy[country]
            # Half the lane at a time: one claim is one transaction, however many it takes.
            if free < max(1, self._limits.slots // 2):
                continue
            for job in await self._claim(country, free):
                self._start(country, job)
                started += 1
        return started, pause

    def _start(self, country: Country, job: JobT) -> None:
        self._busy[country] += 1
        task = asyncio.create_task(self._do(job))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(country, done))

    async def _do(self, job: JobT) -> None:
        await self._work(job)

    def _ended(self, country: Country, task: asyncio.Task[None]) -> None:
        self._busy[country] -= 1
        self._tasks.discard(task)
        self._woken.set()
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Unavailable):
            self._say_resting(True)
        elif problem is not None:
            # What the job holds is released when its lease ends, and it is tried again.
            log.error("lane.stumbled", lane=self._name, country=country.value, error=type(problem).__name__)

    def _say_resting(self, resting: bool) -> None:
        """Says once that it rests, and once that it goes on."""
        if resting != self._resting:
            self._resting = resting
            log.warning("lane.rests" if resting else "lane.goes_on", lane=self._name)
