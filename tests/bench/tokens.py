"""How many tokens a second programs get, by kind, and what a call costs by what its token is bound to."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import psutil
import structlog

from gateway.settings import Settings
from tests.bench.contestants import ready, serving
from tests.bench.machine import LOAD, free_port, pinned
from tests.bench.token_requests import Office, Prepared, office

REQUESTS, TOGETHER, ROUNDS = 1_000, 16, 3
# A call costs little, and the system counts a process's time by hundredths of a second.
CALLS = 10_000
LIVE = 100_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run: requests a second, the median answer in ms, and the worker's time for each in µs."""

    rate: float
    p50: float
    cpu: float
    failed: int


def tokens(folder: Path) -> None:
    """Prints the table: the worker on one core, the programs on the other, everything sealed and kept in SQLite."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    config, settings = ready(folder)
    nowhere = f"http://127.0.0.1:{free_port()}"
    with serving(folder, config, settings, nowhere) as worker, pinned(LOAD):
        asyncio.run(_measure(settings, worker))


async def _measure(settings: Settings, worker: psutil.Process) -> None:
    async with office(settings) as desk, aiohttp.ClientSession(settings.server.public_url) as session:
        bench = Bench(desk, session, worker)
        print(f"\nTokens, one worker on one core, {TOGETHER} programs at once, median of {ROUNDS} runs\n")
        print(f"{'':46}{'a second':>10}{'p50 ms':>9}{'CPU µs':>9}{'failed':>8}")
        await bench.tokens()
        await bench.calls()


class Bench:
    """Asks and prints; what the programs are given goes into the next questions."""

    def __init__(self, desk: Office, session: aiohttp.ClientSession, worker: psutil.Process) -> None:
        self._desk = desk
        self._session = session
        self._worker = worker
        self._given: list[dict[str, Any]] = []

    async def tokens(self) -> None:
        """A row for each way to a token, and one for asking about one."""
        desk = self._desk
        _show("client credentials", [await self._run(desk.by_itself(REQUESTS)) for _ in range(ROUNDS)])
        _show("code, for all three tokens", [await self._run(await desk.by_code(REQUESTS)) for _ in range(ROUNDS)])
        _show("refresh", [await self._run(self._again()) for _ in range(ROUNDS)])
        began = time.perf_counter()
        await desk.fill(LIVE)
        name = f"refresh, {LIVE:,} others live ({time.perf_counter() - began:.0f} s to fill)"
        _show(name, [await self._run(self._again()) for _ in range(ROUNDS)])
        token = self._given[0]["access_token"]
        _show("introspection", [await self._run(desk.about(token, REQUESTS)) for _ in range(ROUNDS)])

    async def calls(self) -> None:
        """A call that does next to nothing but to judge its token."""
        desk = self._desk
        bearer = [await self._run(desk.as_bearer(CALLS)) for _ in range(ROUNDS)]
        bound = [await self._run(desk.as_holder(CALLS)) for _ in range(ROUNDS)]
        _show("GET /v1/me, bearer", bearer)
        _show("GET /v1/me, with DPoP", bound)
        more = median(run.cpu for run in bound) - median(run.cpu for run in bearer)
        print(f"\nA proof by DPoP costs a call {more:,.0f} µs more: its signature, and the write that it came once.\n")

    def _again(self) -> Sequence[Prepared]:
        return self._desk.by_refreshing([each["refresh_token"] for each in self._given])

    async def _run(self, prepared: Sequence[Prepared]) -> Run:
        """Sends them all; the answers are what was given last."""
        queue, took, given = iter(prepared), [], []
        before, began = self._worker.cpu_times(), time.perf_counter()

        async def program() -> None:
            for each in queue:
                sent = time.perf_counter()
                async with self._session.request(each.method, each.path, headers=each.headers, data=each.body) as told:
                    document = await told.json(content_type=None)
                took.append((time.perf_counter() - sent) * 1000)
                if told.status == 200:
                    given.append(document)

        await asyncio.gather(*(program() for _ in range(TOGETHER)))
        lasted, after = time.perf_counter() - began, self._worker.cpu_times()
        self._given = given
        spent = (after.user + after.system - before.user - before.system) / len(prepared) * 1e6
        return Run(len(given) / lasted, median(took), spent, len(prepared) - len(given))


def _show(name: str, runs: Sequence[Run]) -> None:
    """The median of each figure, and the sum of what failed."""
    rate, p50, cpu = (median(getattr(run, figure) for run in runs) for figure in ("rate", "p50", "cpu"))
    print(f"{name:46}{rate:>10,.0f}{p50:>9.1f}{cpu:>9,.0f}{sum(run.failed for run in runs):>8}")
