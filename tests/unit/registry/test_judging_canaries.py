"""When a version that is tried is taken back, and when it is given the benefit of the doubt."""

from collections.abc import Sequence

import pytest

from gateway.registry.canary import judge
from gateway.registry.version import KEPT, Tally

BUDGET = 0.5


def tally(calls: int, failures: int = 0, seconds: float = 0.05) -> Tally:
    made = Tally()
    for number in range(calls):
        made.add(number < failures, seconds)
    return made


@pytest.mark.parametrize(
    ("calls", "failures", "other"),
    [(3, 3, (200, 0)), (5, 3, (200, 0)), (40, 8, (200, 2)), (4, 4, None), (200, 40, (200, 4))],
)
def test_a_version_that_surely_fails_more_often_is_taken_back(
    calls: int, failures: int, other: tuple[int, int] | None
) -> None:
    """After three failures of three at the latest: nobody waits for statistics while citizens see errors."""
    worse = judge(tally(calls, failures), tally(*other) if other else None, BUDGET)

    assert worse is not None
    assert worse.why == "failures"
    assert worse.tried == round(100 * failures / calls)


@pytest.mark.parametrize(
    ("calls", "failures", "other"),
    [(0, 0, (200, 0)), (1, 1, (200, 0)), (50, 1, (200, 0)), (40, 8, (200, 40)), (40, 40, (40, 40)), (100, 0, None)],
)
def test_a_version_that_may_be_as_good_goes_on(calls: int, failures: int, other: tuple[int, int] | None) -> None:
    """One failure proves nothing, and a national system that is down is down for both."""
    assert judge(tally(calls, failures), tally(*other) if other else None, BUDGET) is None


@pytest.mark.parametrize(
    ("seconds", "other", "worse"),
    [(0.2, 0.05, True), (0.09, 0.05, False), (0.06, 0.05, False), (0.6, None, True), (0.4, None, False)],
)
def test_a_version_that_is_slower_is_taken_back(seconds: float, other: float | None, worse: bool) -> None:
    """Slower than half as much again, or where there is no other, than its own budget."""
    compared = tally(100, seconds=other) if other else None

    found = judge(tally(20, seconds=seconds), compared, BUDGET)

    assert (found is not None and found.why == "latency") is worse


def test_times_are_not_compared_before_there_are_enough() -> None:
    """The first call opens connections."""
    assert judge(tally(19, seconds=3.0), tally(100), BUDGET) is None


def test_only_the_newest_calls_count() -> None:
    """What went wrong long ago is forgotten."""
    made = tally(KEPT, KEPT)

    for _ in range(KEPT):
        made.add(False, 0.01)

    assert (made.calls, made.failures) == (KEPT, 0)


@pytest.mark.parametrize(
    ("times", "slowest"), [([], None), ([0.1], 0.1), ([0.1] * 9 + [0.9], 0.9), ([0.1] * 19 + [0.9], 0.1)]
)
def test_nine_of_ten_calls_keep_below_the_slowest_tenth(times: Sequence[float], slowest: float | None) -> None:
    """A failed call says nothing about time: it may have failed at once."""
    made = tally(5, 5, seconds=7.0)
    for each in times:
        made.add(False, each)

    assert made.slowest_tenth() == slowest
