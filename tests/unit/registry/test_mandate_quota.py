"""Calls of a day under a mandate are counted once over all workers, and never more than its quota are let through."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.errors import TooManyRequests
from gateway.registry.mandate_quota import DAY, LOOK_AGAIN, QuotaLease
from gateway.registry.mandates import MandateTerms
from gateway.schema.country import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_mandate_days
from tests.support.operators import Watch

MIDNIGHT = 1_790_035_200
TERMS = MandateTerms(
    mandate="m1",
    partner="bh-partner",
    agency="bh-agency",
    active=True,
    services=frozenset({"traffic-fines"}),
    states=frozenset({Country.BH}),
    purposes=frozenset({"self_service"}),
    starts_at=0,
    ends_at=MIDNIGHT * 2,
    daily_quota=10,
)


async def spent(lease: QuotaLease, tries: int, terms: MandateTerms = TERMS) -> int:
    """How many of so many calls at once are let through."""

    async def one() -> int:
        try:
            await lease.spend(terms)
        except TooManyRequests:
            return 0
        return 1

    return sum(await asyncio.gather(*(one() for _ in range(tries))))


@pytest.mark.parametrize("quota", [1, 7, 250, 1001])
async def test_workers_together_spend_exactly_the_quota(storage_url: str, quota: int) -> None:
    watch = Watch(MIDNIGHT + 60)
    terms = replace(TERMS, daily_quota=quota)
    async with Storage.open(storage_url) as one, Storage.open(storage_url) as two:
        leases = [QuotaLease(one, watch), QuotaLease(two, watch), QuotaLease(two, watch)]
        first = sum(await asyncio.gather(*(spent(lease, quota, terms) for lease in leases)))
        # What others hold and did not spend comes back from those who end in order.
        await asyncio.gather(*(lease.close() for lease in leases))
        watch.advance(LOOK_AGAIN)
        rest = await spent(leases[0], quota, terms)

        assert first <= quota
        assert first + rest == quota


async def test_a_spent_quota_says_when_to_come_back_and_is_new_the_next_day(storage_url: str) -> None:
    watch = Watch(MIDNIGHT + DAY - 100)
    async with Storage.open(storage_url) as storage:
        lease = QuotaLease(storage, watch)
        assert await spent(lease, 11) == 10
        with pytest.raises(TooManyRequests) as refused:
            await lease.spend(TERMS)
        assert (refused.value.code, refused.value.retry_after) == ("mandate_quota_spent", 100)

        watch.advance(100)

        assert await spent(lease, 11) == 10


async def test_what_a_killed_worker_had_taken_is_lost_and_never_spent_twice(storage_url: str) -> None:
    watch = Watch(MIDNIGHT)
    terms = replace(TERMS, daily_quota=1000)
    async with Storage.open(storage_url) as storage:
        assert await spent(QuotaLease(storage, watch), 1, terms) == 1

        assert await spent(QuotaLease(storage, watch), 1000, terms) == 990


async def test_a_call_takes_no_more_of_the_database_than_a_part_needs(storage_url: str) -> None:
    watch = Watch(MIDNIGHT)
    terms = replace(TERMS, daily_quota=1000)
    async with Storage.open(storage_url) as storage:
        assert await spent(QuotaLease(storage, watch), 11, terms) == 11
        async with storage.reading() as connection:
            taken = await connection.scalar(select(registry_mandate_days.c.taken))

        assert taken == 20


async def test_a_second_mandate_is_used_when_the_first_is_spent(storage_url: str) -> None:
    watch = Watch(MIDNIGHT)
    first, second = replace(TERMS, daily_quota=1), replace(TERMS, mandate="m2", daily_quota=1)
    async with Storage.open(storage_url) as storage:
        lease = QuotaLease(storage, watch)

        assert [(await lease.spend(first, second)).mandate for _ in range(2)] == ["m1", "m2"]
        with pytest.raises(TooManyRequests):
            await lease.spend(first, second)


async def test_days_long_past_are_forgotten(storage_url: str) -> None:
    watch = Watch(MIDNIGHT)
    async with Storage.open(storage_url) as storage:
        lease = QuotaLease(storage, watch)
        await lease.spend(TERMS)
        watch.advance(41 * DAY)
        await lease.spend(TERMS)
        await lease.forget()
        async with storage.reading() as connection:
            kept = (await connection.scalars(select(registry_mandate_days.c.day))).all()

        assert kept == ["2026-11-02"]
