"""What a person let a program do: kept sealed, found by whoever holds its token or code, over at once when revoked."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Self

import structlog
from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from gateway.errors import OAuthError
from gateway.identity.principal import Assurance, Principal
from gateway.identity.revocation import Revocable, Revocations
from gateway.identity.tokens import LIFE, Holder
from gateway.identity.vault import Vault
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_grants

log = structlog.get_logger()

OFFLINE: Final = "offline_access"
"""The scope by which a program keeps its grant when the person signs out (OpenID Connect Core, 11)."""


class AuthorizationGrant(Frozen):
    """One yes of one person to one program, with the person as they were known then.

    ``id`` is random and the ``sid`` of every token that comes of the grant; ``session`` is the sign-in that it came
    of. ``claims`` names what userinfo may tell. ``countries`` limits it to some states, ``None`` to none. Moments are
    seconds since 1970.
    """

    id: str
    client_id: str
    person: str
    session: str | None
    home: Country
    identifiers: tuple[NationalIdentifier, ...]
    assurance: Assurance
    authenticated_at: int
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    countries: tuple[Country, ...] | None
    claims: tuple[str, ...]
    granted_at: int
    expires_at: int

    @classmethod
    def of(
        cls,
        principal: Principal,
        client_id: str,
        *,
        scopes: Sequence[str],
        purposes: Sequence[str],
        claims: Sequence[str],
        countries: Sequence[Country] | None,
        now: float,
        expires_at: int,
    ) -> Self:
        """The grant of the person whom ``principal``, a session's, speaks for."""
        authenticated = principal.authenticated_at
        return cls(
            id=secrets.token_urlsafe(16),
            client_id=client_id,
            person=principal.subject,
            session=principal.session,
            home=principal.home,
            identifiers=tuple(principal.identifiers.values()),
            assurance=principal.assurance,
            authenticated_at=int(authenticated.timestamp() if authenticated else now),
            scopes=tuple(sorted(set(scopes))),
            purposes=tuple(sorted(set(purposes))),
            countries=None if countries is None else tuple(sorted(set(countries))),
            claims=tuple(sorted(set(claims))),
            granted_at=int(now),
            expires_at=expires_at,
        )

    @property
    def subject(self) -> str:
        """The person, as principals call theirs."""
        return self.person

    def holder(self) -> Holder:
        """The person as an access token is minted for them."""
        return Holder(
            subject=self.person,
            identifiers={identifier.country: identifier for identifier in self.identifiers},
            home=self.home,
            assurance=self.assurance,
            session=self.id,
            authenticated_at=self.authenticated_at,
        )


class Grants:
    """Asked in the database every time, so that a grant that was revoked a moment ago is over on every worker.

    ``revocations`` are told as well, so that access tokens of the grant die within a second.
    """

    def __init__(self, storage: Storage, vault: Vault, revocations: Revocations, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._revocations = revocations
        self._clock = clock

    async def create(self, grant: AuthorizationGrant) -> AuthorizationGrant:
        """Keeps the grant, and sweeps away those that have expired."""
        row = {
            "grant_id": grant.id,
            "client_id": grant.client_id,
            "person_id": grant.person,
            "session_id": grant.session,
            "sealed": self._vault.seal(grant.model_dump_json().encode(), _context(grant.id)),
            "created_at": grant.granted_at,
            "expires_at": grant.expires_at,
        }
        async with self._storage.writing() as connection:
            await connection.execute(delete(oauth_grants).where(oauth_grants.c.expires_at < int(self._clock())))
            await connection.execute(insert(oauth_grants).values(row))
        log.info("grant.created", client=grant.client_id)
        return grant

    async def find(self, grant_id: str) -> AuthorizationGrant:
        """The grant; raises ``OAuthError`` (``invalid_grant``) when it is unknown, revoked or expired."""
        grants = await self._living(oauth_grants.c.grant_id == grant_id)
        if not grants:
            raise OAuthError("invalid_grant")
        return grants[0]

    async def of_person(self, person: str) -> Sequence[AuthorizationGrant]:
        """What the person lets programs do now, the oldest first."""
        return await self._living(oauth_grants.c.person_id == person)

    async def of_session(self, session: str) -> Sequence[AuthorizationGrant]:
        """What came of one sign-in and is in force, the oldest first."""
        return await self._living(oauth_grants.c.session_id == session)

    async def revoke(self, grant_id: str) -> None:
        """Ends the grant with every code, refresh token and access token that came of it; raises ``StorageDown``."""
        now = int(self._clock())
        ended = (
            update(oauth_grants)
            .where(oauth_grants.c.grant_id == grant_id, oauth_grants.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        # The grant first: were the second step never reached, what outlives it does so for five minutes only.
        async with self._storage.writing() as connection:
            if (await connection.execute(ended)).rowcount:
                log.info("grant.revoked")
        await self._revocations.revoke(Revocable.SESSION, grant_id, token_expires=now + LIFE)

    async def revoke_person(self, person: str, client_id: str | None = None) -> Sequence[AuthorizationGrant]:
        """Ends the person's grants, all of them or those of one program; says which they were."""
        return await self._revoke_all(
            each for each in await self.of_person(person) if client_id in (None, each.client_id)
        )

    async def revoke_session(self, session: str) -> Sequence[AuthorizationGrant]:
        """Ends what came of a sign-in that is over, but for grants that were made to outlive it; says which."""
        return await self._revoke_all(each for each in await self.of_session(session) if OFFLINE not in each.scopes)

    async def move_session(self, old: str, new: str) -> None:
        """What came of one sign-in is from now on of the one that took its place in the same browser."""
        moved = update(oauth_grants).where(oauth_grants.c.session_id == old).values(session_id=new)
        async with self._storage.writing() as connection:
            await connection.execute(moved)

    async def _revoke_all(self, grants: Iterable[AuthorizationGrant]) -> Sequence[AuthorizationGrant]:
        ended = list(grants)
        for grant in ended:
            await self.revoke(grant.id)
        return ended

    async def _living(self, *conditions: ColumnElement[bool]) -> Sequence[AuthorizationGrant]:
        wanted = (
            select(oauth_grants)
            .where(*conditions, oauth_grants.c.revoked_at.is_(None), oauth_grants.c.expires_at > int(self._clock()))
            .order_by(oauth_grants.c.created_at, oauth_grants.c.grant_id)
        )
        async with self._storage.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [self._opened(row) for row in rows]

    def _opened(self, row: Row[Any]) -> AuthorizationGrant:
        grant = AuthorizationGrant.model_validate_json(self._vault.open(row.sealed, _context(row.grant_id)))
        # The column moves with the browser's sign-ins; what is sealed says how it was in the beginning.
        return grant if grant.session == row.session_id else grant.model_copy(update={"session": row.session_id})


def _context(grant_id: str) -> str:
    return f"grant {grant_id}"
