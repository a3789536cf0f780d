"""Agencies as the operators of their states see them, and how one is suspended and let act again, at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies import contexts
from gateway.agencies.acting import Role
from gateway.errors import Conflict, NotFound
from gateway.identity.vault import Vault
from gateway.policy.operators import OperatorGrant
from gateway.registry.manifest import Contact
from gateway.registry.store import RegistryStore
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_agencies, registry_members

log = structlog.get_logger()

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """One agency, whom to call there, and how many adapters and owners it has; times in seconds since 1970."""

    id: str
    country: Country
    kind: str
    standing: str
    names: Text
    contact: Contact
    adapters: int
    owners: int
    created_at: int


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """A page of agencies in the order of their ids; ``total`` counts those of all pages."""

    agencies: Sequence[AgencyLine]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))


class Overseeing:
    """What is of another state is not there. A grant is ``None`` at the command line: whoever may run it may do it."""

    def __init__(self, storage: Storage, vault: Vault, store: RegistryStore) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store

    async def page(self, countries: Collection[Country] | None, words: str = "", number: int = 1) -> AgencyPage:
        """The agencies of the states, ``None`` for all, whose id or name has the words in it."""
        async with self._storage.reading() as connection:
            rows = (
                await connection.execute(_within(select(_AGENCIES), countries).order_by(_AGENCIES.c.agency_id))
            ).all()
            found = [row for row in rows if _has(row, words.strip().casefold())]
            shown = found[(number - 1) * PAGE : number * PAGE]
            ids = [row.agency_id for row in shown]
            adapters = await _counted(connection, _count(registry_adapters, ids))
            owned = _count(registry_members, ids).where(registry_members.c.role == Role.OWNER.value)
            owners = await _counted(connection, owned)
        lines = [self._line(row, adapters.get(row.agency_id, 0), owners.get(row.agency_id, 0)) for row in shown]
        return AgencyPage(lines, number, len(found))

    async def country(self, agency: str) -> Country:
        """The state of the agency; raises ``NotFound``."""
        async with self._storage.glancing() as connection:
            found = await connection.scalar(select(_AGENCIES.c.country).where(_AGENCIES.c.agency_id == agency))
        if found is None:
            raise NotFound
        return Country(found)

    async def suspend(self, grant: OperatorGrant | None, agency: str) -> None:
        """Nothing goes to its adapters any more, and its people can only look; raises ``Conflict``, ``NotFound``."""
        await self._stand(grant, agency, ("invited", "active"), "agency_already_suspended")
        log.info("agency.suspended", agency=agency)

    async def resume(self, grant: OperatorGrant | None, agency: str) -> None:
        """All is as it was before; raises ``Conflict`` and ``NotFound``."""
        await self._stand(grant, agency, ("suspended",), "agency_not_suspended")
        log.info("agency.resumed", agency=agency)

    async def _stand(self, grant: OperatorGrant | None, agency: str, before: Collection[str], otherwise: str) -> None:
        own = _AGENCIES.c.agency_id == agency
        async with self._storage.writing() as connection:
            revision = await self._store.bump(connection)
            row = (await connection.execute(select(_AGENCIES).where(own))).one_or_none()
            if row is None or not (grant is None or grant.holds_in(Country(row.country))):
                raise NotFound
            if row.standing not in before:
                raise Conflict(otherwise)
            joined = await connection.scalar(
                select(func.count()).select_from(_MEMBERS).where(_MEMBERS.c.agency_id == agency)
            )
            after = ("active" if joined else "invited") if "suspended" in before else "suspended"
            await connection.execute(update(_AGENCIES).where(own).values(standing=after, revision=revision))

    def _line(self, row: Row[Any], adapters: int, owners: int) -> AgencyLine:
        contact = self._vault.open(row.contact, contexts.of_contact(row.agency_id))
        return AgencyLine(
            id=row.agency_id,
            country=Country(row.country),
            kind=row.kind,
            standing=row.standing,
            names=Text(**orjson.loads(row.names)),
            contact=Contact.model_validate_json(contact),
            adapters=adapters,
            owners=owners,
            created_at=row.created_at,
        )


_AGENCIES, _MEMBERS = registry_agencies, registry_members


def _within(wanted: Select[Any], countries: Collection[Country] | None) -> Select[Any]:
    return wanted if countries is None else wanted.where(_AGENCIES.c.country.in_([each.value for each in countries]))


def _count(table: Any, agencies: Sequence[str]) -> Select[Any]:
    return select(table.c.agency_id, func.count()).where(table.c.agency_id.in_(agencies)).group_by(table.c.agency_id)


async def _counted(connection: AsyncConnection, wanted: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.execute(wanted)}


def _has(row: Row[Any], words: str) -> bool:
    """Whether the words are in its id or in one of its names."""
    return not words or any(words in each.casefold() for each in (row.agency_id, *orjson.loads(row.names).values()))
