"""What a state said, written down: how the application stands, what happened, when to ask again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.hooks import Watch
from gateway.applications.kept import Application, Detail
from gateway.applications.life import Change, advance
from gateway.applications.store import Store
from gateway.applications.terms import Terms
from gateway.schema.application import Progress

log = structlog.get_logger()

LONGEST_DOUBLING = 20


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, half of it jitter: between half and the whole of ``first * 2 ** (failures - 1)`` seconds, or of
    ``longest`` where that is less."""

    first: float
    longest: float
    uniform: Callable[[float, float], float] = random.uniform

    def after(self, failures: int) -> timedelta:
        """How long to wait after so many failures, one at least."""
        whole = min(self.first * 2 ** min(max(failures, 1) - 1, LONGEST_DOUBLING), self.longest)
        return timedelta(seconds=whole / 2 + self.uniform(0, whole / 2))


@dataclass(frozen=True, slots=True)
class Settling:
    """Writes what states say. ``pace`` is how long is waited between two questions about the same application."""

    store: Store
    watch: Watch
    terms: Terms
    pace: timedelta
    uniform: Callable[[float, float], float] = random.uniform

    def next_question(self, now: datetime) -> datetime:
        """When to ask again, a little apart from all the others that were asked now."""
        return now + self.pace * self.uniform(0.9, 1.1)

    async def settle(
        self,
        connection: AsyncConnection,
        before: Application,
        heard: Progress,
        now: datetime,
        entry: str,
        *,
        direct: bool,
        soon: bool = False,
    ) -> Application:
        """The application after what was heard, written down with its event.

        ``before`` was read for change in this transaction. ``direct`` is as of ``advance``; ``soon`` asks again at
        once.
        """
        change = advance(before.standing, heard, direct=direct)
        after = replace(before, updated_at=now, standing=change.after) if change else before
        after = replace(after, national_reference=before.national_reference or heard.reference)
        after = self.terms.follow(after, now, fresh=change is not None)
        if after.status.final:
            after = replace(after, track_at=None, decided_at=after.decided_at or now)
        elif direct:
            after = replace(after, track_at=now if soon else self.next_question(now), track_failures=0)
        if after != before:
            await self.store.save(connection, after)
        if change:
            await self._record(connection, after, change, now, entry)
        return after

    async def _record(
        self, connection: AsyncConnection, after: Application, change: Change, now: datetime, entry: str
    ) -> None:
        progress = change.after.progress
        detail = Detail(national_status=progress.national_status if progress else None)
        if change.puzzled:
            await self.store.record(connection, after, "gateway", "unknown_status", now, detail, entry)
            self.watch.status_unknown(after.service, after.country)
            log.error(
                "application.status_unknown",
                application=after.id,
                service=after.service,
                country=after.country.value,
                agency=after.agency,
                national_status=detail.national_status,
            )
        elif change.turned:
            await self.store.record(connection, after, "agency", "status", now, detail, entry)
