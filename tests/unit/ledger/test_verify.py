"""Promises of verification: whatever is changed in the database, the right place is named."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, select, text, update

from gateway.i18n import Catalogue
from gateway.ledger.batch import Row, compose
from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.merkle import Frontier, chunks, leaf_hash
from gateway.ledger.note import Signer
from gateway.ledger.report import MOST_FINDINGS, Finding, FindingKind, Findings
from gateway.ledger.verify import Report, verify
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_checkpoints, ledger_entries, ledger_head, ledger_nodes
from tests.support.ledgers import KEYS, NOON, ORIGIN, OWNER, VERIFIER, entry, opened

BATCH, BATCHES = 120, 5
SIZE = BATCH * BATCHES
Told = list[tuple[FindingKind, int, int]]


@pytest.fixture
async def storage(storage_url: str) -> AsyncIterator[Storage]:
    """A log of 600 entries in five batches."""
    async with opened(storage_url) as ledger:
        for batch in range(BATCHES):
            calls = (ledger.seal(entry(f"request-{batch}-{number}"), OWNER) for number in range(BATCH))
            await asyncio.gather(*calls)
    async with Storage.open(storage_url) as storage:
        yield storage


async def change(storage: Storage, *statements: Any) -> None:
    async with storage.writing() as connection:
        for statement in statements:
            await connection.execute(statement)


async def row_at(storage: Storage, index: int) -> Row:
    async with storage.reading() as connection:
        found = await connection.execute(select(ledger_entries).where(ledger_entries.c.leaf_index == index))
        return Row(**found.one()._asdict())


def edited(body: bytes, **changes: Any) -> bytes:
    leaf = orjson.loads(body)
    leaf["entry"] |= changes
    return orjson.dumps(leaf)


def at(index: int) -> Any:
    return ledger_entries.c.leaf_index == index


def told(report: Report) -> Told:
    return [(finding.kind, finding.first, finding.last) for finding in report.findings]


async def judged(storage: Storage, *, known: Sequence[str] = ()) -> Told:
    return told(await verify(storage, [VERIFIER], known=known))


async def test_an_untouched_log_is_whole(storage: Storage) -> None:
    report = await verify(storage, [VERIFIER])

    assert report.ok, report.findings
    assert (report.entries, report.checkpoints, report.origin) == (SIZE, BATCHES + 1, ORIGIN)


async def test_a_log_that_was_never_opened_and_one_without_entries_are_whole(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        assert (await verify(storage, [VERIFIER])).ok
        async with opened(storage_url):
            pass
        assert (await verify(storage, [VERIFIER])).ok


async def test_an_edited_entry_is_named_with_its_id(storage: Storage) -> None:
    row = await row_at(storage, 250)
    await change(storage, update(ledger_entries).where(at(250)).values(body=edited(row.body, outcome="none")))

    report = await verify(storage, [VERIFIER])

    assert told(report) == [("entry_edited", 250, 250)]
    assert report.findings[0].subject == row.entry_id


async def test_an_entry_edited_with_its_hash_beside_it_is_named_all_the_same(storage: Storage) -> None:
    body = edited((await row_at(storage, 250)).body, outcome="none")
    await change(storage, update(ledger_entries).where(at(250)).values(body=body, leaf_hash=leaf_hash(body)))

    assert await judged(storage) == [("entry_edited", 250, 250)]


async def test_an_entry_edited_with_every_copy_of_its_hash_is_found_by_the_signature(storage: Storage) -> None:
    body = edited((await row_at(storage, 250)).body, outcome="none")
    async with storage.reading() as connection:
        wanted = select(ledger_checkpoints.c.leaves).where(ledger_checkpoints.c.tree_size == 360)
        leaves = chunks(await connection.scalar(wanted) or b"")
    leaves[250 - 240] = leaf_hash(body)
    await change(
        storage,
        update(ledger_entries).where(at(250)).values(body=body, leaf_hash=leaf_hash(body)),
        update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 360).values(leaves=b"".join(leaves)),
    )

    assert await judged(storage) == [("checkpoint_does_not_fit", 240, 359)]


async def test_garbage_in_place_of_an_entry_is_an_edit(storage: Storage) -> None:
    await change(storage, update(ledger_entries).where(at(0)).values(body=b"\xff not JSON"))

    assert await judged(storage) == [("entry_edited", 0, 0)]


async def test_an_edited_hash_is_told_from_an_edited_entry(storage: Storage) -> None:
    await change(storage, update(ledger_entries).where(at(7)).values(leaf_hash=bytes(32)))

    assert await judged(storage) == [("entry_hash_edited", 7, 7)]


@pytest.mark.parametrize(
    ("column", "value"), [("owner", "somebody"), ("entry_id", "f" * 32), ("salt", bytes(32)), ("sealed_at", 5)]
)
async def test_an_edit_beside_the_entry_is_named_by_its_column(storage: Storage, column: str, value: object) -> None:
    await change(storage, update(ledger_entries).where(at(300)).values({column: value}))

    report = await verify(storage, [VERIFIER])

    assert told(report) == [("entry_column_edited", 300, 300)]
    assert report.findings[0].subject == column


async def test_a_deleted_entry_is_named(storage: Storage) -> None:
    await change(storage, delete(ledger_entries).where(at(123)))

    assert await judged(storage) == [("entry_missing", 123, 123)]


async def test_a_truncated_log_is_named_from_its_first_missing_entry(storage: Storage) -> None:
    await change(storage, delete(ledger_entries).where(ledger_entries.c.leaf_index >= 450))

    assert await judged(storage) == [("entry_missing", 450, SIZE - 1)]


async def test_an_emptied_log_is_not_an_empty_one(storage: Storage) -> None:
    await change(storage, delete(ledger_entries))

    assert await judged(storage) == [("entry_missing", 0, SIZE - 1)]


async def test_two_entries_that_changed_places_are_both_named(storage: Storage) -> None:
    for old, new in ((10, 10_000), (480, 10), (10_000, 480)):
        await change(storage, update(ledger_entries).where(at(old)).values(leaf_index=new))

    assert await judged(storage) == [("entry_moved", 10, 10), ("entry_moved", 480, 480)]


async def test_an_entry_taken_out_with_the_others_moved_up_is_named_from_its_place(storage: Storage) -> None:
    await change(storage, delete(ledger_entries).where(at(590)))
    for index in range(591, SIZE):
        await change(storage, update(ledger_entries).where(at(index)).values(leaf_index=index - 1))

    assert await judged(storage) == [("entry_moved", 590, 598), ("entry_missing", 599, 599)]


async def test_an_entry_put_in_between_is_named_with_those_it_pushed_on(storage: Storage) -> None:
    for index in reversed(range(590, SIZE)):
        await change(storage, update(ledger_entries).where(at(index)).values(leaf_index=index + 1))
    body = edited((await row_at(storage, 589)).body, request_id="inserted").replace(b'"index":589', b'"index":590')
    inserted = Row(590, "e" * 32, "", leaf_hash(body), body, bytes(32), 0)
    await change(storage, insert(ledger_entries).values(inserted._asdict()))

    assert await judged(storage) == [
        ("entry_edited", 590, 590),
        ("entry_moved", 591, 599),
        ("entry_inserted", SIZE, SIZE),
    ]


async def test_an_entry_put_at_the_end_without_being_signed_is_named(storage: Storage) -> None:
    row = (await row_at(storage, 5))._replace(leaf_index=SIZE, entry_id="e" * 32)
    await change(storage, insert(ledger_entries).values(row._asdict()))

    assert await judged(storage) == [("entry_inserted", SIZE, SIZE)]


async def test_several_changes_are_all_named_and_neighbours_become_a_run(storage: Storage) -> None:
    await change(
        storage,
        update(ledger_entries).where(ledger_entries.c.leaf_index.between(30, 35)).values(body=b"{}"),
        delete(ledger_entries).where(at(200)),
        update(ledger_entries).where(at(599)).values(owner=""),
    )

    assert await judged(storage) == [
        ("entry_edited", 30, 35),
        ("entry_missing", 200, 200),
        ("entry_column_edited", 599, 599),
    ]


async def test_a_checkpoint_that_was_not_signed_is_named(storage: Storage) -> None:
    forged = Checkpoint(ORIGIN, 240, bytes(32)).sign(Signer(ORIGIN, Signer("x", KEYS.signing).key)).replace("A", "B")
    await change(storage, update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 240).values(note=forged))

    assert await judged(storage) == [("checkpoint_unbelievable", 240, 240)]


async def test_a_signed_checkpoint_at_another_size_is_not_believed_there(storage: Storage) -> None:
    async with storage.reading() as connection:
        wanted = select(ledger_checkpoints.c.note).where(ledger_checkpoints.c.tree_size == 360)
        note = await connection.scalar(wanted)
    await change(storage, update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 240).values(note=note))

    assert await judged(storage) == [("checkpoint_unbelievable", 240, 240)]


@pytest.mark.parametrize("tree_size", [240, 600])
async def test_a_deleted_checkpoint_is_named(storage: Storage, tree_size: int) -> None:
    await change(storage, delete(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == tree_size))

    assert await judged(storage) == [("checkpoint_missing", tree_size, tree_size)]


async def test_a_garbled_newest_checkpoint_leaves_its_copy_in_the_head_to_verify_by(storage: Storage) -> None:
    await change(
        storage,
        update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == SIZE).values(note="?"),
        update(ledger_entries).where(at(599)).values(leaf_hash=bytes(32)),
    )

    assert await judged(storage) == [("checkpoint_unbelievable", SIZE, SIZE), ("entry_hash_edited", 599, 599)]


@pytest.mark.parametrize("leaves", [b"", b"x", bytes(32 * BATCH), bytes(32 * 2 * BATCH)])
async def test_an_edited_list_of_hashes_is_named_and_nothing_else_is(storage: Storage, leaves: bytes) -> None:
    await change(storage, update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 360).values(leaves=leaves))

    assert await judged(storage) == [("checkpoint_leaves_edited", 360, 360)]


async def test_a_checkpoint_put_far_ahead_does_not_send_the_verification_after_it(storage: Storage) -> None:
    ahead = {"tree_size": 10**15, "note": "not a note", "leaves": b""}
    await change(storage, insert(ledger_checkpoints).values(ahead))

    assert await judged(storage) == [("checkpoint_unbelievable", 10**15, 10**15)]


async def test_an_edited_and_a_deleted_node_are_named(storage: Storage) -> None:
    await change(
        storage,
        update(ledger_nodes).where(ledger_nodes.c.node_index == 0).values(hash=bytes(32)),
        delete(ledger_nodes).where(ledger_nodes.c.node_index == 1),
    )

    assert await judged(storage) == [("node_edited", 0, 0), ("node_missing", 1, 1)]


async def test_a_node_where_the_log_does_not_reach_is_named(storage: Storage) -> None:
    await change(storage, insert(ledger_nodes).values(level=2, node_index=0, hash=bytes(32)))

    assert await judged(storage) == [("node_inserted", 0, 0)]


@pytest.mark.parametrize("change_to", [{"frontier": b""}, {"note": "?"}, {"tree_size": 480}, {"tree_size": 700}])
async def test_an_edited_head_is_named(storage: Storage, change_to: dict[str, Any]) -> None:
    await change(storage, update(ledger_head).values(change_to))

    assert await judged(storage) == [
        ("head_edited", change_to.get("tree_size", SIZE), change_to.get("tree_size", SIZE))
    ]


async def test_a_deleted_head_is_named(storage: Storage) -> None:
    await change(storage, delete(ledger_head))

    assert await judged(storage) == [("head_missing", SIZE, SIZE)]


async def test_a_log_cut_back_in_all_its_parts_is_found_by_a_checkpoint_kept_elsewhere(storage: Storage) -> None:
    async with storage.reading() as connection:
        kept = await connection.scalar(select(ledger_head.c.note)) or ""
        leaves = (await connection.scalars(select(ledger_entries.c.leaf_hash).order_by("leaf_index"))).all()
        note = await connection.scalar(select(ledger_checkpoints.c.note).where(text("tree_size = 480")))
    frontier = Frontier()
    frontier.extend(leaves[:480])
    await change(
        storage,
        delete(ledger_entries).where(ledger_entries.c.leaf_index >= 480),
        delete(ledger_checkpoints).where(ledger_checkpoints.c.tree_size > 480),
        delete(ledger_nodes).where(ledger_nodes.c.node_index >= 480 >> 8),
        update(ledger_head).values(tree_size=480, note=note, frontier=frontier.to_bytes()),
    )

    assert await judged(storage) == []
    assert await judged(storage, known=[kept]) == [("known_ahead", SIZE, SIZE)]


async def test_a_log_rewritten_by_whoever_has_the_key_is_found_by_a_checkpoint_kept_elsewhere(storage: Storage) -> None:
    async with storage.reading() as connection:
        kept = await connection.scalar(select(ledger_head.c.note)) or ""
    signer = Signer(ORIGIN, KEYS.signing)
    batch = compose(ORIGIN, Frontier(), [], NOON, signer)
    await change(
        storage,
        *(delete(table) for table in (ledger_entries, ledger_checkpoints, ledger_nodes)),
        update(ledger_head).values(batch.head._asdict()),
    )
    async with opened(str(storage.url.render_as_string(hide_password=False))) as ledger:
        await asyncio.gather(*(ledger.seal(entry("rewritten"), OWNER) for _ in range(SIZE)))

    assert await judged(storage) == []
    assert await judged(storage, known=[kept]) == [("known_does_not_fit", SIZE, SIZE)]


async def test_a_true_checkpoint_kept_elsewhere_is_content_and_a_forged_one_is_named(storage: Storage) -> None:
    async with storage.reading() as connection:
        notes = (await connection.scalars(select(ledger_checkpoints.c.note))).all()

    assert await judged(storage, known=notes) == []
    assert await judged(storage, known=[*notes, "forged"]) == [("known_unbelievable", 6, 6)]


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


async def test_every_finding_has_its_sentence_in_both_languages(storage: Storage) -> None:
    words = Catalogue.load()
    once = {"head_edited", "head_missing"}
    for kind in FindingKind.__args__:  # type: ignore[attr-defined] # what a Literal holds
        for last in (3, 9) if kind not in once else (3,):
            finding = Finding(kind=kind, first=3, last=last, subject="the-subject")
            for language in ("ar", "en"):
                sentence = words.text(finding.key, language, **finding.facts)
                assert "3" in sentence
                assert "{" not in sentence


def test_findings_are_kept_in_bounded_memory() -> None:
    findings = Findings()
    for index in range(MOST_FINDINGS + 500):
        findings.add("entry_edited", index * 2)

    assert len(list(findings)) == MOST_FINDINGS
    assert findings.unlisted == 500
