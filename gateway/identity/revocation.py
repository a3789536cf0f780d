"""The tokens, sessions and clients that are believed no longer, known to every worker within a second."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Self

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import BawabaError, Unavailable
from gateway.identity.clock import SteadyClock
from gateway.identity.rules import EXPIRY_LEEWAY, LONGEST_LIFE, SKEW_LEEWAY
from gateway.storage.engine import Storage
from gateway.storage.tables import token_revocation_head, token_revocations
from gateway.storage.upsert import upsert

log = structlog.get_logger()

REFRESHED_EVERY = 0.5
STALE_AFTER = 5.0
PURGED_EVERY = 60.0


class Revocable(StrEnum):
    """What can be revoked: one token, one sign-in with all its tokens, or a program with all of its own."""

    TOKEN = "token"  # noqa: S105
    SESSION = "session"
    CLIENT = "client"


class Revocations:
    """The database's revocations as this worker knows them, read again every half second.

    Each row has the revision that its transaction was given under the lock of one row, so revisions become
    visible in their order and a reader who asks for "later than the last I saw" misses none. A worker that
    could not read for five seconds no longer knows what is revoked: it refuses with ``Unavailable``.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        clock: Callable[[], float] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        stale_after: float = STALE_AFTER,
    ) -> None:
        self._storage = storage
        self._clock = clock or SteadyClock()
        self._monotonic = monotonic
        self._stale_after = stale_after
        self._until: dict[tuple[Revocable, str], int] = {}
        self._revision = 0
        self._refreshed = float("-inf")
        self._purged = float("-inf")

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        storage: Storage,
        *,
        every: float = REFRESHED_EVERY,
        clock: Callable[[], float] | None = None,
        stale_after: float = STALE_AFTER,
    ) -> AsyncIterator[Self]:
        """Reads what is revoked, then follows it for as long as the context lasts."""
        revocations = cls(storage, clock=clock, stale_after=stale_after)
        await revocations.refresh()
        following = asyncio.create_task(revocations._follow(every))
        try:
            yield revocations
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    @property
    def known(self) -> int:
        """How many revocations are in force, as this worker knows them."""
        return len(self._until)

    def check(self, token_id: str, session: str | None, client: str) -> bool:
        """Whether the token, its session or its client is revoked; raises ``Unavailable`` when stale."""
        if self._monotonic() - self._refreshed > self._stale_after:
            raise Unavailable
        until = self._until
        if not until:
            return False
        return (
            (Revocable.TOKEN, token_id) in until
            or (Revocable.CLIENT, client) in until
            or (session is not None and (Revocable.SESSION, session) in until)
        )

    async def revoke(self, kind: Revocable, value: str, *, token_expires: int | None = None) -> None:
        """Durable, and in force on this worker, when it returns; on every other within a second.

        ``token_expires`` is the ``exp`` of a token revoked alone; without it the row stays as long as the
        longest life that a token may have. Raises ``StorageDown``.
        """
        expires = int(self._clock()) + LONGEST_LIFE if token_expires is None else token_expires
        expires += EXPIRY_LEEWAY + SKEW_LEEWAY
        async with self._storage.writing() as connection:
            revision = await self._next_revision(connection)
            row = {"revision": revision, "kind": kind.value, "value": value, "expires_at": expires}
            await connection.execute(insert(token_revocations).values(row))
        # The revision is not taken as seen: an earlier one of another worker may not have been read yet.
        self._until[kind, value] = expires
        log.info("token.revoked", kind=kind.value)

    async def refresh(self) -> None:
        """Reads what was revoked since the last time, and forgets what has expired."""
        asked_at = self._monotonic()
        newer = select(token_revocations).where(token_revocations.c.revision > self._revision)
        async with self._storage.reading() as connection:
            rows = (await connection.execute(newer)).all()
        for row in rows:
            self._until[Revocable(row.kind), row.value] = row.expires_at
            self._revision = max(self._revision, row.revision)
        self._refreshed = asked_at
        await self._purge(asked_at)

    async def _purge(self, moment: float) -> None:
        if moment - self._purged < PURGED_EVERY:
            return
        self._purged = moment
        now = int(self._clock())
        expired = [key for key, expires in self._until.items() if expires < now]
        for key in expired:
            del self._until[key]
        if expired:
            async with self._storage.writing() as connection:
                await connection.execute(delete(token_revocations).where(token_revocations.c.expires_at < now))

    async def _next_revision(self, connection: AsyncConnection) -> int:
        """Counts up the one row whose lock is held until the transaction ends."""
        counted = (
            upsert(self._storage, token_revocation_head)
            .values(id=1, revision=1)
            .on_conflict_do_update(index_elements=["id"], set_={"revision": token_revocation_head.c.revision + 1})
            .returning(token_revocation_head.c.revision)
        )
        return int((await connection.execute(counted)).scalar_one())

    async def _follow(self, every: float) -> None:
        down_since: float | None = None
        while True:
            await asyncio.sleep(every)
            try:
                await self.refresh()
            except (BawabaError, SQLAlchemyError) as problem:
                if down_since is None:
                    down_since = self._monotonic()
                    log.error("revocations.unreachable", error=type(problem).__name__)
            else:
                if down_since is not None:
                    log.info("revocations.recovered", down_for=round(self._monotonic() - down_since, 1))
                    down_since = None
