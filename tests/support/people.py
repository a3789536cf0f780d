"""People, sessions and sign-ins under way over a real database, with a clock that the test moves."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import Row, Table, select

from gateway.identity.attempts import Attempts
from gateway.identity.letters import Letters
from gateway.identity.people import People
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Evidence
from gateway.identity.sessions import Limits, Place, Sessions
from gateway.identity.vault import Finder, Vault
from gateway.schema import Country, NationalIdentifier
from gateway.storage.engine import Storage

PLACE = Place("firefox/linux", "192.0.2.0/24")
CPR = NationalIdentifier.parse(Country.BH, "791162871", today=date(2026, 1, 1))
CIVIL = NationalIdentifier.parse(Country.KW, "279112346306", today=date(2026, 1, 1))
OTHER_CPR = NationalIdentifier.parse(Country.BH, "010345570", today=date(2026, 1, 1))
LIMITS = Limits(idle=1800, absolute=28_800)
_SUBJECTS = count(1)


def evidence(
    subject: str = "",
    number: NationalIdentifier | None = None,
    *,
    provider: str = "bh-ekey",
    issuer: str = "https://one.example",
    assurance: Assurance = Assurance.SUBSTANTIAL,
    session: str | None = None,
) -> Evidence:
    """What a provider vouches for; without a subject, somebody's whom nobody has seen before."""
    return Evidence(
        provider=provider,
        issuer=issuer,
        subject=subject or f"subject-{next(_SUBJECTS)}",
        assurance=assurance,
        authenticated_at=datetime(2026, 1, 1, tzinfo=UTC),
        identifier=number,
        provider_session=session,
    )


@dataclass
class Roof:
    """All of it over one database; ``now`` is moved by hand."""

    storage: Storage
    vault: Vault = field(default_factory=lambda: Vault(os.urandom(32)))
    finder: Finder = field(default_factory=lambda: Finder(os.urandom(32)))
    now: float = 1_800_000_000.0

    def __post_init__(self) -> None:
        def clock() -> float:
            return self.now

        def moment() -> datetime:
            return datetime.fromtimestamp(self.now, UTC)

        self.people = People(self.storage, self.vault, self.finder, clock)
        self.sessions = Sessions(self.storage, self.people, self.finder, LIMITS, clock)
        self.attempts = Attempts(self.storage, self.vault, moment)
        self.letters = Letters(self.storage, self.vault, clock)

    async def begin(self, shown: Evidence, replaces: str | None = None) -> str:
        """Signs in; the secret of the new session."""
        return await self.sessions.begin(await self.people.sign_in(shown), shown, PLACE, replaces)

    async def rows(self, table: Table) -> Sequence[Row[tuple[object, ...]]]:
        """All that stands in a table."""
        async with self.storage.reading() as connection:
            return (await connection.execute(select(table))).all()


@asynccontextmanager
async def roof(url: str) -> AsyncIterator[Roof]:
    """Opens the database, and closes it at the end."""
    async with Storage.open(url) as storage:
        yield Roof(storage)
