"""Promises of the lanes: what is due is done, so many at once, and no state waits behind another."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from gateway.applications.lanes import LaneLimits, Lanes
from gateway.applications.settling import Backoff
from gateway.errors import Unavailable
from gateway.schema import Country

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Heap:
    """Jobs by state; those of ``hung`` states never end, and claiming fails while it is ``down``."""

    def __init__(self, jobs: Mapping[Country, int], hung: Sequence[Country] = ()) -> None:
        self.left = dict(jobs)
        self.hung = hung
        self.down = False
        self.claims: list[tuple[Country, int]] = []
        self.most = 0
        self.running = 0
        self.done: list[Country] = []
        self.finished = asyncio.Event()

    def lanes(self, slots: int = 4, **limits: float) -> Lanes[Country]:
        settings = LaneLimits(slots=slots, **{"poll_seconds": 60.0, "drain_seconds": 0.05, **limits})
        return Lanes("test", settings, lambda: NOW, self.next_due, self.claim, self.work)

    async def next_due(self) -> Mapping[Country, datetime]:
        if self.down:
            raise Unavailable
        return {country: NOW for country, count in self.left.items() if count}

    async def claim(self, country: Country, most: int) -> Sequence[Country]:
        taken = min(most, self.left[country])
        self.left[country] -= taken
        self.claims.append((country, taken))
        return [country] * taken

    async def work(self, country: Country) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(3600 if country in self.hung else 0)
        self.running -= 1
        self.done.append(country)
        if not any(count for each, count in self.left.items() if each not in self.hung):
            self.finished.set()


async def test_a_state_that_hangs_holds_up_nobody_else() -> None:
    heap = Heap({Country.KW: 100, Country.OM: 50, Country.AE: 1}, hung=[Country.KW])

    async with asyncio.timeout(10), heap.lanes().running():
        await heap.finished.wait()

    assert heap.done.count(Country.OM) + heap.done.count(Country.AE) >= 50
    assert heap.left[Country.KW] == 96


async def test_no_more_is_done_at_once_than_a_lane_has_slots() -> None:
    heap = Heap({Country.OM: 40})

    done = await heap.lanes(slots=3).once()

    assert (done, heap.most) == (40, 3)


async def test_half_a_lane_is_claimed_at_a_time() -> None:
    heap = Heap({Country.OM: 400})

    await heap.lanes(slots=16).once()

    assert max(count for _, count in heap.claims) == 16
    assert min(count for _, count in heap.claims) >= 8


async def test_whoever_wakes_the_lanes_waits_for_no_poll() -> None:
    heap = Heap({Country.OM: 0})
    lanes = heap.lanes()

    async with asyncio.timeout(10), lanes.running():
        await asyncio.sleep(0.05)
        heap.left[Country.OM] = 1
        lanes.wake()
        await heap.finished.wait()

    assert heap.done == [Country.OM]


async def test_lanes_rest_while_the_database_is_away_and_go_on_by_themselves() -> None:
    heap = Heap({Country.OM: 1})
    heap.down = True

    async with asyncio.timeout(10), heap.lanes(poll_seconds=0.01).running():
        await asyncio.sleep(0.05)
        assert heap.done == []
        heap.down = False
        await heap.finished.wait()

    assert heap.done == [Country.OM]


async def test_a_job_that_stumbles_stops_nothing() -> None:
    class Stumbling(Heap):
        async def work(self, country: Country) -> None:
            await super().work(country)
            raise LookupError

    heap = Stumbling({Country.OM: 10})

    async with asyncio.timeout(10), heap.lanes().running():
        await heap.finished.wait()

    assert len(heap.done) == 10


async def test_what_is_under_way_at_the_end_has_a_while_to_finish() -> None:
    heap = Heap({Country.OM: 1, Country.KW: 1}, hung=[Country.KW])
    lanes = heap.lanes(drain_seconds=0.2)

    async with asyncio.timeout(10), lanes.running():
        await heap.finished.wait()

    assert heap.done == [Country.OM]


@pytest.mark.parametrize(("failures", "whole"), [(0, 5), (1, 5), (2, 10), (4, 40), (8, 600), (1000, 600)])
def test_a_pause_doubles_up_to_the_longest_and_half_of_it_is_chance(failures: int, whole: float) -> None:
    shortest = Backoff(5, 600, lambda low, high: low).after(failures)
    longest = Backoff(5, 600, lambda low, high: high).after(failures)

    assert (shortest, longest) == (timedelta(seconds=whole / 2), timedelta(seconds=whole))
