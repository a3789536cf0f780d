"""The adapters of an agency: registered by name, found, and read with their versions and what happened to them."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Literal

import orjson
import structlog
from pydantic import Field
from sqlalchemy import Row, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import Actor, AgencyGrant
from gateway.agencies.agencies import ADAPTER
from gateway.agencies.finding import page_of, words_of
from gateway.agencies.moments import Moment, moment, perhaps
from gateway.agencies.records import adapter_row, versions_below
from gateway.agencies.version_view import VersionSummary, version_summary
from gateway.errors import Conflict, InvalidInput
from gateway.registry.manifest import Slug
from gateway.registry.store import OPERATOR, RegistryStore
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_events

log = structlog.get_logger()

AdapterStanding = Literal["new", "open", "paused", "retired"]
MOST_ADAPTERS: Final = 1000
PAGE, LONGEST_PAGE = 50, 100
NEWEST: Final = 20
"""So many versions and events are shown with an adapter; there are pages of events for the rest."""


class NewAdapter(Frozen):
    """Whose adapter it is to be."""

    agency: Slug


class AdapterSummary(Frozen):
    """An adapter in a list: what answers, and what is tried on how many calls of a hundred."""

    name: str
    agency: str
    country: Country
    standing: AdapterStanding
    title: Text | None
    live: str | None
    former: str | None
    canary: str | None
    share: int
    retires_at: Moment | None


class AdapterEvent(Frozen):
    """Something that happened to an adapter."""

    number: int
    what: str
    version: str | None
    actor: str
    facts: dict[str, str | int]
    at: Moment


class AdapterView(AdapterSummary):
    """An adapter with its newest versions and events, the newest first; `retires_why` is why it ends."""

    retires_why: Text | None
    created_at: Moment
    versions: tuple[VersionSummary, ...]
    events: tuple[AdapterEvent, ...]


class AdapterPage(Frozen):
    """Adapters in the order of their names; `next` is the `after` of the page that follows."""

    adapters: tuple[AdapterSummary, ...]
    next: str | None = Field(description="Null on the last page.")


class EventPage(Frozen):
    """What happened to an adapter, the newest first; `next` is the `after` of the page that follows."""

    events: tuple[AdapterEvent, ...]
    next: int | None = Field(description="Null on the last page.")


class Adapters:
    """``clock`` gives seconds since 1970; ``rooms`` are the names that folders have."""

    def __init__(
        self, storage: Storage, store: RegistryStore, rooms: Collection[str], clock: Callable[[], float]
    ) -> None:
        self._storage = storage
        self._store = store
        self._rooms = frozenset(rooms)
        self._clock = clock

    async def register(self, grant: AgencyGrant, name: str) -> AdapterView:
        """A new adapter of the agency, or the agency's own of that name as it stands.

        Raises ``InvalidInput`` for a name that cannot be one, and ``Conflict`` for one that is taken.
        """
        if not ADAPTER.fullmatch(name):
            raise InvalidInput("field_format", field="/adapter")
        if name in self._rooms:
            raise Conflict("adapter_name_taken")
        try:
            async with self._storage.writing() as connection:
                return await self._enter(connection, grant.actor, name)
        except IntegrityError as problem:
            raise Conflict("adapter_name_taken") from problem

    async def page(self, actors: Sequence[Actor], query: str, limit: int, after: str) -> AdapterPage:
        """A page of those of the actors' agencies."""
        async with self._storage.glancing() as connection:
            rows = await page_of(connection, [actor.agency for actor in actors], query, limit, after)
        shown = tuple(AdapterSummary(**_summary(row)) for row in rows[:limit])
        return AdapterPage(adapters=shown, next=shown[-1].name if len(rows) > limit else None)

    async def find(self, adapter: str) -> AdapterView:
        """The adapter; raises ``NotFound``. Whoever asks is of its agency."""
        async with self._storage.reading() as connection:
            return await adapter_view(connection, adapter)

    async def events(self, adapter: str, limit: int, before: int | None) -> EventPage:
        """A page of what happened to it, from below the number ``before`` on."""
        async with self._storage.glancing() as connection:
            found = await _events(connection, adapter, limit + 1, before)
        return EventPage(events=found[:limit], next=found[limit - 1].number if len(found) > limit else None)

    async def _enter(self, connection: AsyncConnection, actor: Actor, name: str) -> AdapterView:
        table, revision = registry_adapters, await self._store.bump(connection)
        kept = (await connection.execute(select(table).where(table.c.adapter_id == name))).one_or_none()
        if kept is not None:
            if kept.agency_id != actor.agency:
                raise Conflict("adapter_name_taken")
            return await adapter_view(connection, name)
        counted = select(func.count()).select_from(table).where(table.c.agency_id == actor.agency)
        if int((await connection.execute(counted)).scalar_one()) >= MOST_ADAPTERS:
            raise Conflict("adapters_too_many")
        await connection.execute(
            insert(table).values(
                adapter_id=name,
                agency_id=actor.agency,
                country=actor.country.value,
                standing="new",
                canary_share=0,
                words=words_of(name),
                created_at=int(self._clock()),
                revision=revision,
            )
        )
        await self._store.note(connection, name, "created", actor.id)
        log.info("adapter.created", adapter=name, agency=actor.agency)
        return await adapter_view(connection, name)


async def adapter_view(connection: AsyncConnection, adapter: str, *, operators: bool = False) -> AdapterView:
    """The adapter as it stands within a transaction; raises ``NotFound``.

    ``operators`` is whether it is for them: agencies are not told which operator did something.
    """
    row = await adapter_row(connection, adapter)
    return AdapterView(
        **_summary(row),
        retires_why=Text(**orjson.loads(row.retires_why)) if row.retires_why else None,
        created_at=moment(row.created_at),
        versions=tuple(version_summary(each) for each in await versions_below(connection, adapter, NEWEST)),
        events=await _events(connection, adapter, NEWEST, None, operators=operators),
    )


async def _events(
    connection: AsyncConnection, adapter: str, limit: int, before: int | None, *, operators: bool = False
) -> tuple[AdapterEvent, ...]:
    table = registry_events
    wanted = select(table).where(table.c.adapter_id == adapter).order_by(table.c.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(table.c.number < before)
    return tuple(
        AdapterEvent(
            number=row.number,
            what=row.what,
            version=row.version,
            actor=row.actor if operators or not row.actor.startswith(OPERATOR) else OPERATOR.rstrip(":"),
            facts=orjson.loads(row.facts),
            at=moment(row.at),
        )
        for row in await connection.execute(wanted)
    )


def _summary(row: Row[Any]) -> dict[str, Any]:
    return {
        "name": row.adapter_id,
        "agency": row.agency_id,
        "country": Country(row.country),
        "standing": row.standing,
        "title": Text(**orjson.loads(row.title)) if row.title else None,
        "live": row.live_version,
        "former": row.former_version,
        "canary": row.canary_version,
        "share": row.canary_share,
        "retires_at": perhaps(row.retires_at),
    }
