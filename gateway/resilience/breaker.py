"""A breaker: when a system keeps failing, it is left alone for a while, then tried by one call at a time."""

from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed lets calls through, open none, half open one."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Breaker:
    """Opens after ``failures`` in a row and stays open for ``open_seconds``; then one probe decides.

    ``clock`` is monotonic, in seconds. A caller asks ``admit``, and reports ``succeed``, ``fail`` or ``forget``.
    """

    def __init__(self, failures: int, open_seconds: float, clock: Callable[[], float]) -> None:
        self._limit = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Half open from the moment that a probe may be sent."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._clock() - self._opened_at >= self._open_seconds else BreakerState.OPEN

    @property
    def opened_at(self) -> float | None:
        """When it opened, by its clock; ``None`` while it is closed."""
        return self._opened_at

    def admit(self) -> float:
        """0 when the call may go on, else the seconds after which it is worth asking again."""
        state = self.state
        if state is BreakerState.CLOSED:
            return 0
        if state is BreakerState.HALF_OPEN and not self._probing:
            self._probing = True
            return 0
        waited = self._clock() - (self._opened_at or 0)
        return max(self._open_seconds - waited, 0.1)

    def succeed(self) -> bool:
        """Closes the breaker; says whether it was open until now."""
        recovered = self._opened_at is not None
        self._failures, self._opened_at, self._probing = 0, None, False
        return recovered

    def fail(self) -> bool:
        """Counts a failure; says whether it opened the breaker just now."""
        self._failures += 1
        if self._opened_at is not None:
            self._opened_at, self._probing = self._clock(), False
            return False
        if self._failures < self._limit:
            return False
        self._opened_at = self._clock()
        return True

    def forget(self) -> None:
        """The call ended without telling anything about the system (it was cancelled)."""
        self._probing = False
