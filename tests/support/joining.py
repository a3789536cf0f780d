"""Agencies, adapters and operators as rows and grants, for tests of how an agency comes to join."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import Actor, AgencyAct, AgencyActs, AgencyGrant, AgencyKind, AgencyStanding, Role
from gateway.agencies.adapter_notices import AdapterNotices
from gateway.agencies.approvals import Approvals
from gateway.agencies.callers import Caller
from gateway.agencies.ending import Ending
from gateway.agencies.invitations import AgencyInvitations
from gateway.agencies.mandate_notices import MandateNotices
from gateway.agencies.mandates import Mandates
from gateway.agencies.overseeing import Overseeing
from gateway.agencies.telling import AgencyNotices
from gateway.identity.operators.operator import Operator, read_posts
from gateway.identity.principal import Assurance
from gateway.identity.vault import Vault
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.notices.store import NoticeStore
from gateway.policy.operators import OperatorAct, OperatorGrant, OperatorPolicy
from gateway.registry.store import RegistryStore
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.storage.application_tables import notices
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_events, registry_versions
from tests.support.operators import Watch

DIGEST = "d" * 64
PURPOSES = ("self_service", "service_delivery", "enforcement")
AGENCY, ADAPTER, VERSION = "om-fisheries", "fisheries", "1.0.0"


@dataclass
class Book(Ledger):
    """A ledger that is a list."""

    entries: list[Entry] = field(default_factory=list)

    def new_salt(self) -> bytes:
        return bytes(32)

    def pseudonym(self, subject: str) -> str:
        return f"{subject:-<43}"

    async def seal(self, entry: Entry, owner: str, salt: bytes | None = None) -> None:  # type: ignore[override]
        self.entries.append(entry)


@dataclass
class Board:
    """One worker's parts over a database, with a clock in the test's hands."""

    storage: Storage
    watch: Watch = field(default_factory=Watch)
    vault: Vault = field(default_factory=lambda: Vault(os.urandom(32)))
    store: RegistryStore = field(init=False)
    invitations: AgencyInvitations = field(init=False)
    overseeing: Overseeing = field(init=False)
    approvals: Approvals = field(init=False)
    book: Book = field(default_factory=Book)
    mandates: Mandates = field(init=False)
    ending: Ending = field(init=False)

    def __post_init__(self) -> None:
        self.store = RegistryStore(self.watch)
        self.invitations = AgencyInvitations(self.storage, self.vault, self.store, self.watch)
        self.overseeing = Overseeing(self.storage, self.vault, self.store)
        self.approvals = Approvals(self.storage, self.vault, self.store, self.watch)
        mail = AgencyNotices(NoticeStore(self.vault), mail=True)
        self.store.listener = AdapterNotices(mail, self.vault, self.now).heard
        sides = MandateNotices(mail, self.vault, self.now)
        self.mandates = Mandates(self.storage, self.vault, self.store, sides, PURPOSES, self.watch)
        self.ending = Ending(self.storage, self.vault, self.store, self.book, mail, self.now)

    def now(self) -> datetime:
        """The moment of the clock."""
        return datetime.fromtimestamp(self.watch(), UTC)

    async def told(self) -> list[tuple[str, str, str]]:
        """What was written to whom, about what, in the order in which it was written."""
        wanted = select(notices).order_by(notices.c.created_at, notices.c.event_number)
        async with self.storage.reading() as connection:
            return [(row.status, row.person_id, row.channel) for row in await connection.execute(wanted)]

    async def adapter(
        self, name: str = ADAPTER, agency: str = AGENCY, country: Country = Country.OM, **row: Any
    ) -> None:
        """A row of an adapter that nobody uses yet."""
        values = {
            "adapter_id": name,
            "agency_id": agency,
            "country": country.value,
            "standing": "new",
            "canary_share": 0,
            "title": orjson.dumps({"ar": f"موصل {name}", "en": f"Adapter {name}"}),
            "words": f" {name}",
            "created_at": int(self.watch()),
            "revision": 0,
            **row,
        }
        async with self.storage.writing() as connection:
            await connection.execute(insert(registry_adapters).values(values))

    async def version(self, standing: str, version: str = VERSION, name: str = ADAPTER, **row: Any) -> None:
        """A row of a version, whose document is its own number."""
        values = {
            "adapter_id": name,
            "version": version,
            "ordinal": int(version.split(".")[0]),
            "standing": standing,
            "digest": DIGEST,
            "document": b"{}",
            "plate": b"{}",
            "catalogue": b"[]",
            "made_by": "member:somebody",
            "made_at": int(self.watch()),
            "changed_at": int(self.watch()),
            **row,
        }
        async with self.storage.writing() as connection:
            await connection.execute(insert(registry_versions).values(values))

    async def standing(self, version: str = VERSION, name: str = ADAPTER) -> str:
        """How the version stands."""
        table = registry_versions
        async with self.storage.reading() as connection:
            found = select(table.c.standing).where(table.c.adapter_id == name, table.c.version == version)
            return str(await connection.scalar(found))

    async def events(self, name: str = ADAPTER) -> Sequence[tuple[str, str]]:
        """What happened to the adapter, and by whom."""
        table = registry_events
        wanted = select(table.c.what, table.c.actor).where(table.c.adapter_id == name).order_by(table.c.number)
        async with self.storage.reading() as connection:
            return [(row.what, row.actor) for row in await connection.execute(wanted)]


def actor(
    agency: str = AGENCY,
    country: Country = Country.OM,
    kind: AgencyKind = "agency",
    standing: AgencyStanding = "active",
    role: Role = Role.OWNER,
) -> Actor:
    """Somebody who acts for that agency."""
    caller = Caller(f"person-{agency}", "portal", None, None, country, Assurance.HIGH)
    return Actor(f"member:{agency}", agency, country, kind, standing, role, caller)


def leave(someone: Actor, act: AgencyAct) -> AgencyGrant:
    """What policy gives them; raises as it does."""
    return AgencyActs(Book(), lambda: datetime.now(UTC)).permit(someone, act)


async def forgotten(_connection: AsyncConnection, _answer: Frozen) -> None:
    """Where no answer is kept."""


def grant(
    act: OperatorAct, posts: str, country: Country | None = Country.OM, operator: str = "operator-1"
) -> OperatorGrant:
    """What policy gives an operator of those posts; raises as it does."""
    someone = Operator(operator, read_posts(posts), "session", "totp", 0, 1)
    return OperatorPolicy().permit(someone, act, country)


@asynccontextmanager
async def board(url: str) -> AsyncIterator[Board]:
    """The parts over the database at ``url``."""
    async with Storage.open(url) as storage:
        yield Board(storage)
