"""Recomputes the whole log from the database, and names what was changed.

It needs the same memory for a million entries as for a thousand, and can run while the log is written: what is
appended meanwhile is left to the next verification.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.ledger.accounts import ACCOUNTS, Account, Accounts, Leaves
from gateway.ledger.batch import Head, Row, microseconds
from gateway.ledger.checkpoint import Checkpoint, open_checkpoint
from gateway.ledger.commitments import salt_digest
from gateway.ledger.merkle import HASH_BYTES, Subtree, chunks, leaf_hash
from gateway.ledger.note import NoteError, Verifier
from gateway.ledger.pages import Entries, Kept, checkpoints, read_end, read_nodes, stray_entries, stray_nodes
from gateway.ledger.report import MOST_FINDINGS, Findings, Report
from gateway.ledger.tiles import TILE_HEIGHT, TILE_WIDTH
from gateway.storage.engine import Storage

__all__ = ["Report", "verify"]


async def verify(storage: Storage, verifiers: Sequence[Verifier], *, known: Sequence[str] = ()) -> Report:
    """Checks every entry, node and checkpoint, and the head, of the log that the first verifier signs.

    Further verifiers are those that signed before. ``known`` are checkpoints that were kept elsewhere: without one,
    a log that was cut back to an earlier state in all its parts is that earlier state. Raises ``StorageDown``.
    """
    return await _Verification(storage, verifiers).run(known)


@dataclass(frozen=True, slots=True)
class _Dispute:
    """A place where the accounts of the leaf differ."""

    index: int
    row: Row | None
    leaves: Leaves


class _Verification:
    """One run; ``_size`` is how far the log has been gone through, and ``_newest`` what was signed there."""

    def __init__(self, storage: Storage, verifiers: Sequence[Verifier]) -> None:
        self._storage = storage
        self._verifiers = verifiers
        self._origin = verifiers[0].name
        self._findings = Findings()
        self._entries = Entries(storage)
        self._accounts = Accounts()
        self._nodes: list[tuple[Subtree, bytes]] = []
        self._disputes: list[_Dispute] = []
        self._size = 0
        self._newest: Checkpoint | None = None
        self._listed_to = 0
        self._count = 0

    async def run(self, known: Sequence[str]) -> Report:
        head, end = await read_end(self._storage)
        expected = self._expect(known)
        async for kept in checkpoints(self._storage, end):
            await self._checkpoint(kept, expected)
        await self._check_head(head, expected)
        await self._check_nodes()
        await self._check_strays()
        for size in sorted(expected):
            self._findings.add("known_ahead" if size > self._size else "known_does_not_fit", size)
        return Report(
            origin=self._origin,
            entries=self._size,
            checkpoints=self._count,
            findings=tuple(self._findings),
            unlisted=self._findings.unlisted,
        )

    def _expect(self, known: Sequence[str]) -> dict[int, bytes]:
        """The roots by size that checkpoints kept elsewhere say."""
        expected = {}
        for place, note in enumerate(known):
            if checkpoint := self._open(note):
                expected[checkpoint.size] = checkpoint.root
            else:
                self._findings.add("known_unbelievable", place)
        return expected

    def _open(self, note: str) -> Checkpoint | None:
        try:
            return open_checkpoint(note, self._verifiers, self._origin)
        except NoteError:
            return None

    async def _checkpoint(self, kept: Kept, expected: dict[int, bytes]) -> None:
        checkpoint = self._open(kept.note)
        if checkpoint is None or checkpoint.size != kept.tree_size:
            self._findings.add("checkpoint_unbelievable", kept.tree_size)
            self._listed_to = kept.tree_size
            return
        await self._advance(checkpoint, self._listed(kept))
        self._listed_to = kept.tree_size
        if expected.get(checkpoint.size) == checkpoint.root:
            del expected[checkpoint.size]

    def _listed(self, kept: Kept) -> list[bytes]:
        """The leaf hashes listed beside a checkpoint, which begin where the checkpoint before it ended."""
        listed = chunks(kept.leaves) if len(kept.leaves) % HASH_BYTES == 0 else []
        begin = kept.tree_size - len(listed)
        if begin < self._listed_to or (not listed and kept.tree_size > self._listed_to):
            self._findings.add("checkpoint_leaves_edited", kept.tree_size)
            return []
        if begin > self._listed_to:
            self._findings.add("checkpoint_missing", begin)
        return listed

    async def _advance(self, checkpoint: Checkpoint, listed: Sequence[bytes]) -> None:
        """Goes through the entries up to a believable checkpoint, and compares its root."""
        start, lost = self._size, self._accounts.lost
        await self._gather(checkpoint.size, listed)
        believed = self._accounts.believe(checkpoint.root)
        self._settle(believed[0] if believed else None, checkpoint.size)
        if believed:
            self._nodes += believed[1]
        elif not lost:
            last = max(start, checkpoint.size - 1)
            self._findings.add("checkpoint_does_not_fit", start, last, subject=str(checkpoint.size))
        self._newest = checkpoint
        self._count += 1
        if len(self._nodes) >= TILE_WIDTH:
            await self._check_nodes()

    async def _gather(self, end: int, listed: Sequence[bytes]) -> None:
        """Takes the leaves up to ``end`` by all three accounts; where none is listed, the body stands in."""
        begin = end - len(listed)
        for index in range(self._size, end):
            row = await self._entries.at(index)
            body = leaf_hash(row.body) if row else None
            leaves = body, row.leaf_hash if row else None, listed[index - begin] if index >= begin else body
            if not self._accounts.add(leaves):
                self._dispute(_Dispute(index, row, leaves))
            elif row:
                self._check_columns(row)
        self._size = end

    def _dispute(self, dispute: _Dispute) -> None:
        if len(self._disputes) < MOST_FINDINGS:
            self._disputes.append(dispute)
        else:
            self._findings.unlisted += 1

    def _settle(self, account: Account | None, tree_size: int) -> None:
        """Names what was changed at each place in dispute; with no account believed, the body is doubted."""
        for dispute in self._disputes:
            index, row, (body, column, _) = dispute.index, dispute.row, dispute.leaves
            truth = dispute.leaves[ACCOUNTS.index(account)] if account else None
            if row is None:
                self._findings.add("entry_missing", index)
            elif body != truth:
                moved = _says(row).get("index") not in (index, None)
                self._findings.add("entry_moved" if moved else "entry_edited", index, subject=row.entry_id)
            elif column != truth:
                self._findings.add("entry_hash_edited", index, subject=row.entry_id)
            else:
                self._findings.add("checkpoint_leaves_edited", tree_size)
        self._disputes.clear()

    def _check_columns(self, row: Row) -> None:
        """What stands beside the leaf must be what the leaf says; only a salt may be gone, erased for its owner."""
        leaf = _says(row)
        if leaf.get("index") != row.leaf_index:
            self._findings.add("entry_moved", row.leaf_index, subject=row.entry_id)
        said = {
            "entry_id": leaf.get("id") == row.entry_id,
            "owner": leaf.get("owner") == row.owner,
            "salt": row.salt == b"" or leaf.get("salt_digest") == salt_digest(row.salt),
            "sealed_at": _stamp(leaf.get("sealed_at")) == row.sealed_at,
        }
        for column, right in said.items():
            if not right:
                self._findings.add("entry_column_edited", row.leaf_index, subject=column)

    async def _check_nodes(self) -> None:
        nodes, self._nodes = self._nodes, []
        for height in sorted({height for (height, _), _ in nodes}):
            wanted = {subtree: node for subtree, node in nodes if subtree[0] == height}
            level = height // TILE_HEIGHT
            stored = await read_nodes(self._storage, level, min(wanted)[1], max(wanted)[1])
            for subtree, node in wanted.items():
                if subtree not in stored:
                    self._findings.add("node_missing", subtree[1], subject=str(level))
                elif stored[subtree] != node:
                    self._findings.add("node_edited", subtree[1], subject=str(level))

    async def _check_head(self, head: Head | None, expected: dict[int, bytes]) -> None:
        """The head must be what was signed last; where the newest checkpoint is missing it has a copy of it."""
        if head is None:
            self._findings.add("head_missing", self._size)
            return
        signed = self._open(head.note)
        if signed and signed.size == head.tree_size > self._size:
            if self._listed_to < head.tree_size:
                self._findings.add("checkpoint_missing", head.tree_size)
            await self._advance(signed, ())
            if expected.get(signed.size) == signed.root:
                del expected[signed.size]
        frontier = head.frontier if self._accounts.lost else self._accounts.frontier()
        if (head.tree_size, head.frontier, signed) != (self._size, frontier, self._newest):
            self._findings.add("head_edited", head.tree_size)

    async def _check_strays(self) -> None:
        if stray := await stray_entries(self._storage, self._size):
            self._findings.add("entry_inserted", *stray)
        for level, index in await stray_nodes(self._storage, self._size):
            self._findings.add("node_inserted", index, subject=str(level))


def _says(row: Row) -> dict[str, Any]:
    """What the leaf of a row says, or nothing when it cannot be read."""
    try:
        leaf = orjson.loads(row.body)
    except orjson.JSONDecodeError:
        return {}
    return leaf if isinstance(leaf, dict) else {}


def _stamp(said: object) -> int | None:
    try:
        return microseconds(datetime.fromisoformat(str(said)))
    except (ValueError, TypeError):
        return None
