"""The bulkhead: so many inside, so many waiting, in their order."""

import asyncio

import pytest

from gateway.errors import BackendLate
from gateway.resilience.bulkhead import Bulkhead, BulkheadFull
from gateway.resilience.deadline import Deadline

SOON = 0.02


def later() -> Deadline:
    return Deadline.after(5)


async def waiting(bulkhead: Bulkhead, count: int) -> list[asyncio.Task[None]]:
    """So many calls in the queue."""
    tasks = [asyncio.create_task(bulkhead.enter(later())) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_a_free_place_is_taken_at_once() -> None:
    bulkhead = Bulkhead(2, 0)

    await bulkhead.enter(later())
    await bulkhead.enter(later())

    assert (bulkhead.inside, bulkhead.waiting) == (2, 0)


async def test_without_a_place_and_without_a_queue_it_is_full_at_once() -> None:
    bulkhead = Bulkhead(1, 0)
    await bulkhead.enter(later())

    with pytest.raises(BulkheadFull):
        await bulkhead.enter(later())


async def test_the_queue_is_bounded() -> None:
    bulkhead = Bulkhead(1, 2)
    await bulkhead.enter(later())
    tasks = await waiting(bulkhead, 2)

    with pytest.raises(BulkheadFull):
        await bulkhead.enter(later())

    bulkhead.leave()
    bulkhead.leave()
    await asyncio.gather(*tasks)


async def test_a_place_goes_to_whoever_waited_longest() -> None:
    bulkhead = Bulkhead(1, 3)
    await bulkhead.enter(later())
    first, second = await waiting(bulkhead, 2)

    bulkhead.leave()
    await first

    assert not second.done()
    assert (bulkhead.inside, bulkhead.waiting) == (1, 1)
    bulkhead.leave()
    await second


async def test_nobody_overtakes_the_queue() -> None:
    """A place that was given in this very moment is not free."""
    bulkhead = Bulkhead(1, 3)
    await bulkhead.enter(later())
    (first,) = await waiting(bulkhead, 1)

    bulkhead.leave()
    late = asyncio.create_task(bulkhead.enter(later()))
    await first

    assert not late.done()
    bulkhead.leave()
    await late


async def test_whoever_waits_past_the_deadline_is_late_and_leaves_the_queue() -> None:
    bulkhead = Bulkhead(1, 1)
    await bulkhead.enter(later())

    with pytest.raises(BackendLate):
        await bulkhead.enter(Deadline.after(SOON))

    assert (bulkhead.inside, bulkhead.waiting) == (1, 0)
    bulkhead.leave()
    assert bulkhead.inside == 0


async def test_a_cancelled_wait_leaves_the_queue() -> None:
    bulkhead = Bulkhead(1, 2)
    await bulkhead.enter(later())
    first, second = await waiting(bulkhead, 2)

    first.cancel()
    await asyncio.wait([first])
    bulkhead.leave()
    await second

    assert (bulkhead.inside, bulkhead.waiting) == (1, 0)


async def test_a_place_given_to_a_cancelled_wait_is_handed_on() -> None:
    """The place is given and the wait cancelled between two turns of the loop."""
    bulkhead = Bulkhead(1, 2)
    await bulkhead.enter(later())
    first, second = await waiting(bulkhead, 2)

    bulkhead.leave()
    first.cancel()
    await asyncio.wait([first])
    await second

    assert first.cancelled()
    assert (bulkhead.inside, bulkhead.waiting) == (1, 0)


async def test_after_a_rush_with_cancellations_every_place_is_back() -> None:
    bulkhead, most = Bulkhead(4, 50), 0

    async def call(number: int) -> None:
        nonlocal most
        await bulkhead.enter(later())
        most = max(most, bulkhead.inside)
        try:
            await asyncio.sleep(0.001 * (number % 3))
        finally:
            bulkhead.leave()

    tasks = [asyncio.create_task(call(number)) for number in range(50)]
    await asyncio.sleep(0.001)
    for task in tasks[::7]:
        task.cancel()
    await asyncio.wait(tasks)

    assert most == 4
    assert (bulkhead.inside, bulkhead.waiting) == (0, 0)


@pytest.mark.parametrize(("concurrent", "queue"), [(0, 1), (-1, 1), (1, -1)])
def test_a_bulkhead_that_could_not_work_is_not_made(concurrent: int, queue: int) -> None:
    with pytest.raises(ValueError, match="bulkhead"):
        Bulkhead(concurrent, queue)
