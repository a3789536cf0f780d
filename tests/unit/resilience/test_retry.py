"""The retry budget and the pause between tries."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.resilience.retry import Backoff, RetryBudget


def spent(budget: RetryBudget, wanted: int) -> int:
    return sum(budget.spend() for _ in range(wanted))


def test_a_quiet_system_has_a_small_reserve_of_retries() -> None:
    assert spent(RetryBudget(reserve=5), 100) == 5


def test_ten_first_tries_earn_one_retry() -> None:
    budget = RetryBudget(ratio=0.1, reserve=5)
    spent(budget, 100)

    earned = []
    for _ in range(20):
        budget.earn()
        earned.append(budget.spend())

    assert earned.count(True) == 2
    assert earned[9]


def test_what_is_saved_is_never_more_than_the_reserve() -> None:
    budget = RetryBudget(ratio=0.1, reserve=5)
    for _ in range(10_000):
        budget.earn()

    assert spent(budget, 100) == 5


@given(calls=st.integers(0, 2_000), tries=st.integers(1, 4))
def test_retries_never_exceed_a_tenth_of_the_calls_and_the_reserve(calls: int, tries: int) -> None:
    """Even when every call wants all its retries."""
    budget = RetryBudget(ratio=0.1, reserve=5)
    retries = 0
    for _ in range(calls):
        budget.earn()
        retries += spent(budget, tries)

    assert retries <= calls * 0.1 + 5


@pytest.mark.parametrize(("ratio", "reserve"), [(-0.1, 5), (1.1, 5), (0.1, 0.5)])
def test_a_budget_that_could_not_work_is_not_made(ratio: float, reserve: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        RetryBudget(ratio, reserve)


def test_the_longest_pause_doubles_until_its_bound() -> None:
    longest = Backoff(first=0.05, longest=1.0, uniform=lambda _low, high: high)

    assert [longest.pause(retries) for retries in range(6)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0]


def test_pauses_are_spread_over_the_whole_range() -> None:
    """Callers that failed together do not come back together."""
    backoff = Backoff(first=1.0, longest=1.0, uniform=random.Random(7).uniform)

    pauses = [backoff.pause(0) for _ in range(1000)]

    assert min(pauses) < 0.05
    assert max(pauses) > 0.95
    assert 0.45 < sum(pauses) / len(pauses) < 0.55
