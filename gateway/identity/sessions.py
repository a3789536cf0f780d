"""Sessions: who is signed in where, kept in the database so that ending one ends it on every worker at once."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from gateway.errors import AssuranceTooLow
from gateway.identity.people import People, SignedIn
from gateway.identity.principal import Assurance, Principal
from gateway.identity.providers.base import Evidence
from gateway.identity.vault import Finder, digest
from gateway.storage.engine import Storage
from gateway.storage.tables import sessions

log = structlog.get_logger()

SECRET_BYTES = 32
CLIENT = "portal"
SEEN_EVERY = 60
"""Seconds: a session that is in use is not written at every request."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives, in seconds: ``idle`` without a request, ``absolute`` from its beginning."""

    idle: int = 1800
    absolute: int = 28_800


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session was begun, in words; ``network`` is an address without its last part."""

    device: str
    network: str


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device. Times are in seconds since 1970; the secret itself is known to the browser alone."""

    id: str
    person: str
    identity: str
    assurance: Assurance
    authenticated_at: int
    created_at: int
    seen_at: int
    expires_at: int
    place: Place


class Watcher(Protocol):
    """Who has something that hangs on sessions; may raise, and then the session stays for another try."""

    async def ending(self, sessions: Sequence[str]) -> None:
        """Those sessions are about to end."""
        ...

    async def replaced(self, old: str, new: str) -> None:
        """The person signed in anew in the browser of the old session."""
        ...


