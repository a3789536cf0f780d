"""What people allowed programs: each scope for each purpose, until when, and taken back at any time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update

from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_consents
from gateway.storage.upsert import upsert

LIFE: Final = 90 * 86_400
"""Seconds that a yes holds: a season, after which the person is asked whether they still want it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing that a person allowed one program. Times are in seconds since 1970."""

    client_id: str
    scope: str
    purpose: str
    given_at: int
    expires_at: int


class Consents:
    """Asked in the database every time, so that what was withdrawn a moment ago is over everywhere."""

    def __init__(self, storage: Storage, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._clock = clock

    async def give(
        self, person: str, client_id: str, scopes: Sequence[str], purposes: Sequence[str], until: int
    ) -> None:
        """Keeps the person's yes to each of the scopes for each of the purposes."""
        given = {"given_at": int(self._clock()), "expires_at": until, "withdrawn_at": None}
        rows = [
            {"person_id": person, "client_id": client_id, "scope": scope, "purpose": purpose, **given}
            for scope in scopes
            for purpose in purposes
        ]
        async with self._storage.writing() as connection:
            await connection.execute(
                upsert(self._storage, oauth_consents)
                .values(rows)
                .on_conflict_do_update(index_elements=["person_id", "client_id", "scope", "purpose"], set_=given)
            )

    async def covers(self, person: str, client_id: str, scopes: Sequence[str], purposes: Sequence[str]) -> bool:
        """Whether the person has allowed all of it, and has not taken it back."""
        allowed = {
            (each.scope, each.purpose) for each in await self._of(person, oauth_consents.c.client_id == client_id)
        }
        return all((scope, purpose) in allowed for scope in scopes for purpose in purposes)

    async def of_person(self, person: str) -> Sequence[Consent]:
        """All that the person allows now, program by program."""
        return await self._of(person)

    async def withdraw(self, person: str, client_id: str) -> bool:
        """Takes back all that the person allowed the program; says whether there was anything."""
        now = int(self._clock())
        taken = update(oauth_consents).where(
            oauth_consents.c.person_id == person,
            oauth_consents.c.client_id == client_id,
            oauth_consents.c.withdrawn_at.is_(None),
            oauth_consents.c.expires_at > now,
        )
        async with self._storage.writing() as connection:
            return (await connection.execute(taken.values(withdrawn_at=now))).rowcount > 0

    async def _of(self, person: str, *conditions: ColumnElement[bool]) -> Sequence[Consent]:
        wanted = (
            select(oauth_consents)
            .where(
                oauth_consents.c.person_id == person,
                oauth_consents.c.withdrawn_at.is_(None),
                oauth_consents.c.expires_at > int(self._clock()),
                *conditions,
            )
            .order_by(oauth_consents.c.client_id, oauth_consents.c.scope, oauth_consents.c.purpose)
        )
        async with self._storage.reading() as connection:
            return [_consent(row) for row in await connection.execute(wanted)]


def by_program(consents: Sequence[Consent]) -> Mapping[str, Sequence[Consent]]:
    """The consents of each program, in their order."""
    found: dict[str, list[Consent]] = {}
    for each in consents:
        found.setdefault(each.client_id, []).append(each)
    return found


def _consent(row: Any) -> Consent:
    return Consent(row.client_id, row.scope, row.purpose, row.given_at, row.expires_at)
