"""The identity side of operators over real storage, with a clock in the test's hands."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.identity.operators.accounts import Account, Accounts
from gateway.identity.operators.breaks import Breaks
from gateway.identity.operators.factors import Factors
from gateway.identity.operators.operator import Operator, read_posts
from gateway.identity.operators.passkeys import Passkeys
from gateway.identity.operators.second_factor import SecondFactor
from gateway.identity.operators.sessions import Limits, OperatorSession, OperatorSessions
from gateway.identity.vault import Finder, Vault
from gateway.storage.engine import Storage

ORIGIN = "https://console.bawaba.example"
HOST = "console.bawaba.example"
START = 1_790_000_000
ISSUER = "https://staff.example"


@dataclass
class Watch:
    """A clock that stands until it is moved."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Staff:
    """One worker's parts; ``colleague`` gives those of another on the same database."""

    storage: Storage
    watch: Watch = field(default_factory=Watch)
    vault: Vault = field(default_factory=lambda: Vault(os.urandom(32)))
    finder: Finder = field(default_factory=lambda: Finder(os.urandom(32)))
    accounts: Accounts = field(init=False)
    breaks: Breaks = field(init=False)
    sessions: OperatorSessions = field(init=False)
    factors: Factors = field(init=False)
    passkeys: Passkeys = field(init=False)
    second: SecondFactor = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.storage, self.vault, self.finder, self.watch)
        self.breaks = Breaks(self.storage, self.vault, self.watch)
        self.sessions = OperatorSessions(self.storage, self.vault, self.breaks, Limits(), self.watch)
        self.factors = Factors(self.storage, self.vault, self.watch)
        self.passkeys = Passkeys(ORIGIN)
        self.second = SecondFactor(self.accounts, self.factors, self.sessions, self.passkeys, self.watch)

    async def admit(self, subject: str = "somebody", posts: str = "") -> Account:
        invitation = await self.accounts.invite(f"Name of {subject}", read_posts(posts))
        return await self.accounts.admit(ISSUER, subject, invitation)

    async def half(self, account: Account, posts: str = "operator", *, invited: bool = False) -> OperatorSession:
        """A session that waits for the second factor."""
        secret = await self.sessions.begin(account.id, read_posts(posts), invited=invited)
        return await self.session(secret)

    async def session(self, secret: str) -> OperatorSession:
        found = await self.sessions.find(secret)
        assert found is not None
        return found

    async def signed_in(self, subject: str = "somebody", posts: str = "operator") -> tuple[OperatorSession, Operator]:
        """A whole session, as if the second factor had been shown."""
        half = await self.half(await self.admit(subject), posts)
        secret = await self.sessions.fulfil(half, "totp")
        assert secret is not None
        session = await self.session(secret)
        operator = await self.sessions.operator(session)
        assert operator is not None
        return session, operator


@asynccontextmanager
async def staff(url: str) -> AsyncIterator[Staff]:
    """The parts over the database at ``url``."""
    async with Storage.open(url) as storage:
        yield Staff(storage)
