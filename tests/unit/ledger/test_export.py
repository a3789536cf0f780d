"""Promises of the export: whoever has the file and the verifier key needs nothing else of us."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import orjson
import pytest
from sqlalchemy import delete

from gateway.ledger.export import check_export, export
from gateway.ledger.note import NoteError
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_entries, ledger_head
from tests.support.ledgers import ORIGIN, OWNER, VERIFIER, entry, opened

SIZE = 1200


async def exported(storage: Storage) -> list[bytes]:
    return [line async for line in export(storage)]


async def each(lines: Sequence[bytes]) -> AsyncIterator[bytes]:
    for line in lines:
        yield line


@pytest.fixture
async def storage(storage_url: str) -> AsyncIterator[Storage]:
    """A log of 1,200 entries, more than a page."""
    async with opened(storage_url) as ledger:
        await asyncio.gather(*(ledger.seal(entry(f"r-{number}"), OWNER) for number in range(SIZE)))
    async with Storage.open(storage_url) as storage:
        yield storage


async def test_an_export_is_signed_by_its_last_line(storage: Storage) -> None:
    lines = await exported(storage)

    assert len(lines) == SIZE + 1
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    assert (await check_export(each(lines), [VERIFIER], ORIGIN)).size == SIZE


async def test_every_line_is_json_and_none_tells_a_salt(storage: Storage) -> None:
    async with storage.reading() as connection:
        salts = (await connection.scalars(ledger_entries.select().with_only_columns(ledger_entries.c.salt))).all()

    lines = await exported(storage)

    leaves = [orjson.loads(line) for line in lines[:-1]]
    assert [leaf["index"] for leaf in leaves] == list(range(SIZE))
    assert not any(salt in line or salt.hex().encode() in line for salt in salts[:3] for line in lines)


async def test_a_file_that_was_changed_is_not_believed(storage: Storage) -> None:
    lines = await exported(storage)
    forgeries = [
        lines[1:],
        lines[:-1],
        [*lines[:5], *lines[6:]],
        [lines[1], lines[0], *lines[2:]],
        [lines[0].replace(b'"ok"', b'"no"'), *lines[1:]],
        [*lines[:-1], b"{}\n"],
        [*lines[:-1], b"not JSON\n"],
        [],
    ]

    for forgery in forgeries:
        with pytest.raises(NoteError):
            await check_export(each(forgery), [VERIFIER], ORIGIN)


async def test_a_log_that_is_not_whole_is_not_exported_as_if_it_were(storage: Storage) -> None:
    async with storage.writing() as connection:
        await connection.execute(delete(ledger_entries).where(ledger_entries.c.leaf_index == 1100))
    with pytest.raises(NoteError, match="entry 1100 is missing"):
        await exported(storage)

    async with storage.writing() as connection:
        await connection.execute(delete(ledger_head))
    with pytest.raises(NoteError, match="no head"):
        await exported(storage)


async def test_an_empty_log_exports_its_signed_empty_tree(storage_url: str) -> None:
    async with opened(storage_url), Storage.open(storage_url) as storage:
        lines = await exported(storage)

    assert (await check_export(each(lines), [VERIFIER], ORIGIN)).size == 0
