"""What a rule sees beside the value it converts: the ask, the item, the notes, and how much work is left."""

from dataclasses import dataclass
from typing import Any, Final

from gateway.sdk import Ask

FUEL: Final = 15_000
"""Rules that may be applied to one answer: an answer that needs more is not believed."""

MOST_ITEMS: Final = 500
"""Items of one answer; no list of one person comes near."""

MOST_PARTS: Final = 500
"""Items of one list within an item."""

MOST_VALUES: Final = 25_000
"""Values of one document: reading a flood of tiny ones takes longer than all that is made of them."""

LONGEST_TEXT: Final = 4_096
"""Characters of one value."""


class Unfit(ValueError):
    """A value that cannot be read; ``at`` is the field that it was wanted for, never the value itself."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.at = ""

    def within(self, place: str) -> "Unfit":
        """The same, seen from one level further out."""
        self.at = f"{place}.{self.at}" if self.at else place
        return self


class Unknown(Unfit):
    """A value that can be read and is on no list: a rule with a ``note`` leaves it out."""


class Fuel:
    """Counts the work on one answer down; ``spend`` raises ``Unfit`` when none is left."""

    __slots__ = ("left",)

    def __init__(self, left: int = FUEL) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise Unfit("needs more work than an answer may")


@dataclass(slots=True)
class Scope:
    """``root`` is the item that the record is made of, which paths beginning with ``$`` start at."""

    ask: Ask
    root: Any
    notes: set[str]
    fuel: Fuel
