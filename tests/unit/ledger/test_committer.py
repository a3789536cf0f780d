"""Promises of group commit, kept with a writer that can be held up and made to fail."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from gateway.errors import SealingFailed
from gateway.ledger.batch import Batch, Draft, compose
from gateway.ledger.committer import Committer, Limits
from gateway.ledger.merkle import Frontier
from gateway.ledger.note import Signer
from tests.support.ledgers import KEYS, NOON, ORIGIN


class Paper:
    """A writer that keeps its batches in memory, waits at a gate, and fails while it is told to."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Draft]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault: Exception | None = None
        self.closed = False
        self._frontier = Frontier()

    async def append(self, drafts: Sequence[Draft]) -> Batch:
        await self.gate.wait()
        if self.fault:
            raise self.fault
        self.batches.append(drafts)
        return compose(ORIGIN, self._frontier, drafts, NOON, Signer(ORIGIN, KEYS.signing))

    async def close(self) -> None:
        self.closed = True

    @property
    def sealed(self) -> list[str]:
        return [draft.entry_id for batch in self.batches for draft in batch]


def draft(number: int) -> Draft:
    return Draft(f"id-{number}", "", b"s" * 32, b"{}")


@asynccontextmanager
async def committing(limits: Limits | None = None) -> AsyncIterator[tuple[Committer, Paper]]:
    paper = Paper()
    committer = Committer(paper, limits or Limits())
    async with committer.running():
        yield committer, paper


async def settle() -> None:
    """Lets every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_lone_entry_is_committed_at_once() -> None:
    async with committing() as (committer, paper):
        row = await committer.submit(draft(1))

    assert (row.leaf_index, paper.sealed) == (0, ["id-1"])


async def test_what_arrives_during_a_commit_shares_the_next_one_in_order_of_arrival() -> None:
    async with committing() as (committer, paper):
        paper.gate.clear()
        first = asyncio.create_task(committer.submit(draft(0)))
        await settle()
        others = [asyncio.create_task(committer.submit(draft(number))) for number in range(1, 50)]
        await settle()
        paper.gate.set()
        rows = await asyncio.gather(first, *others)

    assert [len(batch) for batch in paper.batches] == [1, 49]
    assert [row.leaf_index for row in rows] == list(range(50))


async def test_a_commit_carries_no_more_than_its_limit() -> None:
    async with committing(Limits(together=10)) as (committer, paper):
        await asyncio.gather(*(committer.submit(draft(number)) for number in range(25)))

    assert [len(batch) for batch in paper.batches] == [10, 10, 5]


async def test_a_failure_fails_everyone_who_waited_for_it_each_with_the_cause() -> None:
    async with committing() as (committer, paper):
        paper.fault = OSError("disk full")
        results = await asyncio.gather(*(committer.submit(draft(n)) for n in range(3)), return_exceptions=True)

        assert not committer.healthy

    assert all(isinstance(result, SealingFailed) for result in results)
    assert len({id(result) for result in results}) == 3
    assert {str(result.__cause__) for result in results if isinstance(result, SealingFailed)} == {"disk full"}
    assert paper.sealed == []


async def test_after_a_failure_it_goes_on_by_itself() -> None:
    async with committing() as (committer, paper):
        paper.fault = OSError("gone")
        with pytest.raises(SealingFailed):
            await committer.submit(draft(1))
        paper.fault = None

        await committer.submit(draft(2))

        assert committer.healthy
    assert paper.sealed == ["id-2"]


async def test_a_failing_ledger_that_nobody_asks_finds_out_by_itself_that_it_can_write_again() -> None:
    async with committing(Limits(retry=0.01)) as (committer, paper):
        paper.fault = OSError("gone")
        with pytest.raises(SealingFailed):
            await committer.submit(draft(1))
        await asyncio.sleep(0.05)
        still = committer.healthy
        paper.fault = None
        async with asyncio.timeout(5):
            while not committer.healthy:  # noqa: ASYNC110 - as whoever asks for readiness does
                await asyncio.sleep(0.01)

    assert not still
    assert paper.sealed == []


async def test_a_caller_that_is_cancelled_does_not_lose_the_entry_nor_trouble_the_others() -> None:
    async with committing() as (committer, paper):
        paper.gate.clear()
        tasks = [asyncio.create_task(committer.submit(draft(number))) for number in range(3)]
        await settle()
        tasks[1].cancel()
        await settle()
        paper.gate.set()
        await asyncio.gather(tasks[0], tasks[2])

    assert tasks[1].cancelled()
    assert paper.sealed == ["id-0", "id-1", "id-2"]


async def test_an_entry_that_would_wait_too_long_fails_though_the_writer_hangs() -> None:
    async with committing(Limits(patience=0.05)) as (committer, paper):
        paper.gate.clear()
        with pytest.raises(SealingFailed):
            await committer.submit(draft(1))
        with pytest.raises(SealingFailed):
            await committer.submit(draft(2))
        paper.gate.set()


async def test_when_too_many_wait_the_next_is_refused_at_once() -> None:
    async with committing(Limits(together=1, waiting=2)) as (committer, paper):
        paper.gate.clear()
        committing_one = asyncio.create_task(committer.submit(draft(0)))
        await settle()
        waiting = [asyncio.create_task(committer.submit(draft(number))) for number in (1, 2)]
        await settle()

        with pytest.raises(SealingFailed):
            await committer.submit(draft(3))

        paper.gate.set()
        await asyncio.gather(committing_one, *waiting)
    assert paper.sealed == ["id-0", "id-1", "id-2"]


async def test_at_the_end_what_waits_is_committed_and_nothing_more_is_taken() -> None:
    async with committing() as (committer, paper):
        paper.gate.clear()
        tasks = [asyncio.create_task(committer.submit(draft(number))) for number in range(3)]
        await settle()
        paper.gate.set()

    assert [row.leaf_index for row in await asyncio.gather(*tasks)] == [0, 1, 2]
    assert paper.closed
    with pytest.raises(SealingFailed):
        await committer.submit(draft(9))
