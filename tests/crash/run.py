"""A crash after another while applications come in; then every one that was acknowledged is looked for."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Row, func, select

from gateway.app import ledger_verifiers
from gateway.kit.beside import sandbox_class
from gateway.ledger.verify import verify
from gateway.schema.application import ApplicationStatus
from gateway.sdk.sandbox import Orders, Sandbox
from gateway.storage.application_tables import application_messages, applications
from gateway.storage.engine import Storage
from gateway.storage.schema import upgrade
from tests.crash.gateway import Applicants, prepared
from tests.support.house import ROOT

AT_ONCE = 8
"""How many people apply at the same time."""
LONGEST_LIFE = 0.6
"""Seconds that the gateway is let live at most, once it serves."""
PATIENCE = 180.0


@dataclass(frozen=True)
class Report:
    """What was seen: ``tries`` counts every request, ``cut`` those that were under way when the gateway was killed,
    ``repeated`` the applications that the state was sent more than once."""

    kills: int
    accepted: int
    tries: int
    cut: int
    repeated: int


async def crash(folder: Path, kills: int, submissions: int, database: str | None = None, seed: int = 2026) -> Report:
    """Kills the gateway so often, at random, while so many submissions come in; raises ``AssertionError`` where one
    that was acknowledged was not delivered exactly once."""
    victim, mint = prepared(folder, database)
    await upgrade(victim.settings.storage.url)
    dice = random.Random(seed)
    wiring = victim.settings.rooms["example"]
    kind = sandbox_class(ROOT / "adapters", "example")
    sandbox = kind(secrets=wiring.secrets)
    sandbox.desk.orders = Orders(pace=0.5, telling="once")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sandbox.running(int(wiring.endpoints["main"].rpartition(":")[2])))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        applicants = Applicants(victim.settings.server.public_url, mint, submissions)
        stack.push_async_callback(victim.stop)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(applicants.one(session))
            for kill in range(kills):
                await victim.start()
                await applicants.allow(submissions * (kill + 1) // kills - submissions * kill // kills)
                # Most kills come soon, while people wait for their answers; the others find it delivering.
                await asyncio.sleep(LONGEST_LIFE * dice.random() ** 3)
                await victim.kill()
            await victim.start()
        async with Storage.open(victim.settings.storage.url) as storage:
            await _until_all_have_ended(storage)
            await victim.stop()
            await _check(storage, sandbox, applicants)
            report = await verify(storage, ledger_verifiers(victim.settings))
            assert report.ok, report.findings
    repeated = sum(int(str(each["submissions"])) > 1 for each in sandbox.desk.books())
    return Report(kills, len(applicants.accepted), applicants.tries, applicants.cut, repeated)


async def _until_all_have_ended(storage: Storage) -> None:
    ends = [status.value for status in ApplicationStatus if status.final]
    open_ones = select(func.count()).select_from(applications).where(applications.c.status.not_in(ends))
    waiting = select(func.count()).select_from(application_messages)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with storage.reading() as connection:
                left = [(await connection.execute(each)).scalar_one() for each in (open_ones, waiting)]
            if not any(left):
                return
            await asyncio.sleep(0.2)


async def _check(storage: Storage, sandbox: Sandbox, applicants: Applicants) -> None:
    async with storage.reading() as connection:
        rows: Sequence[Row[Any]] = (await connection.execute(select(applications))).all()
    books = Counter(str(each["reference"]) for each in sandbox.desk.books())
    by_id = {row.application_id: row for row in rows}

    assert len(applicants.accepted) == applicants.wanted
    assert len(set(applicants.accepted.values())) == applicants.wanted, "two keys were given one application"
    missing = [key for key in applicants.accepted.values() if key not in by_id]
    assert missing == [], f"{len(missing)} that were acknowledged are lost"
    assert len(rows) == applicants.wanted, "a repeated key made a second application"
    delivered = Counter(books[row.wire_reference] for row in rows)
    assert delivered == {1: applicants.wanted}, delivered
    assert set(books) == {row.wire_reference for row in rows}
    assert {row.status for row in rows} == {"approved"}
