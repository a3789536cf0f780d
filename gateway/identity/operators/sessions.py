"""Where operators are signed in, asked in the database at every request so that an end is one everywhere at once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, and_, delete, insert, or_, select, update

from gateway.identity.operators.breaks import Breaks, raised_posts
from gateway.identity.operators.operator import Operator, Posts, read_posts, within, write_posts
from gateway.identity.vault import Vault, digest
from gateway.storage.engine import Storage
from gateway.storage.operator_tables import operator_sessions, operators

log = structlog.get_logger()

HALF_SECONDS = 600
"""How long a sign-in may wait for its second factor."""
SEEN_EVERY = 30
"""Seconds: a session that is in use is not written at every request."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives, in seconds: ``idle`` without a request, ``absolute`` from its beginning."""

    idle: int = 900
    absolute: int = 28_800


@dataclass(frozen=True, slots=True)
class OperatorSession:
    """One sign-in; ``factor`` is ``None`` until the second factor was shown, and nothing but that is allowed before.

    ``invited`` says that it came by an invitation, so that a second factor may be enrolled. ``memory`` is what a step
    under way needs to be ended with.
    """

    secret: str
    id: str
    operator: str
    posts: Posts
    invited: bool
    factor: str | None
    memory: bytes | None
    begun_at: int
    seen_at: int
    expires_at: int


class OperatorSessions:
    """Sessions of operators who are not suspended; others are as if there were none."""

    def __init__(
        self, storage: Storage, vault: Vault, breaks: Breaks, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._breaks = breaks
        self._limits = limits
        self._clock = clock

    async def begin(self, operator: str, posts: Posts, *, invited: bool) -> str:
        """The secret of a session that waits for the second factor."""
        secret, now = secrets.token_urlsafe(32), int(self._clock())
        row = {
            "secret_hash": digest(secret),
            "session_id": secrets.token_urlsafe(16),
            "operator_id": operator,
            "posts": write_posts(posts),
            "invited": int(invited),
            "begun_at": now,
            "seen_at": now,
            "expires_at": now + HALF_SECONDS,
        }
        async with self._storage.writing() as connection:
            await connection.execute(delete(operator_sessions).where(operator_sessions.c.expires_at < now))
            await connection.execute(insert(operator_sessions).values(row))
        return secret

    async def find(self, secret: str) -> OperatorSession | None:
        """The live session of that secret, whole or half, or ``None``."""
        now, columns = int(self._clock()), operator_sessions.c
        wanted = (
            select(operator_sessions, operators.c.posts.label("most"))
            .join(operators, operators.c.operator_id == columns.operator_id)
            .where(
                columns.secret_hash == digest(secret),
                columns.expires_at > now,
                or_(columns.factor.is_(None), columns.seen_at > now - self._limits.idle),
                operators.c.standing == "active",
            )
        )
        async with self._storage.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        if now - row.seen_at >= SEEN_EVERY:
            seen = update(operator_sessions).where(columns.secret_hash == digest(secret))
            async with self._storage.writing() as connection:
                await connection.execute(seen.values(seen_at=now))
        return self._session(secret, row)

    async def operator(self, session: OperatorSession) -> Operator | None:
        """Who acts in the session, with what broken glass adds; ``None`` until the second factor was shown."""
        if session.factor is None:
            return None
        raised = await self._breaks.raised(session.id)
        return Operator(
            id=session.operator,
            posts=session.posts | raised_posts(session.posts, raised),
            session=session.id,
            factor=session.factor,
            begun_at=session.begun_at,
            expires_at=session.expires_at,
            raised=raised,
        )

    async def remember(self, session: OperatorSession, memory: bytes) -> None:
        """Keeps what the step under way is to be ended with, in the place of what was kept before."""
        sealed = self._vault.seal(memory, f"operator step {session.id}")
        kept = update(operator_sessions).where(operator_sessions.c.session_id == session.id)
        async with self._storage.writing() as connection:
            await connection.execute(kept.values(memory=sealed))

    async def recall(self, session: OperatorSession) -> bytes | None:
        """What was kept, which is forgotten with this: of two answers to one challenge, one is heard."""
        columns = operator_sessions.c
        async with self._storage.writing() as connection:
            kept = await connection.scalar(select(columns.memory).where(columns.session_id == session.id))
            if kept is None:
                return None
            forgotten = update(operator_sessions).where(columns.session_id == session.id, columns.memory == kept)
            if (await connection.execute(forgotten.values(memory=None))).rowcount == 0:
                return None
        return self._vault.open(kept, f"operator step {session.id}")

    async def fulfil(self, session: OperatorSession, factor: str) -> str | None:
        """The secret of the whole session, once the second factor was shown; the half one's is worth nothing then.

        ``None`` where it has ended meanwhile.
        """
        secret, now, columns = secrets.token_urlsafe(32), int(self._clock()), operator_sessions.c
        whole = update(operator_sessions).where(columns.secret_hash == digest(session.secret), columns.expires_at > now)
        values = {
            "secret_hash": digest(secret),
            "factor": factor,
            "invited": 0,
            "memory": None,
            "begun_at": now,
            "seen_at": now,
            "expires_at": now + self._limits.absolute,
        }
        async with self._storage.writing() as connection:
            if (await connection.execute(whole.values(values))).rowcount == 0:
                return None
        log.info("operator.signed_in", operator=session.operator, factor=factor)
        return secret

    async def end(self, session: OperatorSession) -> None:
        """Ends the session."""
        async with self._storage.writing() as connection:
            await connection.execute(delete(operator_sessions).where(operator_sessions.c.session_id == session.id))

    async def end_others(self, session: OperatorSession) -> None:
        """Ends the operator's other sessions, as when their second factor is another from now on."""
        columns = operator_sessions.c
        others = and_(columns.operator_id == session.operator, columns.session_id != session.id)
        async with self._storage.writing() as connection:
            await connection.execute(delete(operator_sessions).where(others))

    def _session(self, secret: str, row: Row[Any]) -> OperatorSession:
        memory = None if row.memory is None else self._vault.open(row.memory, f"operator step {row.session_id}")
        return OperatorSession(
            secret=secret,
            id=row.session_id,
            operator=row.operator_id,
            # Narrowed now and not at the sign-in: an invitation that takes posts away does so at once.
            posts=within(read_posts(row.posts), read_posts(row.most)),
            invited=bool(row.invited),
            factor=row.factor,
            memory=memory,
            begun_at=row.begun_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )
