"""A wall clock that never goes back, so that what has expired stays expired."""

import time
from collections.abc import Callable


class SteadyClock:
    """Seconds since 1970 that follow the wall clock forwards and the monotonic clock when it steps back.

    When an operator, or a bad time server, sets the machine an hour back, tokens that were past their expiry
    would otherwise come back to life. Called like a function: ``now = clock()``.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def __call__(self) -> float:
        monotonic = self._monotonic()
        offset = self._wall() - monotonic
        if offset > self._offset:
            self._offset = offset
        return monotonic + self._offset
