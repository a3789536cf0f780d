"""Killed between any two statements, the gateway loses no application that it acknowledged and makes none twice."""

import json
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from gateway.ledger.verify import verify
from gateway.sdk.sandbox import Sandbox
from gateway.storage.application_tables import application_events, application_messages, applications
from gateway.storage.engine import Storage
from tests.support.house import ROOT
from tests.support.ledgers import VERIFIER
from tests.support.office import PACE, Clock, stand_in

A_WHILE = 600.0
"""Longer than any lease or pause, in seconds by the clock that the test moves."""
SHARES = 4
"""Every fourth statement is one test's, so that several processes share the work."""


@dataclass
class Doomed:
    """The process that forks workers which are killed, beside the stand-in that goes on."""

    process: Process
    sandbox: Sandbox
    order: dict[str, object]
    clock: Clock
    said: list[str] = field(default_factory=list)

    async def run(self, run: str, at: int | None = None) -> int:
        """Lives one life, killed before its ``at``-th statement; how it ended."""
        assert self.process.stdin
        assert self.process.stdout
        order = {**self.order, "now": self.clock().isoformat(), "run": run, "at": at}
        self.process.stdin.write(f"{json.dumps(order)}\n".encode())
        while line := (await self.process.stdout.readline()).decode().strip():
            if line == "tick":
                self.clock.advance(PACE)
                self.process.stdin.write(b"on\n")
            elif line.startswith("ended "):
                return int(line.split()[1])
            else:
                self.said.append(line)
        raise AssertionError("the parent ended")


@asynccontextmanager
async def doomed(database: str) -> AsyncIterator[Doomed]:
    clock = Clock()
    async with stand_in(clock) as (sandbox, url, secrets):
        sandbox.desk.orders = type(sandbox.desk.orders)(course="ask", pace=PACE, telling="never")
        process = await create_subprocess_exec(
            sys.executable, "-m", "tests.support.doomed", cwd=ROOT, stdin=PIPE, stdout=PIPE
        )
        try:
            yield Doomed(process, sandbox, {"database": database, "url": url, "secrets": dict(secrets)}, clock)
        finally:
            process.kill()
            await process.wait()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(1, SHARES + 1))
async def test_killed_at_each_statement_every_acknowledged_application_is_delivered_once(
    storage_url: str, first: int
) -> None:
    async with doomed(storage_url) as here:
        place, code = first - SHARES, -9
        while code == -9:
            place += SHARES
            code = await here.run("apply", place)
            here.clock.advance(A_WHILE)
            assert await here.run("recover") == 0
            here.clock.advance(A_WHILE)

        assert code == 0
        # Sealing, taking in, claiming, delivering, asking and acting, each of several statements.
        assert place > 60
        await _all_is_well(storage_url, here)


async def _all_is_well(database: str, here: Doomed) -> None:
    """What was acknowledged is there, at its end, and once in the books; so is whatever else was written."""
    taken = {line.split()[1] for line in here.said if line.startswith("taken ")}
    books = {each["reference"]: each for each in here.sandbox.desk.books()}
    async with Storage.open(database) as storage:
        async with storage.reading() as connection:
            rows = (await connection.execute(select(applications))).all()
            events = (await connection.execute(select(application_events))).all()
            left = (await connection.execute(select(application_messages))).all()
        report = await verify(storage, [VERIFIER])

    assert taken <= {row.application_id for row in rows}
    assert {row.wire_reference for row in rows} == set(books)
    assert len(books) == len(here.sandbox.desk.books())
    assert {row.status for row in rows} == {"approved"}
    assert {each["actions"] for each in books.values()} == {1}
    assert left == []
    for row in rows:
        own = sorted((each.number, each.status) for each in events if each.application_id == row.application_id)
        assert [number for number, _ in own] == list(range(1, len(own) + 1))
        assert own[-1][1] == "approved"
        assert [status for _, status in own].count("approved") == 1
    assert report.ok, report.findings
