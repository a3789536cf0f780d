"""Makes each batch for the head it is appended to, and refuses a head that this log did not sign.

Without the refusal, whoever can write to the database could move the head and have the next checkpoint sign
the change.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gateway.ledger.batch import Batch, Draft, Head, compose
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.merkle import Frontier
from gateway.ledger.note import Signer, Verifier

_NEW = Head(0, b"", "")


class HeadError(ValueError):
    """The head in the database is missing, is not one that this log signed, or is older than one that we wrote."""


class Composer:
    """Remembers the newest head that it saw; one that other processes moved must carry this log's signature."""

    def __init__(self, origin: str, signer: Signer, retired: Sequence[Verifier], clock: Callable[[], datetime]) -> None:
        self._origin = origin
        self._signer = signer
        self._verifiers = (signer.verifier, *retired)
        self._clock = clock
        self._seen = _NEW

    def compose(self, stored: Sequence[Any] | None, drafts: Sequence[Draft]) -> Batch:
        """The batch that appends the drafts to the head as it was read; raises ``HeadError``.

        Without drafts only a new log gets a head, its first checkpoint.
        """
        head, frontier = self._admit(stored)
        if not drafts and head.note:
            return Batch((), (), head, b"", new=False)
        return compose(self._origin, frontier, drafts, self._clock(), self._signer)

    def committed(self, batch: Batch) -> None:
        """From now on no older head is believed."""
        self._seen = batch.head

    def _admit(self, stored: Sequence[Any] | None) -> tuple[Head, Frontier]:
        if stored is None:
            raise HeadError("the head of the log is missing")
        head = Head(*stored)
        try:
            frontier = Frontier.from_bytes(head.tree_size, head.frontier)
            if head != self._seen:
                self._check(head, frontier)
        except ValueError as problem:
            raise HeadError(f"the head at {head.tree_size} cannot be believed: {problem}") from problem
        self._seen = head
        return head, frontier

    def _check(self, head: Head, frontier: Frontier) -> None:
        if head.tree_size < self._seen.tree_size:
            raise HeadError(f"it was at {self._seen.tree_size} before")
        checkpoint = open_checkpoint(head.note, self._verifiers, self._origin)
        if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
            raise HeadError("its frontier is not the one that its checkpoint signs")
