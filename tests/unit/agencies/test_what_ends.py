"""Both sides of a mandate hear of its end thirty and seven days before, and then; each once, whoever looks."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date

import pytest
from sqlalchemy import select, update

from gateway.agencies.mandate_view import MandateView
from gateway.storage.registry_tables import registry_adapters, registry_mandates
from tests.support.joining import ADAPTER, AGENCY, Board, board
from tests.support.mandates import PARTNER, accepted, peopled, proposed

DAY = 86_400


def both(kind: str) -> list[tuple[str, str, str]]:
    return [(kind, f"agency {AGENCY}", "agency"), (kind, f"agency {PARTNER}", "agency")]


async def in_force(here: Board, days: int | None = None) -> MandateView:
    """A mandate that both agreed to; of so many days from now, else of three months."""
    await peopled(here)
    changes = {} if days is None else {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 21 + days)}
    return await accepted(here, (await proposed(here, **changes)).id)


async def test_both_sides_are_told_thirty_and_seven_days_before_and_at_the_end(storage_url: str) -> None:
    async with board(storage_url) as here:
        ends = (await in_force(here)).ends_at.timestamp()
        so_far: list[tuple[str, str, str]] = []

        for before, more in (
            (30 * DAY + 1, []),
            (30 * DAY, both("mandate_ends_30")),
            (29 * DAY, []),
            (7 * DAY + 1, []),
            (7 * DAY, both("mandate_ends_7")),
            (1, []),
            (0, both("mandate_ended")),
            (-DAY, []),
        ):
            here.watch.now = ends - before
            assert await here.ending.visit() is False
            so_far += more
            assert await here.told() == so_far, before

        async with here.storage.reading() as connection:
            assert await connection.scalar(select(registry_mandates.c.standing)) == "ended"
        assert [each.step for each in here.book.entries] == ["end-mandate"]


async def test_workers_that_look_at_once_and_start_anew_tell_each_thing_once(storage_url: str) -> None:
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(board(storage_url)) for _ in range(4)]
        ends = (await in_force(workers[0])).ends_at.timestamp()
        for worker in workers[1:]:
            worker.vault.adopt(workers[0].vault)

        for before in (30 * DAY, 7 * DAY, 0):
            for worker in workers:
                worker.watch.now = ends - before
            await asyncio.gather(*(worker.ending.visit() for worker in workers))
            async with board(storage_url) as started_anew:
                started_anew.vault.adopt(workers[0].vault)
                started_anew.watch.now = ends - before
                await started_anew.ending.visit()

        kinds = ("mandate_ends_30", "mandate_ends_7", "mandate_ended")
        assert await workers[0].told() == [line for kind in kinds for line in both(kind)]


async def test_a_worker_that_slept_tells_the_nearest_alone(storage_url: str) -> None:
    async with board(storage_url) as here:
        ends = (await in_force(here)).ends_at.timestamp()
        here.watch.now = ends - 3 * DAY
        await here.ending.visit()
        await here.ending.visit()

        assert await here.told() == both("mandate_ends_7")


async def test_a_short_mandate_is_told_of_once_at_the_nearest(storage_url: str) -> None:
    async with board(storage_url) as here:
        made = await in_force(here, days=3)
        await here.ending.visit()
        here.watch.now = made.ends_at.timestamp() + 1
        await here.ending.visit()

        assert await here.told() == both("mandate_ends_7") + both("mandate_ended")


@pytest.mark.parametrize("standing", ["proposed", "revoked", "ended"])
async def test_what_is_not_in_force_is_not_told_of(storage_url: str, standing: str) -> None:
    async with board(storage_url) as here:
        ends = (await in_force(here)).ends_at.timestamp()
        async with here.storage.writing() as connection:
            await connection.execute(update(registry_mandates).values(standing=standing))
        for before in (30 * DAY, 7 * DAY, 0):
            here.watch.now = ends - before
            await here.ending.visit()

        assert await here.told() == []


async def test_the_agency_of_an_adapter_that_is_to_end_is_told_and_then_it_is_retired(storage_url: str) -> None:
    async with board(storage_url) as here, board(storage_url) as colleague:
        colleague.vault.adopt(here.vault)
        await peopled(here)
        ends = int(here.watch()) + 60 * DAY
        await here.adapter(standing="open", live_version="1.0.0", retires_at=ends)

        for before in (31, 30, 29, 7, 6, 0, -1):
            here.watch.now = colleague.watch.now = ends - before * DAY
            await asyncio.gather(here.ending.visit(), colleague.ending.visit())

        told = [kind for kind, whom, _ in await here.told() if whom == f"agency {AGENCY}"]
        assert told == ["adapter_ends_30", "adapter_ends_7", "adapter_ended"]
        assert [what for what, _ in await here.events()] == ["told-of-end", "told-of-end", "retires"]
        async with here.storage.reading() as connection:
            assert await connection.scalar(select(registry_adapters.c.standing)) == "retired"


async def test_an_end_that_was_put_off_is_told_of_again(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        ends = int(here.watch()) + 20 * DAY
        await here.adapter(standing="open", live_version="1.0.0", retires_at=ends)
        await here.ending.visit()
        async with here.storage.writing() as connection:
            await here.store.retire(connection, ADAPTER, "member:somebody", ends + 3600)
        await here.ending.visit()

        assert [kind for kind, *_ in await here.told()] == ["adapter_ends_30", "adapter_ends_30"]


async def test_a_mandate_that_nobody_can_read_does_not_keep_the_others_waiting(storage_url: str) -> None:
    async with board(storage_url) as here:
        await in_force(here, days=2)
        async with here.storage.writing() as connection:
            await connection.execute(update(registry_mandates).values(contact=b"sealed under a key that is gone"))
        await accepted(here, (await proposed(here, starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 24))).id)

        assert [await here.ending.visit() for _ in range(2)] == [False, False]

        assert await here.told() == both("mandate_ends_7")
