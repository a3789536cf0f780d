"""The server's nonces for proofs (RFC 9449, 8): made of the time under our own key, so that no worker keeps any."""

import hmac
from collections.abc import Callable
from typing import Final

from gateway.identity.vault import Finder

WINDOW: Final = 300
"""Seconds of one nonce; it is taken for as long again, so that one just handed out does not go stale on its way."""

_CHARACTERS: Final = 32


class Nonces:
    """Every worker with the same key makes the same one, and nobody else can tell the next."""

    def __init__(self, finder: Finder, clock: Callable[[], float], window: int = WINDOW) -> None:
        self._finder = finder
        self._clock = clock
        self._window = window

    @property
    def longest(self) -> int:
        """Seconds that one is taken for at most."""
        return 2 * self._window

    def current(self) -> str:
        """The one to hand out now."""
        return self._of(self._now())

    def is_fresh(self, nonce: object) -> bool:
        """Whether it is the one of now or the one before."""
        if not isinstance(nonce, str) or len(nonce) != _CHARACTERS or not nonce.isascii():
            return False
        now = self._now()
        return any(hmac.compare_digest(nonce, self._of(window)) for window in (now, now - 1))

    def _now(self) -> int:
        return int(self._clock()) // self._window

    def _of(self, window: int) -> str:
        return self._finder.of("dpop nonce", str(self._window), str(window))[:_CHARACTERS]
