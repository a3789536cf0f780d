"""One person's questions are counted by a clock that the test moves; nobody pays for another."""

from dataclasses import dataclass

import pytest

from gateway.errors import TooManyRequests
from gateway.policy.quota import Quota


@dataclass
class HandClock:
    """Seconds that pass when they are told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def spend(quota: Quota, times: int, subject: str = "me") -> None:
    for _ in range(times):
        quota.spend(subject)


def refused(quota: Quota, subject: str = "me") -> float:
    """In how many seconds the subject may come back."""
    with pytest.raises(TooManyRequests) as caught:
        quota.spend(subject)
    assert caught.value.retry_after is not None
    return caught.value.retry_after


def test_a_burst_is_taken_at_once_and_the_next_is_not(clock: HandClock) -> None:
    quota = Quota(60, 5, clock)

    spend(quota, 5)

    assert refused(quota) == pytest.approx(1.0)


def test_whoever_waits_as_told_is_served_and_not_before(clock: HandClock) -> None:
    quota = Quota(6, 2, clock)
    spend(quota, 2)
    wait = refused(quota)

    clock.now += wait - 0.01
    refused(quota)
    clock.now += 0.02
    spend(quota, 1)

    assert refused(quota) == pytest.approx(10.0, abs=0.1)


def test_a_refusal_costs_nothing(clock: HandClock) -> None:
    quota = Quota(60, 1, clock)
    spend(quota, 1)
    for _ in range(100):
        refused(quota)

    clock.now += 1.0

    spend(quota, 1)


def test_a_steady_pace_is_never_refused(clock: HandClock) -> None:
    quota = Quota(60, 1, clock)

    for _ in range(300):
        spend(quota, 1)
        clock.now += 1.0


def test_a_long_rest_gives_one_burst_and_no_more(clock: HandClock) -> None:
    quota = Quota(60, 5, clock)
    spend(quota, 5)

    clock.now += 3600
    spend(quota, 5)

    refused(quota)


def test_in_a_minute_nobody_asks_more_than_a_burst_and_a_minutes_worth(clock: HandClock) -> None:
    quota, served = Quota(30, 10, clock), 0

    for _ in range(600):
        try:
            quota.spend("me")
            served += 1
        except TooManyRequests:
            pass
        clock.now += 0.1

    assert served in (10 + 30 - 1, 10 + 30)


def test_one_person_takes_nothing_from_another(clock: HandClock) -> None:
    quota = Quota(60, 2, clock)
    spend(quota, 2)
    refused(quota)

    spend(quota, 2, "you")


def test_only_so_many_people_are_remembered_and_the_longest_quiet_is_forgotten(clock: HandClock) -> None:
    quota = Quota(60, 1, clock, subjects=2)
    spend(quota, 1, "first")
    spend(quota, 1, "second")
    refused(quota, "second")

    spend(quota, 1, "third")

    spend(quota, 1, "first")
    refused(quota, "third")
    refused(quota, "first")


def test_a_clock_that_stands_still_forgives_nothing(clock: HandClock) -> None:
    quota = Quota(1_000_000, 1, clock)
    spend(quota, 1)

    refused(quota)