class Sessions:
    """Every session is asked for in the database, so that what was ended a moment ago is over everywhere.

    ``watchers`` are told of every end but that by time. They are heard before it, so that nothing outlives a session
    for want of a second step.
    """

    def __init__(
        self, storage: Storage, people: People, finder: Finder, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._storage = storage
        self._people = people
        self._finder = finder
        self._limits = limits
        self._clock = clock
        self.watchers: list[Watcher] = []

    async def begin(self, signed_in: SignedIn, evidence: Evidence, place: Place, replaces: str | None) -> str:
        """A new session and the secret for its cookie; the one that the browser had until now is ended.

        A secret is never kept across a sign-in or a step-up, so one that somebody planted before is worth nothing.
        """
        secret, now, session = secrets.token_urlsafe(SECRET_BYTES), int(self._clock()), secrets.token_urlsafe(16)
        await self._replace(replaces, signed_in.person, session)
        async with self._storage.writing() as connection:
            if replaces:
                await connection.execute(delete(sessions).where(sessions.c.secret_hash == digest(replaces)))
            await connection.execute(delete(sessions).where(sessions.c.expires_at < now))
            await connection.execute(
                insert(sessions).values(
                    secret_hash=digest(secret),
                    session_id=session,
                    person_id=signed_in.person,
                    identity_id=signed_in.identity,
                    account_hash=signed_in.account_hash,
                    assurance=evidence.assurance.value,
                    authenticated_at=int(evidence.authenticated_at.timestamp()),
                    created_at=now,
                    seen_at=now,
                    expires_at=now + self._limits.absolute,
                    device=place.device,
                    network=place.network,
                    provider_hash=self._provider_hash(evidence.issuer, evidence.provider_session),
                )
            )
        log.info("session.begun", provider=evidence.provider, assurance=evidence.assurance.value)
        return secret

    async def find(self, secret: str) -> Session | None:
        """The live session of that secret, or ``None``."""
        now = int(self._clock())
        wanted = select(sessions).where(
            sessions.c.secret_hash == digest(secret),
            sessions.c.expires_at > now,
            sessions.c.seen_at > now - self._limits.idle,
        )
        async with self._storage.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        if now - row.seen_at >= SEEN_EVERY:
            await self._touch(row.secret_hash, now)
        return _session(row)

    async def principal(self, session: Session) -> Principal:
        """Whom the session speaks for, with what each state calls the person.

        Raises ``AssuranceTooLow`` for a person whom no state has vouched for with a number: there is nothing that
        a state could be asked about them.
        """
        identifiers = await self._people.identifiers(session.person)
        if not identifiers:
            raise AssuranceTooLow(needed=Assurance.SUBSTANTIAL.value, held=Assurance.LOW.value)
        identities = await self._people.identities(session.person)
        numbers = {each.id: each.identifier for each in identities}
        own = numbers.get(session.identity)
        return Principal(
            subject=session.person,
            identifiers=identifiers,
            home=own.country if own else next(iter(identifiers)),
            assurance=session.assurance,
            client=CLIENT,
            scopes=frozenset({"lookups", "applications", "registry"}),
            countries=None,
            token_id=session.id,
            expires_at=datetime.fromtimestamp(session.expires_at, UTC),
            session=session.id,
            authenticated_at=datetime.fromtimestamp(session.authenticated_at, UTC),
        )

    async def of_person(self, person: str) -> Sequence[Session]:
        """The person's live sessions, the one used last first."""
        now = int(self._clock())
        wanted = (
            select(sessions)
            .where(
                sessions.c.person_id == person,
                sessions.c.expires_at > now,
                sessions.c.seen_at > now - self._limits.idle,
            )
            .order_by(sessions.c.seen_at.desc(), sessions.c.session_id)
        )
        async with self._storage.reading() as connection:
            return [_session(row) for row in await connection.execute(wanted)]

    async def end(self, person: str, session: str) -> bool:
        """Ends one of the person's sessions; says whether there was one."""
        return await self._end(sessions.c.person_id == person, sessions.c.session_id == session) > 0

    async def end_all(self, person: str, keep: str = "") -> int:
        """Signs the person out everywhere, but for the session ``keep``; says how many that were."""
        return await self._end(sessions.c.person_id == person, sessions.c.session_id != keep)

    async def end_identity(self, identity: str) -> int:
        """Ends the sessions that an identity began, once it is unlinked."""
        return await self._end(sessions.c.identity_id == identity)

    async def end_at_provider(self, issuer: str, subject: str | None, provider_session: str | None) -> int:
        """Ends what a provider's back-channel logout names: one of its sessions, or all of its subject's."""
        if provider_session:
            return await self._end(sessions.c.provider_hash == self._provider_hash(issuer, provider_session))
        return await self._end(sessions.c.account_hash == self._finder.of("account", issuer, subject or ""))

    async def _replace(self, secret: str | None, person: str, following: str) -> None:
        """What hangs on the browser's session until now goes over to the person's next; a stranger's ends."""
        old = await self.find(secret) if secret and self.watchers else None
        if old is None:
            return
        for watcher in self.watchers:
            if old.person == person:
                await watcher.replaced(old.id, following)
            else:
                await watcher.ending([old.id])

    async def _end(self, *conditions: ColumnElement[bool]) -> int:
        if self.watchers:
            async with self._storage.reading() as connection:
                ending = (await connection.execute(select(sessions.c.session_id).where(*conditions))).scalars().all()
            for watcher in self.watchers if ending else ():
                await watcher.ending(ending)
        async with self._storage.writing() as connection:
            ended = (await connection.execute(delete(sessions).where(*conditions))).rowcount
        if ended:
            log.info("session.ended", count=ended)
        return ended

    async def _touch(self, secret_hash: str, now: int) -> None:
        async with self._storage.writing() as connection:
            await connection.execute(update(sessions).where(sessions.c.secret_hash == secret_hash).values(seen_at=now))

    def _provider_hash(self, issuer: str, provider_session: str | None) -> str:
        return self._finder.of("provider session", issuer, provider_session) if provider_session else ""


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.session_id,
        person=row.person_id,
        identity=row.identity_id,
        assurance=Assurance(row.assurance),
        authenticated_at=row.authenticated_at,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        place=Place(row.device, row.network),
    )
