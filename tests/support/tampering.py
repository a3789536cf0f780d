"""A log to tamper with, and what a verification tells of it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Executable, select

from gateway.ledger.batch import Row
from gateway.ledger.report import FindingKind, Report
from gateway.ledger.verify import verify
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_entries
from tests.support.ledgers import OWNER, VERIFIER, entry, opened

BATCH, BATCHES = 120, 5
SIZE = BATCH * BATCHES
Told = list[tuple[FindingKind, int, int]]


async def write_log(url: str) -> None:
    """A log of 600 entries in five batches."""
    async with opened(url) as ledger:
        for batch in range(BATCHES):
            calls = (ledger.seal(entry(f"request-{batch}-{number}"), OWNER) for number in range(BATCH))
            await asyncio.gather(*calls)


async def change(storage: Storage, *statements: Executable) -> None:
    async with storage.writing() as connection:
        for statement in statements:
            await connection.execute(statement)


async def row_at(storage: Storage, index: int) -> Row:
    async with storage.reading() as connection:
        found = await connection.execute(select(ledger_entries).where(at(index)))
        return Row(**found.one()._asdict())


def edited(body: bytes, **changes: Any) -> bytes:
    """The leaf with other facts in its entry."""
    leaf = orjson.loads(body)
    leaf["entry"] |= changes
    return orjson.dumps(leaf)


def at(index: int) -> ColumnElement[bool]:
    return ledger_entries.c.leaf_index == index


def told(report: Report) -> Told:
    return [(finding.kind, finding.first, finding.last) for finding in report.findings]


async def judged(storage: Storage, *, known: Sequence[str] = ()) -> Told:
    return told(await verify(storage, [VERIFIER], known=known))
