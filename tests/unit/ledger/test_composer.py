"""Promises of the composer: it builds only on a head that this log signed, and never goes back."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ledger.batch import Batch, Draft, Head
from gateway.ledger.checkpoint import Checkpoint, open_checkpoint
from gateway.ledger.composer import Composer, HeadError
from gateway.ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from gateway.ledger.note import Signer
from tests.support.ledgers import KEYS, NOON, ORIGIN, VERIFIER

SIGNER = Signer(ORIGIN, KEYS.signing)
NEW = Head(0, b"", "")


def composer(*, signer: Signer = SIGNER, retired: bool = False) -> Composer:
    return Composer(ORIGIN, signer, [VERIFIER] if retired else [], lambda: NOON)


def drafts(count: int) -> list[Draft]:
    return [Draft(f"id-{number}", "owner", b"%032d" % number, b"{}") for number in range(count)]


def written(count: int) -> Batch:
    return composer().compose(NEW, drafts(count))


def test_a_batch_holds_rows_nodes_a_moved_head_and_the_checkpoint_that_signs_it() -> None:
    batch = written(300)

    frontier = Frontier()
    frontier.extend(leaf_hash(row.body) for row in batch.rows)
    assert [row.leaf_index for row in batch.rows] == list(range(300))
    assert [(node.level, node.node_index) for node in batch.nodes] == [(1, 0)]
    assert batch.leaves == b"".join(row.leaf_hash for row in batch.rows)
    assert batch.head[:2] == (300, frontier.to_bytes())
    assert open_checkpoint(batch.head.note, [VERIFIER], ORIGIN) == Checkpoint(ORIGIN, 300, frontier.root())


def test_batches_follow_one_another() -> None:
    one = composer()
    first = one.compose(NEW, drafts(3))
    one.committed(first)

    second = one.compose(first.head, drafts(2))

    assert [row.leaf_index for row in second.rows] == [3, 4]


def test_a_head_that_another_process_moved_is_believed_by_its_signature() -> None:
    assert composer().compose(written(5).head, drafts(1)).rows[0].leaf_index == 5


def test_a_new_log_begins_with_the_signed_empty_tree_once() -> None:
    batch = composer().compose(NEW, ())
    assert batch.new
    assert open_checkpoint(batch.head.note, [VERIFIER], ORIGIN).root == EMPTY_ROOT

    assert not composer().compose(batch.head, ()).new


def test_a_missing_head_is_refused() -> None:
    with pytest.raises(HeadError, match="missing"):
        composer().compose(None, drafts(1))


@pytest.mark.parametrize(
    "forged",
    [
        written(5).head._replace(tree_size=6),
        written(5).head._replace(tree_size=-1),
        written(5).head._replace(frontier=b""),
        written(5).head._replace(frontier=bytes(64)),
        written(5).head._replace(note=""),
        written(5).head._replace(note=written(4).head.note),
        written(5).head._replace(note="not a note"),
        Head(0, b"", "not a note"),
    ],
)
def test_a_head_that_this_log_did_not_sign_is_refused(forged: Head) -> None:
    with pytest.raises(HeadError):
        composer().compose(forged, drafts(1))


def test_a_head_older_than_one_that_was_written_is_refused_though_it_is_signed() -> None:
    one = composer()
    old = one.compose(NEW, drafts(2))
    one.committed(old)
    one.committed(one.compose(old.head, drafts(2)))

    with pytest.raises(HeadError, match="it was at 4 before"):
        one.compose(old.head, drafts(1))
    with pytest.raises(HeadError):
        one.compose(NEW, drafts(1))


def test_a_batch_that_was_not_committed_leaves_the_head_before_it_good() -> None:
    one = composer()
    one.compose(NEW, drafts(2))

    assert one.compose(NEW, drafts(1)).rows[0].leaf_index == 0


def test_a_log_of_another_key_is_refused_unless_the_key_is_known_as_retired() -> None:
    successor = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"2" * 32))
    head = written(5).head

    with pytest.raises(HeadError):
        composer(signer=successor).compose(head, drafts(1))
    assert composer(signer=successor, retired=True).compose(head, drafts(1)).head.tree_size == 6


def test_the_clock_may_step_back_between_batches() -> None:
    moments = iter([NOON, NOON - timedelta(hours=1)])
    one = Composer(ORIGIN, SIGNER, (), lambda: next(moments))
    first = one.compose(NEW, drafts(1))

    second = one.compose(first.head, drafts(1))

    assert second.rows[0].sealed_at < first.rows[0].sealed_at
    assert second.rows[0].leaf_index == 1
