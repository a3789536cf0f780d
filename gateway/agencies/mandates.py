"""Mandates: proposed by the agency that mandates, accepted by its partner, revoked by either at once."""

import secrets
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import structlog
from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import Actor, AgencyGrant
from gateway.agencies.mandate_notices import MandateNotices
from gateway.agencies.mandate_view import (
    MandateAcceptance,
    MandatePage,
    MandateView,
    NewMandate,
    mandate_view,
    open_contacts,
    seal_contacts,
)
from gateway.agencies.members import Remember
from gateway.errors import Conflict, Forbidden, InvalidInput, NotFound
from gateway.identity.vault import Vault, digest
from gateway.policy.operators import OperatorGrant
from gateway.registry.mandates import MandateDocument
from gateway.registry.store import RegistryStore
from gateway.schema.country import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_agencies, registry_mandates

log = structlog.get_logger()

MOST_MANDATES: Final = 500
LONGEST_DAYS: Final = 3653
"""Ten years."""
LONGEST_ID: Final = 40


class Mandates:
    """``clock`` gives seconds since 1970; ``purposes`` are those that there are. What is of others is not there."""

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        store: RegistryStore,
        notices: MandateNotices,
        purposes: Collection[str],
        clock: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._notices = notices
        self._purposes = frozenset(purposes)
        self._clock = clock

    async def page(self, actors: Sequence[Actor], limit: int, after: str = "") -> MandatePage:
        """Those of the actors' agencies, as the one side or the other."""
        mine = [actor.agency for actor in actors]
        return await self._page(or_(_TABLE.c.agency_id.in_(mine), _TABLE.c.partner_id.in_(mine)), limit, after)

    async def seen(self, countries: Collection[Country] | None, limit: int, after: str = "") -> MandatePage:
        """Those of agencies of the states, ``None`` for all: what operators see."""
        if countries is None:
            return await self._page(_TABLE.c.mandate_id != "", limit, after)
        agencies = registry_agencies
        of_states = select(agencies.c.agency_id).where(agencies.c.country.in_([each.value for each in countries]))
        return await self._page(
            or_(_TABLE.c.agency_id.in_(of_states), _TABLE.c.partner_id.in_(of_states)), limit, after
        )

    async def find(
        self, actors: Sequence[Actor], mandate: str, *, accepting: bool = False
    ) -> tuple[MandateView, Actor]:
        """The mandate, and which of the actors is of one of its sides; where ``accepting``, of the partner's first.

        Raises ``NotFound``.
        """
        async with self._storage.glancing() as connection:
            row = await _row(connection, mandate)
        sides = (row.partner_id, row.agency_id) if accepting else (row.agency_id, row.partner_id)
        for side in sides:
            for actor in actors:
                if actor.agency == side:
                    return mandate_view(self._vault, row, self._clock()), actor
        raise NotFound

    async def country(self, mandate: str) -> Country:
        """The state of the agency that mandates; raises ``NotFound``."""
        async with self._storage.glancing() as connection:
            row = await _row(connection, mandate)
            found = await _agency(connection, row.agency_id)
        return Country(found.country)

    async def propose(self, grant: AgencyGrant, new: NewMandate, remember: Remember) -> MandateView:
        """A mandate that waits for its partner.

        Raises ``Forbidden`` for a partner that would mandate others, ``InvalidInput`` naming the field, and
        ``Conflict`` where there are enough.
        """
        actor = grant.actor
        if actor.kind != "agency":
            raise Forbidden("mandate_by_partner")
        document = self._checked(new, actor.country)
        mandate = secrets.token_hex(12)
        row = {
            "mandate_id": mandate,
            "partner_id": new.partner,
            "agency_id": actor.agency,
            "standing": "proposed",
            "document": document.model_dump_json().encode(),
            "contact": seal_contacts(self._vault, mandate, new.contact, None),
            "starts_at": new.starts_at(actor.country),
            "ends_at": new.ends_at(actor.country),
            "daily_quota": new.daily_quota,
            "told": 0,
            "proposed_by": digest(actor.caller.subject),
            "created_at": int(self._clock()),
        }
        async with self._storage.writing() as connection:
            row["revision"] = await self._store.bump(connection)
            await _check_partner(connection, new.partner)
            counted = select(func.count()).select_from(_TABLE).where(_TABLE.c.agency_id == actor.agency)
            if int((await connection.execute(counted)).scalar_one()) >= MOST_MANDATES:
                raise Conflict("mandates_too_many")
            await connection.execute(insert(_TABLE).values(row))
            view = mandate_view(self._vault, await _row(connection, mandate), self._clock())
            await remember(connection, view)
        log.info("mandate.proposed", mandate=mandate, agency=actor.agency, partner=new.partner)
        return view

    async def accept(self, grant: AgencyGrant, mandate: str, yes: MandateAcceptance, remember: Remember) -> MandateView:
        """In force from its first day on, for the partner has said yes to the same document.

        Raises ``Forbidden`` to the mandating side, and to whoever proposed it and is an owner on both, ``NotFound`` to
        all others, and ``Conflict`` where it is not proposed any more, is over, or is about another document.
        """
        async with self._storage.writing() as connection:
            revision = await self._store.bump(connection)
            row = await _row(connection, mandate)
            if row.partner_id != grant.actor.agency:
                raise Forbidden("mandate_for_partner") if row.agency_id == grant.actor.agency else NotFound()
            if row.proposed_by == digest(grant.actor.caller.subject):
                raise Forbidden("mandate_same_person")
            if row.standing != "proposed" or row.ends_at <= self._clock():
                raise Conflict("mandate_not_proposed")
            if MandateDocument.model_validate_json(row.document).paper != yes.document_digest:
                raise Conflict("mandate_other_document")
            agency, _ = open_contacts(self._vault, row)
            values = {
                "standing": "active",
                "contact": seal_contacts(self._vault, mandate, agency, yes.contact),
                "revision": revision,
            }
            view = await self._moved(connection, row, values)
            await remember(connection, view)
        log.info("mandate.accepted", mandate=mandate)
        return view

    async def revoke(self, grant: AgencyGrant | OperatorGrant, mandate: str, remember: Remember) -> MandateView:
        """Nothing goes by it any more, and both sides are told.

        Either side may, and operators of security of the mandating agency's state. Raises ``NotFound`` to others, and
        ``Conflict`` where it is over.
        """
        async with self._storage.writing() as connection:
            revision = await self._store.bump(connection)
            row = await _row(connection, mandate)
            await self._check_side(connection, grant, row)
            if row.standing not in ("proposed", "active"):
                raise Conflict("mandate_over")
            view = await self._moved(connection, row, {"standing": "revoked", "revision": revision})
            await self._notices.revoked(connection, row)
            await remember(connection, view)
        log.info("mandate.revoked", mandate=mandate)
        return view

    def _checked(self, new: NewMandate, country: Country) -> MandateDocument:
        """The terms; raises ``InvalidInput``."""
        if set(new.states) != {country}:
            # Nobody can give what is another state's to give.
            raise InvalidInput("mandate_other_state", field="/states", country=country.value)
        if unknown := sorted(set(new.purposes) - self._purposes):
            raise InvalidInput("unknown_purpose", field="/purposes", purpose=unknown[0][:60])
        if new.ends_on < new.starts_on or new.ends_at(country) <= self._clock():
            raise InvalidInput("mandate_dates", field="/ends_on")
        if (new.ends_on - new.starts_on).days > LONGEST_DAYS:
            raise InvalidInput("mandate_dates", field="/ends_on")
        try:
            return MandateDocument(
                services=frozenset(new.services),
                states=frozenset(new.states),
                purposes=frozenset(new.purposes),
                obligations=new.obligations,
                paper=new.document_digest,
            )
        except ValueError as problem:
            raise InvalidInput("field_format", field="/services") from problem

    async def _check_side(self, connection: AsyncConnection, grant: AgencyGrant | OperatorGrant, row: Row[Any]) -> None:
        if isinstance(grant, OperatorGrant):
            if not grant.holds_in(Country((await _agency(connection, row.agency_id)).country)):
                raise NotFound
        elif grant.actor.agency not in (row.agency_id, row.partner_id):
            raise NotFound

    async def _moved(self, connection: AsyncConnection, row: Row[Any], values: dict[str, Any]) -> MandateView:
        """The row changed, unless somebody else has changed it since it was read."""
        own = update(_TABLE).where(_TABLE.c.mandate_id == row.mandate_id, _TABLE.c.standing == row.standing)
        if (await connection.execute(own.values(values))).rowcount == 0:
            raise Conflict("mandate_over")
        return mandate_view(self._vault, await _row(connection, row.mandate_id), self._clock())

    async def _page(self, own: Any, limit: int, after: str) -> MandatePage:
        wanted = select(_TABLE).where(own, _TABLE.c.mandate_id > after).order_by(_TABLE.c.mandate_id).limit(limit + 1)
        async with self._storage.glancing() as connection:
            rows = (await connection.execute(wanted)).all()
        now = self._clock()
        shown = tuple(mandate_view(self._vault, row, now) for row in rows[:limit])
        return MandatePage(mandates=shown, next=shown[-1].id if len(rows) > limit else None)


_TABLE = registry_mandates


async def _row(connection: AsyncConnection, mandate: str) -> Row[Any]:
    if len(mandate) > LONGEST_ID or not mandate.isalnum() or not mandate.isascii():
        raise NotFound
    found = (await connection.execute(select(_TABLE).where(_TABLE.c.mandate_id == mandate))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def _agency(connection: AsyncConnection, agency: str) -> Row[Any]:
    return (await connection.execute(select(registry_agencies).where(registry_agencies.c.agency_id == agency))).one()


async def _check_partner(connection: AsyncConnection, partner: str) -> None:
    agencies = registry_agencies
    wanted = select(agencies.c.kind).where(agencies.c.agency_id == partner, agencies.c.standing != "suspended")
    if await connection.scalar(wanted) != "partner":
        raise InvalidInput("mandate_partner", field="/partner")
