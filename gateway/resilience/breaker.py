"""A breaker: a system that keeps failing is left alone for a while, then tried by one call at a time."""

from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed lets calls through, open none, half open one."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class BreakerOpen(Exception):
    """No call is let through; asking again is worth while after ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Breaker:
    """Opens after ``failures`` in a row, stays open for ``open_seconds``; then a single call decides.

    ``clock`` is monotonic, in seconds. A caller gets a pass from ``admit`` and gives it back with ``succeed``,
    ``fail`` or ``forget``. A pass from before the breaker last moved says nothing any more: a call that was
    under way when the breaker opened neither closes it nor disturbs the probe.
    """

    def __init__(self, failures: int, open_seconds: float, clock: Callable[[], float]) -> None:
        if failures < 1 or open_seconds <= 0:
            raise ValueError("a breaker opens after one failure or more, for longer than no time")
        self._limit = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._pass = 0
        self._down_since: float | None = None
        self._opened_at = 0.0
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Half open from the moment at which a probe may be sent."""
        if self._down_since is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._rest() <= 0 else BreakerState.OPEN

    def admit(self) -> int:
        """A pass for one call; raises ``BreakerOpen`` when there is none."""
        if self._down_since is None:
            return self._pass
        rest = self._rest()
        if rest > 0:
            raise BreakerOpen(rest)
        if self._probing:
            raise BreakerOpen(self._open_seconds)
        self._probing = True
        self._pass += 1
        return self._pass

    def succeed(self, held: int) -> float | None:
        """Takes back the pass of a call that went well; the seconds of the outage when that ended it."""
        if held != self._pass:
            return None
        self._failures = 0
        if self._down_since is None:
            return None
        down_for = self._clock() - self._down_since
        self._down_since, self._probing = None, False
        self._pass += 1
        return down_for

    def fail(self, held: int) -> bool:
        """Takes back the pass of a call that failed; whether that began an outage."""
        if held != self._pass:
            return False
        self._failures += 1
        if self._down_since is None and self._failures < self._limit:
            return False
        began = self._down_since is None
        self._opened_at = self._clock()
        self._down_since = self._opened_at if began else self._down_since
        self._probing = False
        self._pass += 1
        return began

    def forget(self, held: int) -> None:
        """Takes back the pass of a call that says nothing about the system, such as a cancelled one."""
        if held == self._pass:
            self._probing = False

    def _rest(self) -> float:
        """Seconds until a probe may be sent."""
        return self._opened_at + self._open_seconds - self._clock()
