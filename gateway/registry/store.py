"""Everything that changes what workers route by: one change after another, each with its revision and its event."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import Conflict, NotFound
from gateway.schema.country import Country
from gateway.storage.registry_tables import registry_adapters, registry_clock, registry_events, registry_versions

GATEWAY: Final = "gateway"
"""The actor of what happens by itself."""

OPERATOR: Final = "operator:"
"""What the name of an actor begins with who is an operator of the state."""

Facts = Mapping[str, str | int]
_NOTHING: Final[Facts] = {}


@dataclass(frozen=True, slots=True)
class AdapterState:
    """An adapter as it stands; ``share`` is of a hundred calls, ``retires_at`` in seconds since 1970.

    ``retires_why`` is for citizens to read: JSON, ``{ar, en}``.
    """

    name: str
    agency: str
    country: Country
    standing: str
    live: str | None
    former: str | None
    canary: str | None
    share: int
    retires_at: int | None
    revision: int
    retires_why: bytes | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of an adapter, as it is being written; ``number`` counts those of the adapter from 1."""

    adapter: str
    number: int
    what: str
    version: str | None
    actor: str


Listener = Callable[[AsyncConnection, Happened], Awaitable[None]]
"""Hears of each event in the transaction that writes it."""


async def _nobody(connection: AsyncConnection, event: Happened) -> None:
    """Where nobody listens."""


