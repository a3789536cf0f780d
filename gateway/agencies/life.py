"""The life of an adapter once a version is approved: tried, live, paused, taken back, and retired with notice."""

from collections.abc import Awaitable, Callable
from typing import Final

import orjson
import structlog
from pydantic import Field
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import AgencyGrant
from gateway.agencies.adapters import AdapterView, adapter_view
from gateway.agencies.members import Remember
from gateway.agencies.moments import Moment
from gateway.agencies.records import secret_names, version_row
from gateway.agencies.versions import check_ready
from gateway.errors import Conflict, InvalidInput
from gateway.registry.manifest import Manifest
from gateway.registry.store import RegistryStore
from gateway.schema.base import Frozen
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters

log = structlog.get_logger()

NOTICE_DAYS: Final = 30
"""How long before its end citizens and other agencies are told."""

LONGEST_REASON: Final = 1000
DAY: Final = 86_400
Change = Callable[[AsyncConnection], Awaitable[object]]


class GoingLive(Frozen):
    """Which version, and on how many calls of a hundred; at 100 it answers all of them at once."""

    version: str = Field(max_length=32)
    share: int = Field(ge=1, le=100)


class Retirement(Frozen):
    """When the adapter ends, and why, for citizens to read."""

    at: Moment
    reason: Text


class Life:
    """``clock`` gives seconds since 1970; ``notice_days`` is how far ahead an end must be.

    Every change is one transaction with its event, its revision and, where it is to be kept, its answer.
    """

    def __init__(
        self, storage: Storage, store: RegistryStore, clock: Callable[[], float], notice_days: int = NOTICE_DAYS
    ) -> None:
        self._storage = storage
        self._store = store
        self._clock = clock
        self._notice = notice_days * DAY

    async def go_live(self, grant: AgencyGrant, adapter: str, wanted: GoingLive, remember: Remember) -> AdapterView:
        """Raises ``NotFound``, ``Conflict``, and ``UnfitSubmission`` where what ``live`` needs is missing."""

        async def change(connection: AsyncConnection) -> None:
            # The store first: it makes those who come at the same time wait for each other.
            await self._store.go_live(connection, adapter, wanted.version, wanted.share, grant.actor.id)
            row = await version_row(connection, adapter, wanted.version)
            check_ready(Manifest.model_validate_json(row.plate), await secret_names(connection, adapter))

        return await self._changed("live", adapter, change, remember)

    async def promote(self, grant: AgencyGrant, adapter: str, remember: Remember) -> AdapterView:
        """What is tried answers every call."""
        store, actor = self._store, grant.actor.id
        return await self._changed("promoted", adapter, lambda c: store.promote(c, adapter, actor), remember)

    async def withdraw(self, grant: AgencyGrant, adapter: str, version: str, remember: Remember) -> AdapterView:
        """What is tried answers no more; raises ``Conflict`` where that version is not tried."""

        async def change(connection: AsyncConnection) -> None:
            if not await self._store.withdraw(connection, adapter, version, grant.actor.id):
                raise Conflict("adapter_no_canary")

        return await self._changed("withdrawn", adapter, change, remember)

    async def pause(self, grant: AgencyGrant, adapter: str, remember: Remember) -> AdapterView:
        """Answers nothing until it is resumed."""
        store, actor = self._store, grant.actor.id
        return await self._changed("paused", adapter, lambda c: store.pause(c, adapter, actor), remember)

    async def resume(self, grant: AgencyGrant, adapter: str, remember: Remember) -> AdapterView:
        """Answers again."""
        store, actor = self._store, grant.actor.id
        return await self._changed("resumed", adapter, lambda c: store.resume(c, adapter, actor), remember)

    async def roll_back(self, grant: AgencyGrant, adapter: str, remember: Remember) -> AdapterView:
        """What answered before answers again."""
        store, actor = self._store, grant.actor.id
        return await self._changed("rolled_back", adapter, lambda c: store.roll_back(c, adapter, actor), remember)

    async def retire(self, grant: AgencyGrant, adapter: str, end: Retirement, remember: Remember) -> AdapterView:
        """Announces the end; raises ``InvalidInput`` where it is too soon, or the reason is too long."""
        at = int(end.at.timestamp())
        if at < self._clock() + self._notice:
            raise InvalidInput("notice_too_short", field="/at", days=self._notice // DAY)
        if max(len(end.reason.ar), len(end.reason.en)) > LONGEST_REASON:
            raise InvalidInput("field_too_long", field="/reason")

        async def change(connection: AsyncConnection) -> None:
            await self._store.retire(connection, adapter, grant.actor.id, at)
            why = orjson.dumps(end.reason.model_dump())
            own = registry_adapters.c.adapter_id == adapter
            await connection.execute(update(registry_adapters).where(own).values(retires_why=why))

        return await self._changed("retires", adapter, change, remember)

    async def _changed(self, what: str, adapter: str, change: Change, remember: Remember) -> AdapterView:
        async with self._storage.writing() as connection:
            await change(connection)
            view = await adapter_view(connection, adapter)
            await remember(connection, view)
        log.info("adapter.changed", adapter=adapter, change=what)
        return view
