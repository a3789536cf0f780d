"""When to try again, and how much of that a struggling system is spared."""

import random
from collections.abc import Callable
from dataclasses import dataclass


class RetryBudget:
    """A token bucket: every first try earns ``ratio`` of a retry, and at most ``reserve`` retries are saved.

    Out of n calls there are thus never more than ``ratio * n + reserve`` retries, so that they cannot become
    a storm.
    """

    def __init__(self, ratio: float = 0.1, reserve: float = 5.0) -> None:
        if not 0 <= ratio <= 1 or reserve < 1:
            raise ValueError("a budget earns between none and one retry a call and saves one or more")
        self._ratio = ratio
        self._reserve = reserve
        self._saved = reserve

    def earn(self) -> None:
        """Counts a first try."""
        self._saved = min(self._saved + self._ratio, self._reserve)

    def spend(self) -> bool:
        """Takes one retry; whether there was one."""
        # What a tenth is short of in binary must not cost a retry that was earned.
        if self._saved < 1 - 1e-9:
            return False
        self._saved -= 1
        return True


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter: between nothing and ``first * 2 ** retries`` seconds, ``longest`` at most."""

    first: float = 0.05
    longest: float = 1.0
    uniform: Callable[[float, float], float] = random.uniform

    def pause(self, retries: int) -> float:
        """Seconds to wait before the next try, after ``retries`` of them."""
        return self.uniform(0, min(self.first * 2**retries, self.longest))
