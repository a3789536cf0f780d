"""What may come once: an assertion or a proof that comes again is a replay, on whichever worker it comes."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from sqlalchemy import delete

from gateway.identity.vault import digest
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_seen
from gateway.storage.upsert import upsert

SWEPT_EVERY: Final = 60.0


class Seen(Protocol):
    """Remembers what came, for all workers together."""

    async def first(self, kind: str, value: str, until: int) -> bool:
        """Whether ``value`` comes for the first time among those of its ``kind``, which only then is remembered.

        ``until`` is when it would be refused anyhow, in seconds since 1970. Raises ``Unavailable`` where nobody can
        say: what cannot be known to be new is not taken as new.
        """
        ...


class StoredSeen:
    """Kept in the database, where of two that insert the same one wins."""

    def __init__(
        self,
        storage: Storage,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._monotonic = monotonic
        self._swept = monotonic()

    async def first(self, kind: str, value: str, until: int) -> bool:
        now = int(self._clock())
        mine = upsert(self._storage, oauth_seen).values(seen_hash=name_of(kind, value), expires_at=until)
        # What has expired is as good as forgotten, whether or not it was swept away already.
        won = mine.on_conflict_do_update(
            index_elements=["seen_hash"], set_={"expires_at": until}, where=oauth_seen.c.expires_at < now
        ).returning(oauth_seen.c.seen_hash)
        async with self._storage.writing() as connection:
            if self._monotonic() - self._swept >= SWEPT_EVERY:
                self._swept = self._monotonic()
                await connection.execute(delete(oauth_seen).where(oauth_seen.c.expires_at < now))
            return (await connection.execute(won)).first() is not None


def name_of(kind: str, value: str) -> str:
    """What is remembered in its place: whoever reads the memory learns no identifier of a token."""
    return digest(f"{kind} {value}")
