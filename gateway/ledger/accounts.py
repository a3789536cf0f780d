"""Three accounts of the same leaves, and which of them a signed root believes.

Every leaf hash is told thrice: by the entry's body, by the column beside it, and by the list beside the batch's
checkpoint. Where they disagree the checkpoint's signature decides, and the ones that it does not believe have
been changed. As long as they agree, one frontier serves all three.
"""

from dataclasses import dataclass, field
from typing import Literal

from gateway.ledger.merkle import Frontier, Subtree
from gateway.ledger.tiles import TILE_HEIGHT

Account = Literal["body", "column", "list"]
ACCOUNTS: tuple[Account, ...] = ("body", "column", "list")
Leaves = tuple[bytes | None, bytes | None, bytes | None]


@dataclass(slots=True)
class _Strand:
    """One account's tree; it ends where the account has no leaf."""

    frontier: Frontier
    nodes: list[tuple[Subtree, bytes]] = field(default_factory=list)
    broken: bool = False

    def add(self, leaf: bytes | None) -> None:
        if leaf is None:
            self.broken = True
        elif not self.broken:
            self.nodes += self.frontier.extend((leaf,), every=TILE_HEIGHT)

    def fork(self) -> "_Strand":
        return _Strand(self.frontier.copy(), list(self.nodes), self.broken)


class Accounts:
    """The leaves since the last believed checkpoint, by each account.

    It is ``lost`` when a signed root is not that of any account: then no later one can be either, and the
    accounts are only compared.
    """

    def __init__(self) -> None:
        self.lost = False
        self._strands = [_Strand(Frontier())]

    def add(self, leaves: Leaves) -> bool:
        """Takes one leaf by each account; whether they agree."""
        agree = leaves[0] is not None and leaves[0] == leaves[1] == leaves[2]
        if self.lost:
            return agree
        if len(self._strands) == 1 and agree:
            self._strands[0].add(leaves[0])
            return True
        if len(self._strands) == 1:
            self._strands = [self._strands[0].fork() for _ in ACCOUNTS]
        for strand, leaf in zip(self._strands, leaves, strict=True):
            strand.add(leaf)
        return agree

    def believe(self, root: bytes) -> tuple[Account, list[tuple[Subtree, bytes]]] | None:
        """The account that has this root, with the full tiles it completed; from here on all go on from it."""
        if self.lost:
            return None
        for account, strand in zip(ACCOUNTS, self._strands, strict=False):
            if not strand.broken and strand.frontier.root() == root:
                nodes, strand.nodes = strand.nodes, []
                self._strands = [strand]
                return account, nodes
        self.lost = True
        return None

    def frontier(self) -> bytes:
        """The frontier that was believed last, joined."""
        return self._strands[0].frontier.to_bytes()
