"""What ends by its date: mandates, and adapters that were to be retired. Those concerned are told before, and then."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.adapter_notices import AdapterNotices
from gateway.agencies.mandate_notices import DAYS, ENDED, MandateNotices
from gateway.agencies.telling import AgencyNotices
from gateway.errors import BawabaError
from gateway.identity.vault import Vault
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.registry.store import GATEWAY, RegistryStore
from gateway.schema.answer import Outcome
from gateway.schema.country import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import (
    registry_adapters,
    registry_agencies,
    registry_events,
    registry_mandates,
)

log = structlog.get_logger()

ROUND_SECONDS: Final = 3600.0
TOGETHER: Final = 100
DAY: Final = 86_400
FIRST, LAST = max(DAYS), min(DAYS)
_SERVICE: Final = "registry"
_TOLD: Final = "told-of-end"


class Ending:
    """Nothing goes on because of it and nothing stops: that is by date at each call. It tells, and writes down.

    Many workers may look at once: whoever changes the row first tells, and each thing is told once. ``clock`` gives
    aware moments.
    """

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        store: RegistryStore,
        ledger: Ledger,
        notices: AgencyNotices,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._ledger = ledger
        self._adapters = AdapterNotices(notices, vault, clock)
        self._sides = MandateNotices(notices, vault, clock)
        self._clock = clock

    async def visit(self) -> bool:
        """Looks once; whether there may be more at once. Raises ``StorageDown`` and ``SealingFailed``."""
        now = int(self._clock().timestamp())
        async with self._storage.reading() as connection:
            mandates = (await connection.execute(_mandates_due(now))).all()
            adapters = (await connection.execute(_adapters_due(now))).all()
        settled = [
            await _settled(row.mandate_id, self._end(row, now) if row.ends_at <= now else self._warn(row, now))
            for row in mandates
        ]
        for row in adapters:
            await _settled(row.adapter_id, self._retire(row) if row.retires_at <= now else self._announce(row, now))
        return len(mandates) == TOGETHER and all(settled)

    async def _warn(self, row: Row[Any], now: int) -> None:
        days, table = _days(row.ends_at - now), registry_mandates
        mine = update(table).where(
            table.c.mandate_id == row.mandate_id, table.c.standing == "active", table.c.told == row.told
        )
        async with self._storage.writing() as connection:
            if (await connection.execute(mine.values(told=days))).rowcount:
                await self._sides.tell(connection, row, days)

    async def _end(self, row: Row[Any], now: int) -> None:
        await self._seal("end-mandate", row.mandate_id, Country(row.country))
        table = registry_mandates
        mine = update(table).where(
            table.c.mandate_id == row.mandate_id, table.c.standing == "active", table.c.ends_at <= now
        )
        async with self._storage.writing() as connection:
            revision = await self._store.bump(connection)
            if (await connection.execute(mine.values(standing="ended", revision=revision))).rowcount:
                await self._sides.tell(connection, row, ENDED)

    async def _announce(self, row: Row[Any], now: int) -> None:
        days = _days(row.retires_at - now)
        facts = {"days": days, "at": row.retires_at}
        async with self._storage.writing() as connection:
            # One worker after another, so that the second finds what the first has written.
            await self._store.bump(connection)
            if not await _is_told(connection, row.adapter_id, facts):
                await self._store.note(connection, row.adapter_id, _TOLD, GATEWAY, row.live_version, facts)
                await self._tell(connection, row, f"adapter_ends_{days}")

    async def _retire(self, row: Row[Any]) -> None:
        await self._seal("retire-adapter", row.adapter_id, Country(row.country), row.live_version)
        async with self._storage.writing() as connection:
            await self._store.bump(connection)
            state = await self._store.find(connection, row.adapter_id)
            if state.standing == "retired" or state.retires_at != row.retires_at:
                # Another worker has written it down, or the agency has put it off.
                return
            await self._store.retire(connection, row.adapter_id, GATEWAY, row.retires_at)
            await self._tell(connection, row, "adapter_ended")

    async def _tell(self, connection: AsyncConnection, row: Row[Any], kind: str) -> None:
        """The agency, under the number of the event that was written just before."""
        events = registry_events
        newest = select(func.max(events.c.number)).where(events.c.adapter_id == row.adapter_id)
        number = int(await connection.scalar(newest) or 0)
        await self._adapters.tell(connection, row.adapter_id, row.adapter_id, number, kind)

    async def _seal(self, step: str, about: str, country: Country, version: str | None = None) -> None:
        entry = Entry(
            at=self._clock(),
            request_id=about,
            service=_SERVICE,
            outcome=Outcome.ok,
            country=country,
            adapter=f"{about}@{version}" if version else None,
            step=step,
        )
        await self._ledger.seal(entry, "")


async def _settled(about: str, work: Awaitable[None]) -> bool:
    """Whether it could be done; one thing that nobody can tell of must not keep the others waiting."""
    try:
        await work
    except BawabaError:
        raise
    except Exception as problem:  # noqa: BLE001
        log.error("ending.failed", about=about, error=type(problem).__name__)
        return False
    return True


def _days(seconds: int) -> int:
    """The last of ``DAYS`` that has come."""
    return min(days for days in DAYS if seconds <= days * DAY)


def _mandates_due(now: int) -> Any:
    """Those with something to tell: what was told already is not found again."""
    table, agencies = registry_mandates, registry_agencies
    late = and_(table.c.ends_at <= now + LAST * DAY, table.c.told != LAST)
    early = and_(table.c.ends_at > now + LAST * DAY, table.c.ends_at <= now + FIRST * DAY, table.c.told == 0)
    return (
        select(table, agencies.c.country)
        .join(agencies, agencies.c.agency_id == table.c.agency_id)
        .where(table.c.standing == "active", or_(table.c.ends_at <= now, late, early))
        .order_by(table.c.ends_at)
        .limit(TOGETHER)
    )


def _adapters_due(now: int) -> Any:
    table = registry_adapters
    return select(table).where(
        table.c.retires_at.is_not(None), table.c.retires_at <= now + FIRST * DAY, table.c.standing != "retired"
    )


async def _is_told(connection: AsyncConnection, adapter: str, facts: dict[str, int]) -> bool:
    table = registry_events
    wanted = select(table.c.facts).where(table.c.adapter_id == adapter, table.c.what == _TOLD)
    return any(orjson.loads(row.facts) == facts for row in await connection.execute(wanted))
