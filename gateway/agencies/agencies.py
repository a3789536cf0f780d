"""Agencies as their own people and programs see them: whose they are, and in which of them somebody acts."""

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Row, Select, select

from gateway.agencies.acting import Actor, AgencyKind, AgencyStanding, Role
from gateway.agencies.callers import Caller
from gateway.errors import NotFound
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_agencies, registry_members

AGENCY: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ADAPTER: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
LONGEST: Final = 60


class AgencyView(Frozen):
    """An agency that the caller acts for, and as what."""

    id: str
    country: Country
    kind: AgencyKind
    standing: AgencyStanding
    names: Text
    role: Role


class AgencyList(Frozen):
    """The agencies that the caller acts for."""

    agencies: tuple[AgencyView, ...]


class Agencies:
    """Asked in the database every time, so that a member who was removed a moment ago is nobody everywhere.

    What is not the caller's is not there, by the same question and with the same answer.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def mine(self, caller: Caller) -> AgencyList:
        """Those that the caller acts for, in the order of their ids."""
        async with self._storage.reading() as connection:
            rows = (await connection.execute(_of(caller).order_by(registry_agencies.c.agency_id))).all()
        return AgencyList(agencies=tuple(map(_view, rows)))

    async def has_member(self, person: str) -> bool:
        """Whether the person is a member of any agency."""
        table = registry_members
        async with self._storage.glancing() as connection:
            found = await connection.execute(select(table.c.member_id).where(table.c.person_id == person).limit(1))
            return found.one_or_none() is not None

    async def actors(self, caller: Caller) -> Sequence[Actor]:
        """The caller in each of their agencies, in the order of the agencies' ids."""
        async with self._storage.reading() as connection:
            rows = (await connection.execute(_of(caller).order_by(registry_agencies.c.agency_id))).all()
        return [_actor(row, caller) for row in rows]

    async def actor(self, caller: Caller, agency: str) -> Actor:
        """The caller in that agency; raises ``NotFound`` where they have no part in it."""
        return _actor(await self._one(caller, agency), caller)

    async def view(self, caller: Caller, agency: str) -> AgencyView:
        """The agency; raises ``NotFound`` where the caller has no part in it."""
        return _view(await self._one(caller, agency))

    async def actor_of(self, caller: Caller, adapter: str) -> Actor:
        """The caller in the agency that the adapter is of; raises ``NotFound`` where that is none of theirs."""
        if not ADAPTER.fullmatch(adapter):
            raise NotFound
        whose = _of(caller).join(registry_adapters, registry_adapters.c.agency_id == registry_agencies.c.agency_id)
        async with self._storage.glancing() as connection:
            row = (await connection.execute(whose.where(registry_adapters.c.adapter_id == adapter))).one_or_none()
        if row is None:
            raise NotFound
        return _actor(row, caller)

    async def _one(self, caller: Caller, agency: str) -> Row[Any]:
        if len(agency) > LONGEST or not AGENCY.fullmatch(agency):
            raise NotFound
        async with self._storage.glancing() as connection:
            wanted = _of(caller).where(registry_agencies.c.agency_id == agency)
            row: Row[Any] | None = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound
        return row


def _of(caller: Caller) -> Select[Any]:
    """The agencies of a caller: of a person by membership, of a program by what it is registered as."""
    table = registry_agencies
    if caller.program is not None:
        # Two states may call an agency by the same name, and a program of no state is an agency's of none.
        state = caller.program.country.value if caller.program.country else ""
        return select(table).where(table.c.agency_id == caller.program.agency, table.c.country == state)
    return (
        select(table, registry_members.c.member_id, registry_members.c.role)
        .join(registry_members, registry_members.c.agency_id == table.c.agency_id)
        .where(registry_members.c.person_id == caller.subject)
    )


def _actor(row: Row[Any], caller: Caller) -> Actor:
    name = f"program:{caller.client}" if caller.program else f"member:{row.member_id}"
    return Actor(name, row.agency_id, Country(row.country), row.kind, row.standing, _role(row), caller)


def _view(row: Row[Any]) -> AgencyView:
    return AgencyView(
        id=row.agency_id,
        country=Country(row.country),
        kind=row.kind,
        standing=row.standing,
        names=Text(**orjson.loads(row.names)),
        role=_role(row),
    )


def _role(row: Row[Any]) -> Role:
    """A program is no member, and does what an integrator does."""
    return Role(row.role) if "role" in row._mapping else Role.INTEGRATOR  # noqa: SLF001 SQLAlchemy's public name
