"""The breaker: closed, open, half open, and one probe at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.resilience.breaker import Breaker, BreakerOpen, BreakerState


class HandClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def breaker(failures: int = 3, open_seconds: float = 5.0) -> tuple[Breaker, HandClock]:
    clock = HandClock()
    return Breaker(failures, open_seconds, clock), clock


def opened(failures: int = 3, open_seconds: float = 5.0) -> tuple[Breaker, HandClock]:
    guard, clock = breaker(failures, open_seconds)
    for _ in range(failures):
        guard.fail(guard.admit())
    return guard, clock


def test_a_new_breaker_lets_calls_through() -> None:
    guard, _ = breaker()

    assert guard.state is BreakerState.CLOSED
    assert guard.admit() == guard.admit()


def test_it_opens_at_the_last_of_so_many_failures_in_a_row() -> None:
    guard, _ = breaker(failures=3)

    began = [guard.fail(guard.admit()) for _ in range(3)]

    assert began == [False, False, True]
    assert guard.state is BreakerState.OPEN


def test_one_success_starts_the_count_anew() -> None:
    guard, _ = breaker(failures=2)

    guard.fail(guard.admit())
    guard.succeed(guard.admit())
    guard.fail(guard.admit())

    assert guard.state is BreakerState.CLOSED


def test_an_open_breaker_says_when_to_come_back() -> None:
    guard, clock = opened(open_seconds=5)
    clock.pass_by(2)

    with pytest.raises(BreakerOpen) as caught:
        guard.admit()

    assert caught.value.retry_after == pytest.approx(3)


def test_after_its_time_it_is_half_open_and_admits_one_probe() -> None:
    guard, clock = opened(open_seconds=5)
    clock.pass_by(5)

    assert guard.state is BreakerState.HALF_OPEN
    guard.admit()
    with pytest.raises(BreakerOpen) as caught:
        guard.admit()
    assert caught.value.retry_after > 0


def test_a_probe_that_succeeds_closes_it_and_tells_how_long_the_outage_was() -> None:
    guard, clock = opened(open_seconds=5)
    clock.pass_by(7.5)

    down_for = guard.succeed(guard.admit())

    assert down_for == pytest.approx(7.5)
    assert guard.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_the_whole_time_again() -> None:
    guard, clock = opened(open_seconds=5)
    clock.pass_by(5)

    began = guard.fail(guard.admit())

    assert not began, "the same outage goes on"
    states = []
    for seconds in (4.9, 0.1):
        clock.pass_by(seconds)
        states.append(guard.state)
    assert states == [BreakerState.OPEN, BreakerState.HALF_OPEN]


def test_an_outage_is_measured_from_its_first_opening() -> None:
    guard, clock = opened(open_seconds=5)
    clock.pass_by(5)
    guard.fail(guard.admit())
    clock.pass_by(6)

    assert guard.succeed(guard.admit()) == pytest.approx(11)


def test_a_probe_that_was_cancelled_makes_room_for_the_next() -> None:
    guard, clock = opened()
    clock.pass_by(5)

    guard.forget(guard.admit())

    assert guard.state is BreakerState.HALF_OPEN
    assert guard.succeed(guard.admit()) is not None


def test_after_an_outage_it_takes_as_many_failures_as_ever_to_open_it() -> None:
    guard, clock = opened(failures=3)
    clock.pass_by(5)
    guard.succeed(guard.admit())

    guard.fail(guard.admit())
    guard.fail(guard.admit())

    assert guard.state is BreakerState.CLOSED
    assert guard.fail(guard.admit())


def test_a_call_from_before_the_outage_neither_closes_it_nor_disturbs_the_probe() -> None:
    """A hundred calls may be under way when the fifth of them fails."""
    guard, clock = breaker(failures=1)
    slow, slower = guard.admit(), guard.admit()
    guard.fail(guard.admit())

    assert guard.succeed(slow) is None
    assert guard.state is BreakerState.OPEN
    clock.pass_by(5)
    probe = guard.admit()
    assert not guard.fail(slower)
    with pytest.raises(BreakerOpen):
        guard.admit()
    assert guard.succeed(probe) is not None


def test_a_probe_counts_once() -> None:
    guard, clock = opened()
    clock.pass_by(5)
    probe = guard.admit()
    guard.fail(probe)

    assert guard.succeed(probe) is None
    assert guard.state is BreakerState.OPEN


@pytest.mark.parametrize(("failures", "open_seconds"), [(0, 5), (-1, 5), (3, 0), (3, -1)])
def test_a_breaker_that_could_not_work_is_not_made(failures: int, open_seconds: float) -> None:
    with pytest.raises(ValueError, match="breaker"):
        Breaker(failures, open_seconds, HandClock())


@given(st.lists(st.sampled_from(["admit", "succeed", "fail", "forget", "wait"]), max_size=60))
def test_whatever_happens_no_two_probes_are_under_way_together(events: list[str]) -> None:
    """And no order of events leaves it stuck: once its time has passed, a probe is admitted."""
    guard, clock = breaker(failures=2, open_seconds=5)
    held: list[tuple[int, bool]] = []
    for event in events:
        if event == "wait":
            clock.pass_by(2)
        elif event == "admit":
            probing = guard.state is BreakerState.HALF_OPEN
            try:
                held.append((guard.admit(), probing))
            except BreakerOpen:
                continue
            assert len({each for each, is_probe in held if is_probe and each == held[-1][0]}) <= 1
            assert not probing or sum(each == held[-1][0] for each, _ in held) == 1
        elif held:
            getattr(guard, event)(held.pop(0)[0])
    while held:
        guard.forget(held.pop()[0])
    clock.pass_by(5)
    guard.admit()
