"""How entries that wait become rows, nodes and a signed head: pure, given the head they are appended to."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson

from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.commitments import salt_digest
from gateway.ledger.entry import Receipt
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.note import Signer
from gateway.ledger.tiles import TILE_HEIGHT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VERSION = 1


class Head(NamedTuple):
    """The end of the log as it is stored: its size, its frontier and the checkpoint that signs both."""

    tree_size: int
    frontier: bytes
    note: str


class Draft(NamedTuple):
    """An entry that waits for its place; ``entry`` is canonical JSON, ``owner`` a pseudonym or empty."""

    entry_id: str
    owner: str
    salt: bytes
    entry: bytes


class Row(NamedTuple):
    """A row of ``ledger_entries``, in the order of its columns."""

    leaf_index: int
    entry_id: str
    owner: str
    leaf_hash: bytes
    body: bytes
    salt: bytes
    sealed_at: int

    def receipt(self, origin: str) -> Receipt:
        return Receipt(
            id=self.entry_id,
            index=self.leaf_index,
            leaf_hash=b64encode(self.leaf_hash).decode(),
            sealed_at=moment(self.sealed_at),
            origin=origin,
            salt=b64encode(self.salt).decode(),
        )


class Node(NamedTuple):
    """A row of ``ledger_nodes``: the root of a full tile of the level below."""

    level: int
    node_index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one transaction writes; ``leaves`` are its leaf hashes, joined.

    One that is not ``new`` writes the head as it is, which shows that it can be written.
    """

    rows: Sequence[Row]
    nodes: Sequence[Node]
    head: Head
    leaves: bytes
    new: bool = True


def compose(origin: str, frontier: Frontier, drafts: Sequence[Draft], now: datetime, signer: Signer) -> Batch:
    """Appends the drafts, in order, to the tree whose frontier this is (and which is moved on)."""
    sealed_at = now.astimezone(UTC)
    stamp = microseconds(sealed_at)
    rows = []
    for index, draft in enumerate(drafts, frontier.size):
        body = leaf_body(draft, index, sealed_at)
        rows.append(Row(index, draft.entry_id, draft.owner, leaf_hash(body), body, draft.salt, stamp))
    completed = frontier.extend((row.leaf_hash for row in rows), every=TILE_HEIGHT)
    nodes = [Node(height // TILE_HEIGHT, position, node) for (height, position), node in completed]
    note = Checkpoint(origin, frontier.size, frontier.root()).sign(signer)
    head = Head(frontier.size, frontier.to_bytes(), note)
    return Batch(rows, nodes, head, b"".join(row.leaf_hash for row in rows))


def leaf_body(draft: Draft, index: int, sealed_at: datetime) -> bytes:
    """The leaf: the entry with all that is kept beside it, so that no column can be changed unseen.

    Canonical: keys in order, no blanks, no nulls.
    """
    return orjson.dumps(
        {
            "entry": orjson.Fragment(draft.entry),
            "id": draft.entry_id,
            "index": index,
            "owner": draft.owner,
            "salt_digest": salt_digest(draft.salt),
            "sealed_at": sealed_at,
            "version": VERSION,
        },
        option=orjson.OPT_UTC_Z,
    )


def microseconds(when: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (when - _EPOCH) // timedelta(microseconds=1)


def moment(stamp: int) -> datetime:
    """The moment that ``microseconds`` gave."""
    return _EPOCH + timedelta(microseconds=stamp)
