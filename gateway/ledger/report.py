"""What a verification found, each finding as a catalogue key with its facts."""

from collections.abc import Iterator
from typing import Literal

from gateway.schema.base import Frozen

FindingKind = Literal[
    "entry_edited",
    "entry_hash_edited",
    "entry_column_edited",
    "entry_moved",
    "entry_missing",
    "entry_inserted",
    "checkpoint_unbelievable",
    "checkpoint_does_not_fit",
    "checkpoint_missing",
    "checkpoint_leaves_edited",
    "node_edited",
    "node_missing",
    "node_inserted",
    "head_edited",
    "head_missing",
    "known_unbelievable",
    "known_does_not_fit",
    "known_ahead",
]
MOST_FINDINGS = 1000


class Finding(Frozen):
    """One thing that is wrong with the entries (or the tree sizes, or the nodes) from ``first`` to ``last``.

    ``subject`` is the entry's public id, the column, or the tile level concerned.
    """

    kind: FindingKind
    first: int
    last: int
    subject: str = ""

    @property
    def key(self) -> str:
        """The key of its sentence in both catalogues; one for a single place, one for a run of them."""
        if self.last > self.first:
            return f"ledger.finding.{self.kind}.run"
        return f"ledger.finding.{self.kind}"

    @property
    def facts(self) -> dict[str, str | int]:
        """What fills the sentence's gaps."""
        return {"first": self.first, "last": self.last, "subject": self.subject}


class Report(Frozen):
    """The outcome of a verification; ``unlisted`` counts findings beyond those that are listed, in log order."""

    origin: str
    entries: int
    checkpoints: int
    findings: tuple[Finding, ...]
    unlisted: int

    @property
    def ok(self) -> bool:
        return not self.findings


class Findings:
    """Collects findings in bounded memory: neighbours of one kind become a run."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self.unlisted = 0

    def add(self, kind: FindingKind, first: int, last: int | None = None, subject: str = "") -> None:
        new = Finding(kind=kind, first=first, last=first if last is None else last, subject=subject)
        before = self._listed[-1] if self._listed else None
        if new == before:
            return
        if before and before.kind == kind and before.last + 1 == new.first and self._may_join(before, new):
            self._listed[-1] = Finding(kind=kind, first=before.first, last=new.last, subject=_run(before, new))
        elif len(self._listed) < MOST_FINDINGS:
            self._listed.append(new)
        else:
            self.unlisted += 1

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._listed)

    @staticmethod
    def _may_join(before: Finding, new: Finding) -> bool:
        """Ids differ within a run; a column, or a level, must be the same."""
        return new.kind not in ("entry_column_edited", "node_edited", "node_missing") or before.subject == new.subject


def _run(before: Finding, new: Finding) -> str:
    return before.subject if before.subject == new.subject else ""
