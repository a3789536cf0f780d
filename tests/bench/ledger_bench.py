"""Entries sealed a second on one core, on SQLite and on PostgreSQL: `python tests/bench/ledger_bench.py`."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import uvloop  # noqa: E402 - the checkout has to be found first

from gateway.ledger.ledger import Ledger  # noqa: E402
from gateway.ledger.verify import verify  # noqa: E402
from gateway.storage.engine import Storage  # noqa: E402
from gateway.storage.schema import upgrade  # noqa: E402
from tests.support.ledgers import KEYS, ORIGIN, OWNER, VERIFIER, entry  # noqa: E402
from tests.support.postgresql import PostgresqlServer  # noqa: E402

CALLERS = (1, 32, 256, 1024)
SECONDS = 3.0


@dataclass(frozen=True)
class Figures:
    """What one number of callers got."""

    callers: int
    entries: int
    seconds: float
    cpu: float
    waits: Sequence[float]

    def row(self) -> str:
        waits = sorted(self.waits)
        p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
        rate, cost = self.entries / self.seconds, self.cpu / self.entries * 1e6
        return f"{self.callers:>8} {rate:>12,.0f} {p50:>9.2f} {p99:>9.2f} {cost:>9.1f}"


async def _measure(ledger: Ledger, callers: int) -> Figures:
    """Each caller seals one entry after another, as requests on kept connections do."""
    waits: list[float] = []
    clock = time.perf_counter
    began, cpu = clock(), time.process_time()
    end = began + SECONDS

    async def caller(number: int) -> None:
        while (start := clock()) < end:
            await ledger.seal(entry(f"request-{number}"), OWNER)
            waits.append(clock() - start)

    await asyncio.gather(*(caller(number) for number in range(callers)))
    return Figures(callers, len(waits), clock() - began, time.process_time() - cpu, waits)


async def _bench(name: str, url: str) -> None:
    await upgrade(url)
    print(f"\n{name}\n callers    entries/s    p50 ms    p99 ms    CPU µs")
    async with Storage.open(url) as storage:
        async with Ledger.open(storage, KEYS, ORIGIN) as ledger:
            for callers in CALLERS:
                print((await _measure(ledger, callers)).row(), flush=True)
        began = time.perf_counter()
        report = await verify(storage, [VERIFIER])
        took = time.perf_counter() - began
        print(f"verified {report.entries:,} entries, {report.entries / took:,.0f} a second, ok: {report.ok}")


def main() -> None:
    """Runs both databases, with this process on one core."""
    with ExitStack() as stack:
        server = stack.enter_context(PostgresqlServer.running())
        server.create("bench")
        folder = Path(tempfile.mkdtemp(prefix="ledger", dir=ROOT / "var" if (ROOT / "var").is_dir() else None))
        stack.callback(shutil.rmtree, folder)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        uvloop.run(_bench("SQLite", f"sqlite+aiosqlite:///{folder}/ledger.db"))
        uvloop.run(_bench("PostgreSQL", server.url("bench")))


if __name__ == "__main__":
    main()
