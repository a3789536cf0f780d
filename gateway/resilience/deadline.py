"""A moment on the monotonic clock by which a call must be over."""

import time
from dataclasses import dataclass

from gateway.errors import BackendLate


@dataclass(frozen=True, slots=True)
class Deadline:
    """``at`` is in seconds on ``time.monotonic``, which is also the event loop's clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left; negative once it has passed."""
        return self.at - time.monotonic()

    def sooner(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and ``seconds`` from now."""
        return Deadline(min(self.at, time.monotonic() + seconds))

    def check(self) -> float:
        """Seconds left; raises ``BackendLate`` when there are none."""
        left = self.remaining()
        if left <= 0:
            raise BackendLate
        return left
