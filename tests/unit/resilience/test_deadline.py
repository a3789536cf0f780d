"""A deadline: one moment for the whole call, which only comes closer."""

import pytest

from gateway.errors import BackendLate
from gateway.resilience.deadline import Deadline


def test_it_tells_the_seconds_that_are_left() -> None:
    assert Deadline.after(5).remaining() == pytest.approx(5, abs=0.5)
    assert 4 < Deadline.after(5).check() <= 5


@pytest.mark.parametrize("seconds", [0, -1])
def test_once_it_has_passed_the_call_is_late(seconds: float) -> None:
    with pytest.raises(BackendLate):
        Deadline.after(seconds).check()


def test_a_part_of_the_call_may_be_given_less_time() -> None:
    assert Deadline.after(5).sooner(1).remaining() == pytest.approx(1, abs=0.5)


def test_a_part_of_the_call_is_never_given_more_time() -> None:
    deadline = Deadline.after(1)

    assert deadline.sooner(60) == deadline
