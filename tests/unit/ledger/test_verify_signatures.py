"""Promises of verification: checkpoints, nodes, the head, and what was kept elsewhere."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from gateway.i18n import Catalogue
from gateway.ledger.batch import compose
from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.merkle import Frontier
from gateway.ledger.note import Signer
from gateway.ledger.report import MOST_FINDINGS, Finding, FindingKind, Findings
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_checkpoints, ledger_entries, ledger_head, ledger_nodes
from tests.support.ledgers import KEYS, NOON, ORIGIN, OWNER, entry, opened
from tests.support.tampering import BATCH, SIZE, at, change, judged


async def test_a_checkpoint_that_was_not_signed_is_named(written: Storage) -> None:
    forged = Checkpoint(ORIGIN, 240, bytes(32)).sign(Signer(ORIGIN, Signer("x", KEYS.signing).key)).replace("A", "B")
    await change(written, update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 240).values(note=forged))

    assert await judged(written) == [("checkpoint_unbelievable", 240, 240)]


async def test_a_signed_checkpoint_at_another_size_is_not_believed_there(written: Storage) -> None:
    async with written.reading() as connection:
        wanted = select(ledger_checkpoints.c.note).where(ledger_checkpoints.c.tree_size == 360)
        note = await connection.scalar(wanted)
    await change(written, update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 240).values(note=note))

    assert await judged(written) == [("checkpoint_unbelievable", 240, 240)]


@pytest.mark.parametrize("tree_size", [240, 600])
async def test_a_deleted_checkpoint_is_named(written: Storage, tree_size: int) -> None:
    await change(written, delete(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == tree_size))

    assert await judged(written) == [("checkpoint_missing", tree_size, tree_size)]


async def test_a_garbled_newest_checkpoint_leaves_its_copy_in_the_head_to_verify_by(written: Storage) -> None:
    await change(
        written,
        update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == SIZE).values(note="?"),
        update(ledger_entries).where(at(599)).values(leaf_hash=bytes(32)),
    )

    assert await judged(written) == [("checkpoint_unbelievable", SIZE, SIZE), ("entry_hash_edited", 599, 599)]


@pytest.mark.parametrize("leaves", [b"", b"x", bytes(32 * BATCH), bytes(32 * 2 * BATCH)])
async def test_an_edited_list_of_hashes_is_named_and_nothing_else_is(written: Storage, leaves: bytes) -> None:
    await change(written, update(ledger_checkpoints).where(ledger_checkpoints.c.tree_size == 360).values(leaves=leaves))

    assert await judged(written) == [("checkpoint_leaves_edited", 360, 360)]


async def test_a_checkpoint_put_far_ahead_does_not_send_the_verification_after_it(written: Storage) -> None:
    ahead = {"tree_size": 10**15, "note": "not a note", "leaves": b""}
    await change(written, insert(ledger_checkpoints).values(ahead))

    assert await judged(written) == [("checkpoint_unbelievable", 10**15, 10**15)]


async def test_an_edited_and_a_deleted_node_are_named(written: Storage) -> None:
    await change(
        written,
        update(ledger_nodes).where(ledger_nodes.c.node_index == 0).values(hash=bytes(32)),
        delete(ledger_nodes).where(ledger_nodes.c.node_index == 1),
    )

    assert await judged(written) == [("node_edited", 0, 0), ("node_missing", 1, 1)]


async def test_a_node_where_the_log_does_not_reach_is_named(written: Storage) -> None:
    await change(written, insert(ledger_nodes).values(level=2, node_index=0, hash=bytes(32)))

    assert await judged(written) == [("node_inserted", 0, 0)]


@pytest.mark.parametrize("change_to", [{"frontier": b""}, {"note": "?"}, {"tree_size": 480}, {"tree_size": 700}])
async def test_an_edited_head_is_named(written: Storage, change_to: dict[str, Any]) -> None:
    await change(written, update(ledger_head).values(change_to))

    assert await judged(written) == [
        ("head_edited", change_to.get("tree_size", SIZE), change_to.get("tree_size", SIZE))
    ]


async def test_a_deleted_head_is_named(written: Storage) -> None:
    await change(written, delete(ledger_head))

    assert await judged(written) == [("head_missing", SIZE, SIZE)]


async def test_a_log_cut_back_in_all_its_parts_is_found_by_a_checkpoint_kept_elsewhere(written: Storage) -> None:
    async with written.reading() as connection:
        kept = await connection.scalar(select(ledger_head.c.note)) or ""
        leaves = (await connection.scalars(select(ledger_entries.c.leaf_hash).order_by("leaf_index"))).all()
        note = await connection.scalar(select(ledger_checkpoints.c.note).where(text("tree_size = 480")))
    frontier = Frontier()
    frontier.extend(leaves[:480])
    await change(
        written,
        delete(ledger_entries).where(ledger_entries.c.leaf_index >= 480),
        delete(ledger_checkpoints).where(ledger_checkpoints.c.tree_size > 480),
        delete(ledger_nodes).where(ledger_nodes.c.node_index >= 480 >> 8),
        update(ledger_head).values(tree_size=480, note=note, frontier=frontier.to_bytes()),
    )

    assert await judged(written) == []
    assert await judged(written, known=[kept]) == [("known_ahead", SIZE, SIZE)]


async def test_a_log_rewritten_by_whoever_has_the_key_is_found_by_a_checkpoint_kept_elsewhere(written: Storage) -> None:
    async with written.reading() as connection:
        kept = await connection.scalar(select(ledger_head.c.note)) or ""
    signer = Signer(ORIGIN, KEYS.signing)
    batch = compose(ORIGIN, Frontier(), [], NOON, signer)
    await change(
        written,
        *(delete(table) for table in (ledger_entries, ledger_checkpoints, ledger_nodes)),
        update(ledger_head).values(batch.head._asdict()),
    )
    async with opened(str(written.url.render_as_string(hide_password=False))) as ledger:
        await asyncio.gather(*(ledger.seal(entry("rewritten"), OWNER) for _ in range(SIZE)))

    assert await judged(written) == []
    assert await judged(written, known=[kept]) == [("known_does_not_fit", SIZE, SIZE)]


async def test_a_true_checkpoint_kept_elsewhere_is_content_and_a_forged_one_is_named(written: Storage) -> None:
    async with written.reading() as connection:
        notes = (await connection.scalars(select(ledger_checkpoints.c.note))).all()

    assert await judged(written, known=notes) == []
    assert await judged(written, known=[*notes, "forged"]) == [("known_unbelievable", 6, 6)]


async def test_every_finding_has_its_sentence_in_both_languages(written: Storage) -> None:
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
