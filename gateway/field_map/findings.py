"""What is wrong with a map, all of it at once: which key, what came and what was expected."""

from dataclasses import dataclass, field

SHOWN = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """``key`` is the place in the manifest, such as ``map.answer.fields.amount.convert[0]``."""

    key: str
    came: str
    expected: str

    @property
    def problem(self) -> str:
        """Both sides in one sentence."""
        return f"is {self.came}, expected is {self.expected}"


@dataclass(slots=True)
class Findings:
    """The findings of one map, gathered while it is compiled."""

    found: list[Finding] = field(default_factory=list)

    def add(self, key: str, came: object, expected: str) -> None:
        """Adds one; ``came`` is written as it came, cut short where it is long."""
        written = came if isinstance(came, str) else repr(came)
        short = written if len(written) <= SHOWN else f"{written[:SHOWN]}…"
        self.found.append(Finding(key, repr(short) if isinstance(came, str) else short, expected))

    def said(self, key: str, came: str, expected: str) -> None:
        """Adds one whose ``came`` is words of ours."""
        self.found.append(Finding(key, came, expected))
