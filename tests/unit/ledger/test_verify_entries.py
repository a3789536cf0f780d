"""Promises of verification: whatever is done to an entry, that entry is named."""

import asyncio

import pytest
from sqlalchemy import delete, insert, select, update

from gateway.ledger.batch import Row
from gateway.ledger.merkle import chunks, leaf_hash
from gateway.ledger.verify import verify
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_checkpoints, ledger_entries
from tests.support.ledgers import ORIGIN, OWNER, VERIFIER, entry, opened
from tests.support.tampering import BATCHES, SIZE, at, change, edited, judged, row_at, told


async def test_an_untouched_log_is_whole(written: Storage) -> None:
    report = await verify(written, [VERIFIER])

    assert report.ok, report.findings
    assert (report.entries, report.checkpoints, report.origin) == (SIZE, BATCHES + 1, ORIGIN)


async def test_a_log_that_was_never_opened_and_one_without_entries_are_whole(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        assert (await verify(storage, [VERIFIER])).ok
        async with opened(storage_url):
            pass
        assert (await verify(storage, [VERIFIER])).ok


async def test_an_edited_entry_is_named_with_its_id(written: Storage) -> None:
    row = await row_at(written, 250)
    await change(written, update(ledger_entries).where(at(250)).values(body=edited(row.body, outcome="none")))

    report = await verify(written, [VERIFIER])

    assert told(report) == [("entry_edited", 250, 250)]
    assert report.findings[0].subject == row.entry_id


async def test_an_entry_edited_with_its_hash_beside_it_is_named_all_the_same(written: Storage) -> None:
    body = edited((await row_at(written, 250)).body, outcome="none")
    await change(written, update(ledger_entries).where(at(250)).values(body=body, leaf_hash=leaf_hash(body)))

    assert await judged(written) == [("entry_edited", 250, 250)]


async def test_an_entry_edited_with_every_copy_of_its_hash_is_found_by_the_signature(written: Storage) -> None:
    body = edited((await row_at(written, 250)).body, outcome="none")
    async with written.reading() as connection:
        wanted = select(ledger_checkpoints.c.leaves).where(ledger_checkpoints.c.tree_size == 360)
        leaves = chunks(await connection.scalar(wanted) or b"")
    leaves[250 - 240] = leaf_hash(body)
    await change(
        written,
        update(ledger_entries).where(at(250)).values(body=body, leaf_hash=leaf_hash(body)),
        update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 360).values(leaves=b"".join(leaves)),
    )

    assert await judged(written) == [("checkpoint_does_not_fit", 240, 359)]


async def test_garbage_in_place_of_an_entry_is_an_edit(written: Storage) -> None:
    await change(written, update(ledger_entries).where(at(0)).values(body=b"\xff not JSON"))

    assert await judged(written) == [("entry_edited", 0, 0)]


async def test_an_edited_hash_is_told_from_an_edited_entry(written: Storage) -> None:
    await change(written, update(ledger_entries).where(at(7)).values(leaf_hash=bytes(32)))

    assert await judged(written) == [("entry_hash_edited", 7, 7)]


@pytest.mark.parametrize(
    ("column", "value"), [("owner", "somebody"), ("entry_id", "f" * 32), ("salt", bytes(32)), ("sealed_at", 5)]
)
async def test_an_edit_beside_the_entry_is_named_by_its_column(written: Storage, column: str, value: object) -> None:
    await change(written, update(ledger_entries).where(at(300)).values({column: value}))

    report = await verify(written, [VERIFIER])

    assert told(report) == [("entry_column_edited", 300, 300)]
    assert report.findings[0].subject == column


async def test_a_salt_that_was_erased_for_its_owner_is_not_an_edit(written: Storage) -> None:
    await change(written, update(ledger_entries).where(at(300)).values(salt=b""))

    assert await judged(written) == []


async def test_a_deleted_entry_is_named(written: Storage) -> None:
    await change(written, delete(ledger_entries).where(at(123)))

    assert await judged(written) == [("entry_missing", 123, 123)]


async def test_a_truncated_log_is_named_from_its_first_missing_entry(written: Storage) -> None:
    await change(written, delete(ledger_entries).where(ledger_entries.c.leaf_index >= 450))

    assert await judged(written) == [("entry_missing", 450, SIZE - 1)]


async def test_an_emptied_log_is_not_an_empty_one(written: Storage) -> None:
    await change(written, delete(ledger_entries))

    assert await judged(written) == [("entry_missing", 0, SIZE - 1)]


async def test_two_entries_that_changed_places_are_both_named(written: Storage) -> None:
    for old, new in ((10, 10_000), (480, 10), (10_000, 480)):
        await change(written, update(ledger_entries).where(at(old)).values(leaf_index=new))

    assert await judged(written) == [("entry_moved", 10, 10), ("entry_moved", 480, 480)]


async def test_an_entry_taken_out_with_the_others_moved_up_is_named_from_its_place(written: Storage) -> None:
    await change(written, delete(ledger_entries).where(at(590)))
    for index in range(591, SIZE):
        await change(written, update(ledger_entries).where(at(index)).values(leaf_index=index - 1))

    assert await judged(written) == [("entry_moved", 590, 598), ("entry_missing", 599, 599)]


async def test_an_entry_put_in_between_is_named_with_those_it_pushed_on(written: Storage) -> None:
    for index in reversed(range(590, SIZE)):
        await change(written, update(ledger_entries).where(at(index)).values(leaf_index=index + 1))
    body = edited((await row_at(written, 589)).body, request_id="inserted").replace(b'"index":589', b'"index":590')
    inserted = Row(590, "e" * 32, "", leaf_hash(body), body, bytes(32), 0)
    await change(written, insert(ledger_entries).values(inserted._asdict()))

    assert await judged(written) == [
        ("entry_edited", 590, 590),
        ("entry_moved", 591, 599),
        ("entry_inserted", SIZE, SIZE),
    ]


async def test_an_entry_put_at_the_end_without_being_signed_is_named(written: Storage) -> None:
    row = (await row_at(written, 5))._replace(leaf_index=SIZE, entry_id="e" * 32)
    await change(written, insert(ledger_entries).values(row._asdict()))

    assert await judged(written) == [("entry_inserted", SIZE, SIZE)]


async def test_several_changes_are_all_named_and_neighbours_become_a_run(written: Storage) -> None:
    await change(
        written,
        update(ledger_entries).where(ledger_entries.c.leaf_index.between(30, 35)).values(body=b"{}"),
        delete(ledger_entries).where(at(200)),
        update(ledger_entries).where(at(599)).values(owner=""),
    )

    assert await judged(written) == [
        ("entry_edited", 30, 35),
        ("entry_missing", 200, 200),
        ("entry_column_edited", 599, 599),
    ]


async def test_verifying_a_log_while_it_is_written_finds_nothing(storage_url: str) -> None:
    async with opened(storage_url) as ledger, Storage.open(storage_url) as storage:
        stop = asyncio.Event()

        async def write() -> None:
            while not stop.is_set():
                await asyncio.gather(*(ledger.seal(entry(), OWNER) for _ in range(50)))

        writing = asyncio.create_task(write())
        reports = [await verify(storage, [VERIFIER]) for _ in range(10)]
        stop.set()
        await writing

    assert all(report.ok for report in reports), [report.findings for report in reports]
    assert reports[-1].entries > reports[0].entries
