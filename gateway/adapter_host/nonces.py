"""Remembers what came once, for as long as it could come again: a second time is a replay."""

import time
from collections.abc import Callable
from typing import Final

MOST: Final = 400_000
"""Some 1,600 a second for as long as they are kept, in 70 MB."""


class NoncesFull(Exception):
    """More came than can be remembered: whether this is a replay cannot be known, so it is not taken."""


class Nonces:
    """The nonces of the last ``seconds`` at least, and of twice as many at most; ``most`` of them in all."""

    def __init__(self, seconds: float, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._turned = clock()
        self._older: set[str] = set()
        self._newer: set[str] = set()

    def first(self, nonce: str) -> bool:
        """Whether it comes for the first time, which from now on it no longer does; raises ``NoncesFull``."""
        self._turn()
        if nonce in self._newer or nonce in self._older:
            return False
        if len(self) >= self._most:
            raise NoncesFull
        self._newer.add(nonce)
        return True

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    def _turn(self) -> None:
        """What came before the last turn is forgotten, all at once: that costs no search for what is too old."""
        passed = self._clock() - self._turned
        if passed >= self._seconds:
            self._older = self._newer if passed < 2 * self._seconds else set()
            self._newer = set()
            self._turned = self._clock()
