"""The members of an agency: invited by an owner, given a role, and gone at once when they are removed."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog
from pydantic import Field
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies import contexts
from gateway.agencies.acting import Actor, AgencyGrant, Role
from gateway.agencies.callers import Caller
from gateway.agencies.moments import Moment, moment
from gateway.errors import Conflict, Forbidden, NotFound
from gateway.identity.vault import Vault, digest
from gateway.registry.store import RegistryStore
from gateway.schema.base import Frozen
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_agencies, registry_invitations, registry_members

log = structlog.get_logger()

SECRET_BYTES: Final = 32
INVITED_SECONDS: Final = 7 * 86_400
MOST_MEMBERS: Final = 200
LONGEST_NAME: Final = 120
LONGEST_ID: Final = 40

Remember = Callable[[AsyncConnection, Frozen], Awaitable[None]]
"""Keeps the answer in the transaction that does the work."""


class MemberView(Frozen):
    """A member as others of the agency know them."""

    id: str
    name: str
    role: Role
    joined_at: Moment
    is_you: bool


class MemberList(Frozen):
    """The members of an agency, in the order in which they joined."""

    members: tuple[MemberView, ...]


class NewMember(Frozen):
    """Whom an owner invites, and as what."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    role: Role


class NewRole(Frozen):
    """What a member is to be from now on."""

    role: Role


class MemberInvitation(Frozen):
    """What the owner hands on: `invitation` is a secret that is good once, until `expires_at`, and shown only here."""

    invitation: str
    role: Role
    expires_at: Moment


class OpenInvitation(Frozen):
    """What an invitation is to, for whoever holds its secret."""

    agency: str
    names: Text
    role: Role
    expires_at: Moment


