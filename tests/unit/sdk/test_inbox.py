"""The inbox: a late answer is taken once, by whoever waits for it, and nothing else is."""

import asyncio
import time
import tracemalloc

import pytest

from gateway.errors import BackendBusy, BackendLate
from gateway.resilience.deadline import Deadline
from gateway.sdk.inbox import Callback, Inbox, Waiting

BASE = "http://127.0.0.1:8090"


def soon() -> Deadline:
    return Deadline.after(2)


def reference(waiting: Waiting) -> str:
    """What the callback door finds in the path."""
    prefix = f"{BASE}/callbacks/"
    assert waiting.url.startswith(prefix)
    return waiting.url.removeprefix(prefix)


async def test_an_answer_reaches_whoever_waits_for_it() -> None:
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect() as waiting:
        asyncio.get_running_loop().call_later(0.01, inbox.deliver, reference(waiting), {"X-Signature": "s"}, b"<a/>")
        answer = await waiting.answer(soon())

    assert answer == Callback({"x-signature": "s"}, b"<a/>")


async def test_an_answer_that_comes_before_anybody_waits_is_kept() -> None:
    """The system may be faster than its own acknowledgement."""
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect() as waiting:
        inbox.deliver(reference(waiting), {}, b"early")

        assert (await waiting.answer(soon())).body == b"early"


async def test_answers_that_come_out_of_order_reach_their_own_questions() -> None:
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect() as first, inbox.expect() as second:
        inbox.deliver(reference(second), {}, b"second")
        inbox.deliver(reference(first), {}, b"first")
        answers = await asyncio.gather(first.answer(soon()), second.answer(soon()))

    assert [answer.body for answer in answers] == [b"first", b"second"]


async def test_a_reference_is_good_for_one_delivery() -> None:
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect() as waiting:
        taken = [inbox.deliver(reference(waiting), {}, body) for body in (b"first", b"replayed")]
        answer = await waiting.answer(soon())

    assert taken == [True, False]
    assert answer.body == b"first"


async def test_a_delivery_after_the_wait_is_over_is_refused() -> None:
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect() as waiting:
        pass

    assert inbox.deliver(reference(waiting), {}, b"late") is False


@pytest.mark.parametrize(
    "unknown", ["", "kuwait", "kuwait/", "kuwait/AAAAAAAAAAAAAAAAAAAAAA", "../kuwait/x", "\0" * 99]
)
async def test_a_reference_that_nobody_gave_out_is_refused(unknown: str) -> None:
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect():
        assert inbox.deliver(unknown, {}, b"guessed") is False


async def test_a_reference_of_one_room_does_not_open_another() -> None:
    shared = Inbox(BASE)
    kuwait, oman = shared.of("kuwait"), shared.of("oman")
    async with kuwait.expect() as waiting, oman.expect():
        token = reference(waiting).removeprefix("kuwait/")

        assert shared.deliver(f"oman/{token}", {}, b"confused") is False
        assert shared.deliver(f"kuwait/{token}", {}, b"right") is True


async def test_references_cannot_be_guessed() -> None:
    """128 bits from the system's own source of randomness, safe in a path."""
    inbox, seen = Inbox(BASE).of("kuwait"), set()
    for _ in range(1000):
        async with inbox.expect() as waiting:
            seen.add(reference(waiting).removeprefix("kuwait/"))

    assert len(seen) == 1000
    assert {len(each) for each in seen} == {22}
    assert all(each.replace("-", "").replace("_", "").isalnum() for each in seen)


async def test_an_answer_that_does_not_come_is_late() -> None:
    inbox = Inbox(BASE).of("kuwait")
    began = time.monotonic()
    async with inbox.expect() as waiting:
        with pytest.raises(BackendLate):
            await waiting.answer(Deadline.after(0.05))
        taken = inbox.deliver(reference(waiting), {}, b"too late")

    assert 0.04 < time.monotonic() - began < 0.5
    assert taken is False


async def test_without_time_nobody_waits() -> None:
    inbox = Inbox(BASE).of("kuwait")
    async with inbox.expect() as waiting:
        with pytest.raises(BackendLate):
            await waiting.answer(Deadline.after(-1))


async def test_so_many_may_wait_and_no_more() -> None:
    inbox = Inbox(BASE, most=2).of("kuwait")
    async with inbox.expect(), inbox.expect():
        with pytest.raises(BackendBusy):
            async with inbox.expect():
                pass
        full = len(inbox)

    assert full == 2
    async with inbox.expect() as waiting:
        assert inbox.deliver(reference(waiting), {}, b"room again")


async def test_an_error_ends_the_wait() -> None:
    inbox = Inbox(BASE).of("kuwait")
    with pytest.raises(ZeroDivisionError):
        async with inbox.expect():
            raise ZeroDivisionError

    assert len(inbox) == 0


async def test_waits_that_are_cancelled_leave_nothing_behind() -> None:
    inbox = Inbox(BASE).of("kuwait")

    async def wait() -> None:
        async with inbox.expect() as waiting:
            await waiting.answer(Deadline.after(60))

    async def rush(count: int) -> None:
        tasks = [asyncio.create_task(wait()) for _ in range(count)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    await rush(200)
    tracemalloc.start()
    for _ in range(5):
        await rush(200)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(inbox) == 0
    assert grown < 100_000
