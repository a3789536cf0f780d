"""How many questions one person may ask in a while, by the generic cell rate algorithm."""

from collections import OrderedDict
from collections.abc import Callable

from gateway.errors import TooManyRequests


class Quota:
    """``burst`` questions at once, then one every ``60 / per_minute`` seconds, each subject for itself.

    Only the theoretical arrival time of each subject is kept, of at most ``subjects`` of them, the longest
    quiet forgotten first. ``clock`` is monotonic, in seconds.
    """

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float], subjects: int = 100_000) -> None:
        self._interval = 60.0 / per_minute
        self._tolerance = self._interval * burst
        self._clock = clock
        self._subjects = subjects
        self._arrivals: OrderedDict[str, float] = OrderedDict()

    def spend(self, subject: str) -> None:
        """Takes one question from the subject's quota; raises ``TooManyRequests`` with when to come back."""
        now = self._clock()
        arrival = max(self._arrivals.get(subject, now), now) + self._interval
        if arrival - now > self._tolerance:
            raise TooManyRequests(retry_after=arrival - now - self._tolerance)
        self._arrivals[subject] = arrival
        self._arrivals.move_to_end(subject)
        if len(self._arrivals) > self._subjects:
            self._arrivals.popitem(last=False)
