"""Random choices that come out the same on every machine and every version of Python."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

ItemT = TypeVar("ItemT")


class Dice:
    """Choices drawn from a named stream; the same name gives the same choices.

    Only ``Random.random`` is used, because it alone is promised to give the same sequence in later versions.
    """

    def __init__(self, *name: str) -> None:
        self._random = random.Random("/".join(("bawaba-synthetic-1", *name))).random

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._random() * (high - low + 1))

    def digits(self, count: int) -> str:
        """A string of ``count`` digits, leading zeros kept."""
        return str(self.number(0, 10**count - 1)).zfill(count)

    def chance(self, probability: float) -> bool:
        """True about ``probability`` of the times."""
        return self._random() < probability

    def pick(self, items: Sequence[ItemT]) -> ItemT:
        """One of the items."""
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[tuple[ItemT, int]]) -> ItemT:
        """One of the items, each as likely as its weight."""
        mark = self._random() * sum(weight for _, weight in items)
        for item, weight in items:
            mark -= weight
            if mark < 0:
                return item
        return items[-1][0]

    def several(self, items: Sequence[ItemT], count: int) -> list[ItemT]:
        """``count`` different items, or all of them where there are fewer, in drawn order."""
        left = list(items)
        return [left.pop(int(self._random() * len(left))) for _ in range(min(count, len(left)))]

    def day(self, first: date, last: date) -> date:
        """A day from ``first`` to ``last``, both included."""
        return first + timedelta(days=self.number(0, (last - first).days))

    def money(self, low: int, high: int, decimals: int, step: int = 1) -> Decimal:
        """An amount with exactly ``decimals`` decimals, a multiple of ``step`` whole units."""
        return whole(self.number(low // step, high // step) * step, decimals)


def whole(amount: int, decimals: int) -> Decimal:
    """``amount`` whole units with exactly ``decimals`` decimals."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-decimals))