class RegistryStore:
    """The changes; ``clock`` gives seconds since 1970, and ``listener`` hears of every event.

    Each takes the connection of the transaction that it is a part of. The first thing each does is to count the
    revision up, which makes those that come at the same time wait for one another: what is read after it stays true.
    Raises ``NotFound`` where there is no such adapter, and ``Conflict`` where it does not stand so that it can be done.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.listener: Listener = _nobody

    async def bump(self, connection: AsyncConnection) -> int:
        """The next revision, for a row that workers follow; others wait until this transaction has ended."""
        await connection.execute(
            update(registry_clock).where(registry_clock.c.id == 1).values(revision=registry_clock.c.revision + 1)
        )
        found = await connection.execute(select(registry_clock.c.revision).where(registry_clock.c.id == 1))
        return int(found.scalar_one())

    async def go_live(
        self, connection: AsyncConnection, adapter: str, version: str, share: int, actor: str
    ) -> AdapterState:
        """An approved version answers ``share`` calls of a hundred; all of them at 100, in the place of the former."""
        state, revision = await self._hold(connection, adapter)
        self._open(state)
        if version == state.live:
            raise Conflict("adapter_version_live")
        await self._approved(connection, adapter, version)
        if share == 100:
            values = {"live_version": version, "former_version": state.live, "canary_version": None, "canary_share": 0}
        else:
            values = {"canary_version": version, "canary_share": share}
        return await self._change(
            connection, state, revision, {"standing": "open", **values}, "live", version, actor, {"share": share}
        )

    async def promote(self, connection: AsyncConnection, adapter: str, actor: str) -> AdapterState:
        """The version that is tried answers every call from now on."""
        state, revision = await self._hold(connection, adapter)
        self._open(state)
        if state.canary is None:
            raise Conflict("adapter_no_canary")
        values = {
            "live_version": state.canary,
            "former_version": state.live,
            "canary_version": None,
            "canary_share": 0,
        }
        return await self._change(connection, state, revision, values, "promoted", state.canary, actor)

    async def withdraw(
        self, connection: AsyncConnection, adapter: str, version: str, actor: str, facts: Facts = _NOTHING
    ) -> bool:
        """The version that is tried answers no more; ``False`` where another call has withdrawn it before."""
        state, revision = await self._hold(connection, adapter)
        if state.canary != version:
            return False
        values: dict[str, Any] = {"canary_version": None, "canary_share": 0}
        if state.live is None and state.standing == "open":
            # What was paused or has ended stays so.
            values["standing"] = "new"
        await self._change(connection, state, revision, values, "withdrawn", version, actor, facts)
        return True

    async def pause(self, connection: AsyncConnection, adapter: str, actor: str) -> AdapterState:
        """Answers nothing until it is resumed: by an operator, where one has paused it."""
        state, revision = await self._hold(connection, adapter)
        self._open(state)
        if state.standing != "open":
            raise Conflict("adapter_not_live")
        return await self._change(connection, state, revision, {"standing": "paused"}, "paused", state.live, actor)

    async def resume(self, connection: AsyncConnection, adapter: str, actor: str) -> AdapterState:
        """Answers again what it answered before it was paused."""
        state, revision = await self._hold(connection, adapter)
        self._not_retired(state)
        if state.standing != "paused":
            raise Conflict("adapter_not_paused")
        if not actor.startswith(OPERATOR) and (await _paused_by(connection, adapter)).startswith(OPERATOR):
            raise Conflict("adapter_paused_by_operator")
        return await self._change(connection, state, revision, {"standing": "open"}, "resumed", state.live, actor)

    async def roll_back(self, connection: AsyncConnection, adapter: str, actor: str) -> AdapterState:
        """The former version answers again, and nothing is tried any more."""
        state, revision = await self._hold(connection, adapter)
        self._not_retired(state)
        if state.former is None:
            raise Conflict("adapter_no_former")
        values = {
            "live_version": state.former,
            "former_version": None,
            "canary_version": None,
            "canary_share": 0,
        }
        facts = {"from": state.live or ""}
        return await self._change(connection, state, revision, values, "rolled-back", state.former, actor, facts)

    async def retire(self, connection: AsyncConnection, adapter: str, actor: str, at: int) -> AdapterState:
        """Answers nothing from ``at`` on, in seconds since 1970, and never again."""
        state, revision = await self._hold(connection, adapter)
        if at != state.retires_at or state.standing == "retired":
            # Only the end that was announced can be written down once it has come.
            self._not_retired(state)
        values: dict[str, Any] = {"retires_at": at}
        if at <= self._clock():
            values["standing"] = "retired"
        return await self._change(connection, state, revision, values, "retires", state.live, actor, {"at": at})

    async def touch(self, connection: AsyncConnection, adapter: str, what: str, actor: str, facts: Facts) -> None:
        """Something that the adapter is built with has changed, a secret or a key: workers build it anew."""
        state, revision = await self._hold(connection, adapter)
        await self._change(connection, state, revision, {}, what, None, actor, facts)

    async def note(
        self,
        connection: AsyncConnection,
        adapter: str,
        what: str,
        actor: str,
        version: str | None = None,
        facts: Facts = _NOTHING,
    ) -> None:
        """An event of an adapter that changes nothing of its routing; raises nothing."""
        newest = select(func.coalesce(func.max(registry_events.c.number), 0)).where(
            registry_events.c.adapter_id == adapter
        )
        number = int((await connection.execute(newest)).scalar_one()) + 1
        await connection.execute(
            insert(registry_events).values(
                adapter_id=adapter,
                number=number,
                what=what,
                version=version,
                actor=actor,
                facts=orjson.dumps(dict(facts), option=orjson.OPT_SORT_KEYS),
                at=int(self._clock()),
            )
        )
        await self.listener(connection, Happened(adapter, number, what, version, actor))

    async def find(self, connection: AsyncConnection, adapter: str) -> AdapterState:
        """The adapter as it stands; raises ``NotFound``."""
        found = await connection.execute(select(registry_adapters).where(registry_adapters.c.adapter_id == adapter))
        row = found.one_or_none()
        if row is None:
            raise NotFound
        return state_of(row)

    def _open(self, state: AdapterState) -> None:
        self._not_retired(state)
        if state.standing == "paused":
            raise Conflict("adapter_is_paused")

    def _not_retired(self, state: AdapterState) -> None:
        """By the date: an hour may pass until somebody writes down that it has come."""
        if state.standing == "retired" or (state.retires_at is not None and state.retires_at <= self._clock()):
            raise Conflict("adapter_retired")

    async def _hold(self, connection: AsyncConnection, adapter: str) -> tuple[AdapterState, int]:
        revision = await self.bump(connection)
        return await self.find(connection, adapter), revision

    async def _approved(self, connection: AsyncConnection, adapter: str, version: str) -> None:
        table = registry_versions
        found = await connection.execute(
            select(table.c.standing).where(table.c.adapter_id == adapter, table.c.version == version)
        )
        standing = found.scalar_one_or_none()
        if standing is None:
            raise NotFound
        if standing != "approved":
            raise Conflict("adapter_version_not_approved")

    async def _change(
        self,
        connection: AsyncConnection,
        state: AdapterState,
        revision: int,
        values: Mapping[str, Any],
        what: str,
        version: str | None,
        actor: str,
        facts: Facts = _NOTHING,
    ) -> AdapterState:
        await connection.execute(
            update(registry_adapters)
            .where(registry_adapters.c.adapter_id == state.name)
            .values(**values, revision=revision)
        )
        await self.note(connection, state.name, what, actor, version, facts)
        return await self.find(connection, state.name)


def state_of(row: Any) -> AdapterState:
    """A row of ``registry_adapters``."""
    return AdapterState(
        row.adapter_id,
        row.agency_id,
        Country(row.country),
        row.standing,
        row.live_version,
        row.former_version,
        row.canary_version,
        row.canary_share,
        row.retires_at,
        row.revision,
        row.retires_why,
    )


async def _paused_by(connection: AsyncConnection, adapter: str) -> str:
    """Who paused it last."""
    table = registry_events
    wanted = select(table.c.actor).where(table.c.adapter_id == adapter, table.c.what == "paused")
    return str(await connection.scalar(wanted.order_by(table.c.number.desc()).limit(1)) or "")
