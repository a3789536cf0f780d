"""A deadline: one moment for the whole call, which only comes closer."""

import asyncio

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


async def test_what_waits_beyond_it_is_ended_as_late() -> None:
    with pytest.raises(BackendLate), Deadline.after(0.01).limit():
        await asyncio.Event().wait()


async def test_what_would_begin_after_it_does_not_begin() -> None:
    begun = False

    with pytest.raises(BackendLate), Deadline.after(-1).limit():
        begun = True

    assert not begun


async def test_what_ends_in_time_is_left_alone_afterwards() -> None:
    with Deadline.after(0.01).limit():
        await asyncio.sleep(0)

    await asyncio.sleep(0.03)


async def test_an_error_of_its_own_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError), Deadline.after(60).limit():
        raise LookupError


async def test_somebody_elses_cancellation_stays_one() -> None:
    async def wait() -> None:
        with Deadline.after(60).limit():
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_comes_with_the_deadline_is_not_taken_for_lateness() -> None:
    async def wait() -> None:
        with Deadline.after(0.01).limit():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                task.cancel()
                raise

    task = asyncio.create_task(wait())

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_of_two_the_earlier_ends_the_wait_and_the_later_does_not_notice() -> None:
    with Deadline.after(60).limit():
        with pytest.raises(BackendLate), Deadline.after(0.01).limit():
            await asyncio.Event().wait()
        await asyncio.sleep(0)
