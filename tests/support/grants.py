"""Grants, codes and refresh tokens of two workers over one database, with a clock that the test moves."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway.identity.principal import Assurance
from gateway.identity.revocation import Revocations
from gateway.identity.vault import Finder, Vault
from gateway.oauth.codes import Codes
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.refresh import RefreshTokens
from gateway.schema import Country
from gateway.storage.engine import Storage
from tests.support.people import CIVIL, CPR


@dataclass
class Hands:
    """The clock that both workers look at, and the keys that both hold."""

    now: float = field(default_factory=time.time)
    vault_key: bytes = field(default_factory=lambda: os.urandom(32))
    finder: Finder = field(default_factory=lambda: Finder(os.urandom(32)))

    def __post_init__(self) -> None:
        self.vault = Vault(self.vault_key)

    def clock(self) -> float:
        """The moment, in seconds since 1970."""
        return self.now


class Desk:
    """What one worker knows grants by."""

    def __init__(self, storage: Storage, revocations: Revocations, hands: Hands) -> None:
        self.hands = hands
        self.storage = storage
        self.revocations = revocations
        self.grants = Grants(storage, hands.vault, revocations, hands.clock)
        self.codes = Codes(storage, hands.vault, self.grants, hands.clock)
        self.refresh_tokens = RefreshTokens(storage, hands.finder, self.grants, hands.clock)

    async def grant(self, **changes: Any) -> AuthorizationGrant:
        """A new grant, kept."""
        return await self.grants.create(a_grant(now=self.hands.now, **changes))


@asynccontextmanager
async def desks(storage_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two workers, ready."""
    hands = Hands()
    async with Storage.open(storage_url) as first, Storage.open(storage_url) as second:
        one = Revocations(first, clock=hands.clock)
        two = Revocations(second, clock=hands.clock)
        await one.refresh()
        await two.refresh()
        yield Desk(first, one, hands), Desk(second, two, hands)


def a_grant(*, now: float, **changes: Any) -> AuthorizationGrant:
    """What a person of Bahrain and Kuwait let a program do."""
    values: dict[str, Any] = {
        "id": os.urandom(16).hex(),
        "client_id": "kw-moi-app",
        "person": "person-of-two-states",
        "session": "session-of-that-person",
        "home": Country.BH,
        "identifiers": (CPR, CIVIL),
        "assurance": Assurance.HIGH,
        "authenticated_at": int(now) - 30,
        "scopes": ("lookups:traffic-fines", "openid"),
        "purposes": ("service_delivery",),
        "countries": None,
        "claims": ("assurance",),
        "granted_at": int(now),
        "expires_at": int(now) + 90 * 86_400,
    }
    return AuthorizationGrant(**(values | changes))
