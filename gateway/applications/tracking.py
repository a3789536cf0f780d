"""Asking states how applications stand, at their pace and never two at once about one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from gateway.applications.exchange import Exchange
from gateway.applications.kept import Application, from_micros, to_micros
from gateway.applications.lanes import LaneLimits, Lanes
from gateway.applications.settling import Backoff, Settling
from gateway.applications.store import Store
from gateway.errors import SealingFailed
from gateway.schema.country import Country
from gateway.sdk.procedure import Order, Procedure
from gateway.storage.application_tables import applications
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class TrackingLimits:
    """``backoff`` is how long a state that does not answer is left alone, ``seconds`` how long a question may take."""

    lanes: LaneLimits
    backoff: Backoff
    seconds: float


class Tracking:
    """Polls. When a question is due it is put off to the next time before it is asked, so that no other worker asks
    it meanwhile, and a worker that dies while asking leaves it for then."""

    def __init__(
        self,
        storage: Storage,
        store: Store,
        exchange: Exchange,
        settling: Settling,
        limits: TrackingLimits,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._store = store
        self._exchange = exchange
        self._settling = settling
        self._limits = limits
        self._clock = clock
        self.lanes: Lanes[Application] = Lanes("tracking", limits.lanes, clock, self._next_due, self._claim, self.ask)

    async def _next_due(self) -> Mapping[Country, datetime]:
        due = {
            country: select(func.min(applications.c.track_at))
            .where(applications.c.country == country.value)
            .scalar_subquery()
            for country in Country
        }
        async with self._storage.reading() as connection:
            row = (await connection.execute(select(*due.values()))).one()
        return {country: from_micros(at) for country, at in zip(due, row, strict=True) if at is not None}

    async def _claim(self, country: Country, most: int) -> Sequence[Application]:
        now, columns = self._clock(), applications.c
        wanted = (
            select(columns.application_id)
            .where(columns.country == country.value, columns.track_at <= to_micros(now))
            .order_by(columns.track_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        async with self._storage.writing() as connection:
            keys = (await connection.execute(wanted)).scalars().all()
            for key in keys:
                later = to_micros(self._settling.next_question(now))
                await connection.execute(
                    update(applications).where(columns.application_id == key).values(track_at=later)
                )
            return list((await self._store.find_all(connection, keys)).values())

    async def ask(self, application: Application) -> None:
        """Asks how one application stands and writes down what came of it."""
        try:
            carried = await self._exchange.carry(application, "track", self._limits.seconds, _track)
        except SealingFailed:
            # It is asked again when it is due again.
            return
        async with self._storage.writing() as connection:
            found = await self._store.find(connection, application.id, to_change=True)
            if found is None or found.status.final:
                return
            now = self._clock()
            if carried.said is not None:
                await self._settling.settle(connection, found, carried.said, now, carried.receipt.id, direct=True)
                return
            failures = found.track_failures + 1
            later = max(now + self._limits.backoff.after(failures), self._settling.next_question(now))
            await self._store.save(connection, replace(found, track_at=later, track_failures=failures))


async def _track(procedure: Procedure[Any, Any], order: Order) -> Any:
    return await procedure.track(order)