class Members:
    """``clock`` gives seconds since 1970. Names are kept sealed."""

    def __init__(self, storage: Storage, vault: Vault, store: RegistryStore, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._clock = clock

    async def list(self, actor: Actor) -> MemberList:
        """All of the actor's agency."""
        async with self._storage.glancing() as connection:
            return await self._all(connection, actor)

    async def invite(self, grant: AgencyGrant, new: NewMember, remember: Remember) -> MemberInvitation:
        """A secret that makes whoever brings it a member; raises ``Conflict`` where there are enough."""
        secret, until = secrets.token_urlsafe(SECRET_BYTES), int(self._clock()) + INVITED_SECONDS
        found = digest(secret)
        agency = grant.actor.agency
        row = {
            "invitation_hash": found,
            "agency_id": agency,
            "role": new.role.value,
            "sealed": self._vault.seal(new.name.encode(), contexts.of_invitation(found)),
            "expires_at": until,
        }
        made = MemberInvitation(invitation=secret, role=new.role, expires_at=moment(until))
        table = registry_invitations
        async with self._storage.writing() as connection:
            await self._hold(connection, agency)
            await connection.execute(
                delete(table).where(table.c.agency_id == agency, table.c.expires_at <= int(self._clock()))
            )
            open_ones = table.c.agency_id == agency, table.c.used_at.is_(None)
            waiting = await _count(connection, select(func.count()).select_from(table).where(*open_ones))
            if waiting + await _count(connection, _members_of(agency)) >= MOST_MEMBERS:
                raise Conflict("members_too_many")
            await connection.execute(insert(table).values(row))
            await remember(connection, made)
        log.info("agency.member_invited", agency=agency, role=new.role.value)
        return made

    async def invited(self, secret: str) -> OpenInvitation:
        """What the secret invites to; raises ``NotFound`` for one that is unknown, used or over."""
        table, agencies = registry_invitations, registry_agencies
        wanted = (
            select(table, agencies.c.names)
            .join(agencies, agencies.c.agency_id == table.c.agency_id)
            .where(table.c.invitation_hash == digest(secret), table.c.used_at.is_(None))
            .where(table.c.expires_at > int(self._clock()), agencies.c.standing.in_(("invited", "active")))
        )
        async with self._storage.glancing() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound("invitation_unknown")
        return OpenInvitation(
            agency=row.agency_id,
            names=Text(**orjson.loads(row.names)),
            role=Role(row.role),
            expires_at=moment(row.expires_at),
        )

    async def accept(self, caller: Caller, secret: str) -> str:
        """The agency of which the person is a member now; brought again by the same person, the same answer.

        Raises ``NotFound`` for an invitation that is unknown, used or over, which are all one, and ``Conflict`` for a
        person who is a member already.
        """
        if caller.program is not None:
            raise Forbidden("person_required")
        try:
            async with self._storage.writing() as connection:
                return await self._accept(connection, caller, digest(secret))
        except IntegrityError as problem:
            # The same person by two invitations at once: one of the two makes them a member.
            raise Conflict("member_already") from problem

    async def change_role(self, grant: AgencyGrant, member: str, role: Role) -> MemberList:
        """Raises ``NotFound``, and ``Conflict`` for the last owner, who cannot become less."""
        actor, table = grant.actor, registry_members
        async with self._storage.writing() as connection:
            await self._hold(connection, actor.agency)
            if await self._role(connection, actor.agency, member) is Role.OWNER and role is not Role.OWNER:
                await self._not_the_last(connection, actor.agency)
            own = table.c.member_id == member, table.c.agency_id == actor.agency
            await connection.execute(update(table).where(*own).values(role=role.value))
            return await self._all(connection, actor)

    async def remove(self, grant: AgencyGrant, member: str) -> MemberList:
        """Raises ``NotFound``, and ``Conflict`` for the last owner, who cannot go."""
        actor, table = grant.actor, registry_members
        async with self._storage.writing() as connection:
            await self._hold(connection, actor.agency)
            if await self._role(connection, actor.agency, member) is Role.OWNER:
                await self._not_the_last(connection, actor.agency)
            await connection.execute(
                delete(table).where(table.c.member_id == member, table.c.agency_id == actor.agency)
            )
            left = await self._all(connection, actor)
        log.info("agency.member_removed", agency=actor.agency)
        return left

    # --- inside one transaction

    async def _accept(self, connection: AsyncConnection, caller: Caller, found: str) -> str:
        table, now = registry_invitations, int(self._clock())
        taken = (
            update(table)
            .where(table.c.invitation_hash == found, table.c.used_at.is_(None), table.c.expires_at > now)
            .values(used_at=now)
        )
        fresh = (await connection.execute(taken)).rowcount == 1
        row = (await connection.execute(select(table).where(table.c.invitation_hash == found))).one_or_none()
        if row is None:
            raise NotFound("invitation_unknown")
        agencies = registry_agencies
        wanted = select(agencies.c.standing).where(agencies.c.agency_id == row.agency_id)
        standing = (await connection.execute(wanted)).scalar_one_or_none()
        if standing not in ("invited", "active"):
            raise NotFound("invitation_unknown")
        is_member = await _count(
            connection, _members_of(row.agency_id).where(registry_members.c.person_id == caller.subject)
        )
        if not fresh:
            if is_member:
                return str(row.agency_id)
            raise NotFound("invitation_unknown")
        if is_member:
            raise Conflict("member_already")
        await self._enter(connection, caller, row)
        if standing == "invited" and row.role == Role.OWNER:
            active = {"standing": "active", "revision": await self._store.bump(connection)}
            await connection.execute(update(agencies).where(agencies.c.agency_id == row.agency_id).values(active))
        log.info("agency.member_joined", agency=row.agency_id, role=row.role)
        return str(row.agency_id)

    async def _enter(self, connection: AsyncConnection, caller: Caller, invitation: Any) -> None:
        member = secrets.token_urlsafe(12)
        name = self._vault.open(invitation.sealed, contexts.of_invitation(invitation.invitation_hash))
        await connection.execute(
            insert(registry_members).values(
                member_id=member,
                agency_id=invitation.agency_id,
                person_id=caller.subject,
                role=invitation.role,
                sealed=self._vault.seal(name, contexts.of_member(member)),
                created_at=int(self._clock()),
            )
        )

    async def _hold(self, connection: AsyncConnection, agency: str) -> None:
        """One at a time for an agency: two owners who remove each other would leave none."""
        own = registry_agencies.c.agency_id == agency
        await connection.execute(select(registry_agencies.c.agency_id).where(own).with_for_update())

    async def _role(self, connection: AsyncConnection, agency: str, member: str) -> Role:
        if len(member) > LONGEST_ID or not member.isascii():
            raise NotFound
        table = registry_members
        wanted = select(table.c.role).where(table.c.member_id == member, table.c.agency_id == agency)
        role = (await connection.execute(wanted)).scalar_one_or_none()
        if role is None:
            raise NotFound
        return Role(role)

    async def _not_the_last(self, connection: AsyncConnection, agency: str) -> None:
        owners = _members_of(agency).where(registry_members.c.role == Role.OWNER.value)
        if await _count(connection, owners) < 2:
            raise Conflict("last_owner")

    async def _all(self, connection: AsyncConnection, actor: Actor) -> MemberList:
        table = registry_members
        wanted = select(table).where(table.c.agency_id == actor.agency).order_by(table.c.created_at, table.c.member_id)
        return MemberList(
            members=tuple(
                MemberView(
                    id=row.member_id,
                    name=self._vault.open(row.sealed, contexts.of_member(row.member_id)).decode(),
                    role=Role(row.role),
                    joined_at=moment(row.created_at),
                    is_you=row.person_id == actor.caller.subject,
                )
                for row in await connection.execute(wanted)
            )
        )


def _members_of(agency: str) -> Any:
    return select(func.count()).select_from(registry_members).where(registry_members.c.agency_id == agency)


async def _count(connection: AsyncConnection, wanted: Any) -> int:
    return int((await connection.execute(wanted)).scalar_one())
