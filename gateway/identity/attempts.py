"""Sign-ins under way, kept in the database: they outlive a restart and may end on another worker."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, insert, select, update

from gateway.errors import SignInError
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Attempt
from gateway.identity.vault import BrokenVaultError, Vault, digest
from gateway.schema.identifier import NationalIdentifier
from gateway.storage.engine import Storage
from gateway.storage.tables import signin_attempts

LIFE = timedelta(minutes=10)
SECRET_BYTES = 32
Aim = Literal["sign_in", "link"]


@dataclass(frozen=True, slots=True)
class Journey:
    """One attempt with what the gateway itself remembers of it.

    ``aim`` is to sign in or to link to ``person``; ``return_to`` is the local path to go on to. ``number`` is
    what a waiting page shows.
    """

    attempt: Attempt
    aim: Aim
    return_to: str
    person: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sign-in is begun with."""

    provider: str
    redirect_uri: str
    language: str
    return_to: str = "/"
    aim: Aim = "sign_in"
    person: str = ""
    wanted: Assurance | None = None
    max_age: int | None = None
    identifier: NationalIdentifier | None = None
    memory: Mapping[str, str] = field(default_factory=dict)


_JOURNEY = TypeAdapter(Journey)


class Attempts:
    """Finds a journey by its state and the browser that began it; neither alone is enough."""

    def __init__(self, storage: Storage, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock

    async def begin(self, wish: Wish, browser: str) -> Journey:
        """A new journey of the browser whose secret is ``browser``; those that have expired are swept away."""
        now = self._clock()
        attempt = Attempt(
            id=secrets.token_urlsafe(SECRET_BYTES),
            provider=wish.provider,
            nonce=secrets.token_urlsafe(SECRET_BYTES),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=wish.redirect_uri,
            language=wish.language,
            created_at=now,
            expires_at=now + LIFE,
            wanted=wish.wanted,
            max_age=wish.max_age,
            identifier=wish.identifier,
        )
        journey = Journey(attempt, wish.aim, wish.return_to, wish.person)
        async with self._storage.writing() as connection:
            await connection.execute(delete(signin_attempts).where(signin_attempts.c.expires_at < _seconds(now)))
            await connection.execute(
                insert(signin_attempts).values(
                    attempt_hash=digest(attempt.id),
                    browser_hash=digest(browser),
                    sealed=self._sealed(journey),
                    expires_at=_seconds(attempt.expires_at),
                )
            )
        return journey

    async def find(self, state: str, browser: str) -> Journey:
        """The journey, which stays; raises ``SignInError`` when there is none of that browser."""
        wanted = select(signin_attempts).where(*self._of(state, browser))
        async with self._storage.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return self._opened(state, row.sealed if row else None)

    async def take(self, state: str, browser: str) -> Journey:
        """The journey, which is over with this: a state is good for one answer.

        Raises ``SignInError`` when it is unknown, used, expired or another browser's.
        """
        taken = delete(signin_attempts).where(*self._of(state, browser)).returning(signin_attempts.c.sealed)
        async with self._storage.writing() as connection:
            sealed = (await connection.execute(taken)).scalar_one_or_none()
        return self._opened(state, sealed)

    async def remember(self, journey: Journey, memory: Mapping[str, str], number: str, until: datetime) -> Journey:
        """The journey with what its provider must remember and the number that its page shows."""
        attempt = replace(journey.attempt, memory=memory, expires_at=until)
        kept = replace(journey, attempt=attempt, number=number)
        async with self._storage.writing() as connection:
            await connection.execute(
                update(signin_attempts)
                .where(signin_attempts.c.attempt_hash == digest(attempt.id))
                .values(sealed=self._sealed(kept))
            )
        return kept

    def _of(self, state: str, browser: str) -> tuple[ColumnElement[bool], ...]:
        return (
            signin_attempts.c.attempt_hash == digest(state),
            signin_attempts.c.browser_hash == digest(browser),
            signin_attempts.c.expires_at >= _seconds(self._clock()),
        )

    def _sealed(self, journey: Journey) -> bytes:
        return self._vault.seal(_JOURNEY.dump_json(journey), f"signin {digest(journey.attempt.id)}")

    def _opened(self, state: str, sealed: bytes | None) -> Journey:
        if sealed is None:
            raise SignInError
        try:
            return _JOURNEY.validate_json(self._vault.open(sealed, f"signin {digest(state)}"))
        except BrokenVaultError as problem:
            raise SignInError from problem


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
