"""An agency is invited by an operator of its state: it is there from then on, and its first owner has a secret."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import Field
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies import contexts
from gateway.agencies.acting import AgencyKind, Role
from gateway.agencies.members import LONGEST_NAME, SECRET_BYTES
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.identity.vault import Vault, digest
from gateway.policy.operators import OperatorGrant
from gateway.registry.manifest import Contact, Slug
from gateway.registry.store import RegistryStore
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_agencies, registry_invitations

INVITED_SECONDS: Final = 14 * 86_400
ACCEPTING_PAGE: Final = "/agency/join/"
"""Where, on the public port, an invitation's secret is brought to."""


class Invitation(Frozen):
    """Which agency, or private partner, is invited, whom to call there, and who is to be its first owner."""

    agency: Slug
    country: Country
    kind: AgencyKind
    names: Text
    contact: Contact
    owner: str = Field(min_length=1, max_length=LONGEST_NAME)


@dataclass(frozen=True, slots=True)
class Invited:
    """What an operator hands on; ``secret`` is good once, until ``expires_at``, and known to nobody but its reader."""

    agency: str
    secret: str
    expires_at: int

    def address(self, public_url: str) -> str:
        """The link that the first owner opens."""
        return f"{public_url}{ACCEPTING_PAGE}{self.secret}"


class AgencyInvitations:
    """``clock`` gives seconds since 1970. A secret is kept as its SHA-256, names and contacts are kept sealed."""

    def __init__(self, storage: Storage, vault: Vault, store: RegistryStore, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._clock = clock

    async def invite(self, grant: OperatorGrant | None, invitation: Invitation) -> Invited:
        """Makes the agency. ``grant`` is ``None`` at the command line, where whoever may run it may do it.

        Raises ``InvalidInput`` where the id is not of the state, and ``Conflict`` where there is such an agency.
        """
        _check_id(invitation)
        _check_state(grant, invitation.country)
        contact = invitation.contact.model_dump_json().encode()
        row = {
            "agency_id": invitation.agency,
            "country": invitation.country.value,
            "kind": invitation.kind,
            "standing": "invited",
            "names": orjson.dumps(invitation.names.model_dump()),
            "contact": self._vault.seal(contact, contexts.of_contact(invitation.agency)),
            "created_at": int(self._clock()),
        }
        try:
            async with self._storage.writing() as connection:
                row["revision"] = await self._store.bump(connection)
                await connection.execute(insert(registry_agencies).values(row))
                made = await self._owner(connection, invitation.agency, invitation.owner)
        except IntegrityError as problem:
            raise Conflict("agency_exists") from problem
        return made

    async def again(self, grant: OperatorGrant | None, agency: str, owner: str) -> Invited:
        """Another secret for an owner, where the first was lost or the last owner left; that one is worth nothing then.

        Raises ``InvalidInput`` for a name that is none, and ``NotFound``.
        """
        if not 1 <= len(owner) <= LONGEST_NAME:
            raise InvalidInput("field_too_long" if owner else "field_missing", field="/owner")
        async with self._storage.writing() as connection:
            wanted = select(registry_agencies.c.country).where(registry_agencies.c.agency_id == agency)
            country = await connection.scalar(wanted.with_for_update())
            if country is None:
                raise NotFound
            _check_state(grant, Country(country))
            return await self._owner(connection, agency, owner)

    async def _owner(self, connection: AsyncConnection, agency: str, name: str) -> Invited:
        secret, until, table = secrets.token_urlsafe(SECRET_BYTES), int(self._clock()) + INVITED_SECONDS, _TABLE
        found = digest(secret)
        unused = (table.c.agency_id == agency, table.c.role == Role.OWNER.value, table.c.used_at.is_(None))
        await connection.execute(delete(table).where(*unused))
        row = {
            "invitation_hash": found,
            "agency_id": agency,
            "role": Role.OWNER.value,
            "sealed": self._vault.seal(name.encode(), contexts.of_invitation(found)),
            "expires_at": until,
        }
        await connection.execute(insert(table).values(row))
        return Invited(agency, secret, until)


_TABLE = registry_invitations


def _check_id(invitation: Invitation) -> None:
    """An agency is named with its state in front, so that no state can take a name from another."""
    if not re.fullmatch(rf"{invitation.country.value.lower()}(-[a-z0-9]+)+", invitation.agency):
        raise InvalidInput("agency_id_state", field="/agency", country=invitation.country.value.lower())


def _check_state(grant: OperatorGrant | None, country: Country) -> None:
    """The grant was given for the state that the caller looked up; what is written is judged by what is there."""
    if grant is not None and not grant.holds_in(country):
        raise NotFound
