"""Terms that watch themselves: what is not decided by its expected day is marked, and told."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Select, and_, or_, select

from gateway.applications.store import Store
from gateway.applications.working_days import local_day
from gateway.resilience.rounds import rounds
from gateway.schema.application import ApplicationStatus
from gateway.schema.country import Country
from gateway.storage.application_tables import applications
from gateway.storage.engine import Storage

log = structlog.get_logger()

ROUND_SECONDS: Final = 60.0
TOGETHER: Final = 200
_UNDECIDED: Final = [
    status.value for status in ApplicationStatus if not status.final and status is not ApplicationStatus.draft
]


class Deadlines:
    """Looks for terms that have passed. Two workers that look at once mark an application once."""

    def __init__(self, storage: Storage, store: Store, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._store = store
        self._clock = clock

    def watching(self, every: float = ROUND_SECONDS) -> AbstractAsyncContextManager[None]:
        """Looks again and again while the context lasts."""
        return rounds("deadlines", self._watch, every)

    async def look(self) -> int:
        """Marks what is overdue now; how many applications that were."""
        async with self._storage.reading() as connection:
            found = [*(await connection.execute(self._passed())).scalars()]
        return sum([await self._mark(key) for key in found])

    async def _watch(self) -> bool:
        return await self.look() == TOGETHER

    def _passed(self) -> Select[tuple[str]]:
        """Ids whose last day is over where they are decided, which is not the same day everywhere.

        A term that stands still does not pass.
        """
        columns, now = applications.c, self._clock()
        over = [
            and_(columns.country == country.value, columns.expected_on < local_day(country, now).isoformat())
            for country in Country
        ]
        return (
            select(columns.application_id)
            .where(or_(*over), columns.overdue_at.is_(None), columns.stopped_at.is_(None))
            .where(columns.status.in_(_UNDECIDED))
            .order_by(columns.expected_on)
            .limit(TOGETHER)
        )

    async def _mark(self, key: str) -> int:
        """Marks one, if nobody did meanwhile and it is still undecided."""
        now = self._clock()
        async with self._storage.writing() as connection:
            try:
                found = await self._store.find(connection, key, to_change=True)
            except ValueError:
                # Nobody can be told whose it is; but it counts as overdue, and does not hold up the others.
                await self._store.mark_overdue(connection, key, now)
                log.error("application.unreadable", application=key)
                return 0
            if found is None or found.overdue_at or found.stopped_at or found.status.final:
                return 0
            overdue = replace(found, overdue_at=now)
            await self._store.save(connection, overdue)
            await self._store.record(connection, overdue, "gateway", "overdue", now)
        log.warning("application.overdue", service=found.service, country=found.country.value, agency=found.agency)
        return 1
