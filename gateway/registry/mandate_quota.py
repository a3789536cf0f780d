"""How many calls a day a mandate allows, never more on all workers together."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, update

from gateway.errors import TooManyRequests
from gateway.registry.mandates import MandateTerms
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_mandate_days as days
from gateway.storage.upsert import upsert

DAY: Final = 86_400
PARTS: Final = 100
MOST_AT_ONCE: Final = 100
"""A worker takes a hundredth of a day's quota at once, and never more than so many calls."""
LOOK_AGAIN: Final = 5.0
"""Seconds for which a quota found spent is not asked for again: another worker may have given some back."""
KEPT_DAYS: Final = 40


@dataclass(slots=True)
class _Lease:
    """What this worker has taken of one day and not spent yet."""

    day: str
    left: int = 0
    spent_until: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class QuotaLease:
    """Takes calls out of the day's quota a few at a time, by an update that cannot take too many, and spends them in
    memory.

    Never more than the quota is spent. It may be less: what a worker has taken and not spent is given back by ``close``
    and lost where the worker is killed, and while it holds some another worker may be refused. ``clock`` gives seconds
    since 1970.
    """

    def __init__(self, storage: Storage, clock: Callable[[], float], mandates: int = 10_000) -> None:
        self._storage = storage
        self._clock = clock
        self._mandates = mandates
        self._leases: OrderedDict[str, _Lease] = OrderedDict()

    async def spend(self, *mandates: MandateTerms) -> MandateTerms:
        """Counts one call, by the first of the mandates that has one left; which that was.

        Raises ``TooManyRequests`` (``mandate_quota_spent``) until midnight, UTC, and ``StorageDown``.
        """
        for each in mandates:
            if await self._spend(each):
                return each
        raise TooManyRequests("mandate_quota_spent", retry_after=DAY - self._clock() % DAY)

    async def close(self) -> None:
        """Gives back what was taken and is not spent; raises ``StorageDown``."""
        leases, self._leases = self._leases, OrderedDict()
        unspent = {mandate: lease for mandate, lease in leases.items() if lease.left}
        if not unspent:
            return
        async with self._storage.writing() as connection:
            for mandate, lease in unspent.items():
                back = update(days).where(days.c.mandate_id == mandate, days.c.day == lease.day)
                await connection.execute(back.values(taken=days.c.taken - lease.left))

    async def forget(self) -> None:
        """Deletes the days that nobody looks at any more; raises ``StorageDown``."""
        oldest = _day(self._clock() - KEPT_DAYS * DAY)
        async with self._storage.writing() as connection:
            await connection.execute(delete(days).where(days.c.day < oldest))

    async def _spend(self, mandate: MandateTerms) -> bool:
        lease = self._lease(mandate.mandate)
        if lease.left == 0 and self._clock() >= lease.spent_until:
            # One refills while the others wait, so that a crowd takes one part and not one each.
            async with lease.turn:
                if lease.left == 0 and self._clock() >= lease.spent_until:
                    await self._refill(mandate, lease)
        if lease.left == 0:
            return False
        lease.left -= 1
        return True

    def _lease(self, mandate: str) -> _Lease:
        """The lease of today: what is left of yesterday's is worth nothing any more."""
        today, lease = _day(self._clock()), self._leases.get(mandate)
        if lease is None or lease.day != today:
            lease = self._leases[mandate] = _Lease(today)
        self._leases.move_to_end(mandate)
        if len(self._leases) > self._mandates:
            self._leases.popitem(last=False)
        return lease

    async def _refill(self, mandate: MandateTerms, lease: _Lease) -> None:
        part = max(1, min(MOST_AT_ONCE, mandate.daily_quota // PARTS))
        first = (
            upsert(self._storage, days)
            .values(mandate_id=mandate.mandate, day=lease.day, taken=0)
            .on_conflict_do_nothing()
        )
        taken = 0
        async with self._storage.writing() as connection:
            await connection.execute(first)
            # Where a whole part is more than is left, what is left goes one by one.
            for wanted in dict.fromkeys((part, 1)):
                guarded = update(days).where(
                    days.c.mandate_id == mandate.mandate,
                    days.c.day == lease.day,
                    days.c.taken + wanted <= mandate.daily_quota,
                )
                if (await connection.execute(guarded.values(taken=days.c.taken + wanted))).rowcount:
                    taken = wanted
                    break
        # Only now is it this worker's: what did not commit was not taken.
        lease.left = taken
        lease.spent_until = 0.0 if taken else self._clock() + LOOK_AGAIN


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
