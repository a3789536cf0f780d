"""Programs that are still to be told of a sign-out: kept until they have heard, or for a day."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import delete, insert, select, update

from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_logouts

log = structlog.get_logger()

GIVE_UP_AFTER: Final = 86_400
LEASE: Final = 60
"""Seconds in which whoever took one must have told it; after them another worker tries."""


@dataclass(frozen=True, slots=True)
class Logout:
    """What one program is to be told; ``attempts`` is how often it was tried, this time included."""

    id: str
    client_id: str
    person: str
    grant_id: str
    attempts: int


class Logouts:
    """The list, shared by workers; one may be told twice, never not at all."""

    def __init__(self, storage: Storage, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._clock = clock

    async def put(self, grants: Iterable[AuthorizationGrant]) -> None:
        """The programs of those grants are to be told."""
        now = int(self._clock())
        rows = [
            {
                "logout_id": secrets.token_urlsafe(16),
                "client_id": grant.client_id,
                "person_id": grant.person,
                "grant_id": grant.id,
                "attempts": 0,
                "due_at": now,
                "expires_at": now + GIVE_UP_AFTER,
            }
            for grant in grants
        ]
        if rows:
            async with self._storage.writing() as connection:
                await connection.execute(insert(oauth_logouts).values(rows))

    async def take(self, most: int) -> Sequence[Logout]:
        """Those that are due, which no other worker takes for a minute."""
        now, table = int(self._clock()), oauth_logouts
        due = select(table).where(table.c.due_at <= now).order_by(table.c.due_at).limit(most)
        async with self._storage.reading() as connection:
            # Nearly always there is nothing, and then nothing is written.
            if (await connection.execute(due.limit(1))).first() is None:
                return ()
        async with self._storage.writing() as connection:
            await connection.execute(delete(table).where(table.c.expires_at <= now))
            rows = (await connection.execute(due.with_for_update(skip_locked=True))).all()
            taken = table.c.logout_id.in_([row.logout_id for row in rows])
            values = {"due_at": now + LEASE, "attempts": table.c.attempts + 1}
            await connection.execute(update(table).where(taken).values(values))
        return [Logout(row.logout_id, row.client_id, row.person_id, row.grant_id, row.attempts + 1) for row in rows]

    async def done(self, logout_id: str) -> None:
        """The program has heard, or never will."""
        async with self._storage.writing() as connection:
            await connection.execute(delete(oauth_logouts).where(oauth_logouts.c.logout_id == logout_id))

    async def put_off(self, logout_id: str, seconds: float) -> None:
        """To be tried again by then."""
        due = int(self._clock() + seconds)
        async with self._storage.writing() as connection:
            own = oauth_logouts.c.logout_id == logout_id
            await connection.execute(update(oauth_logouts).where(own).values(due_at=due))


class SignOuts:
    """Watches sessions: what came of one that ends is over, and its programs are told."""

    def __init__(self, grants: Grants, logouts: Logouts) -> None:
        self._grants = grants
        self._logouts = logouts

    async def ending(self, sessions: Sequence[str]) -> None:
        """Those sessions are about to end; a program whose grant outlives them is told all the same."""
        for session in sessions:
            await self._logouts.put(await self._grants.of_session(session))
            await self._grants.revoke_session(session)

    async def replaced(self, old: str, new: str) -> None:
        """The person signed in anew in the same browser, which is no sign-out."""
        await self._grants.move_session(old, new)
