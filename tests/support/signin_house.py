"""Signing in with real storage, for tests of what happens between a provider and a session."""

import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.identity.attempts import Attempts, Wish
from gateway.identity.letters import Letters
from gateway.identity.people import People
from gateway.identity.providers.base import Provider, ProviderResponse, Redirect
from gateway.identity.sessions import Limits, Place, Session, Sessions
from gateway.identity.signin import Done, SignIn
from gateway.identity.vault import Finder, Vault
from gateway.storage.engine import Storage
from tests.support.openid import CALLBACK

PLACE = Place("Firefox on Linux", "192.0.2.0")


@dataclass(frozen=True, slots=True)
class SignInHouse:
    """The parts of one worker, without its pages."""

    signin: SignIn
    letters: Letters

    async def begin(self, browser: str = "a browser", **wish: object) -> tuple[str, str]:
        """The state of a new sign-in, and where it sends the browser."""
        members: dict[str, object] = {
            "provider": "seventh",
            "redirect_uri": CALLBACK,
            "language": "en",
            **wish,
        }
        begun = await self.signin.begin(Wish(**members), browser)  # type: ignore[arg-type]
        assert isinstance(begun.step, Redirect)
        return begun.state, begun.step.url

    async def complete(
        self, state: str, response: ProviderResponse, browser: str = "a browser", name: str = "seventh"
    ) -> Done:
        return await self.signin.complete(name, state, browser, response, PLACE, None)

    async def session(self, done: Done) -> Session:
        found = await self.signin.sessions.find(done.secret)
        assert found is not None
        return found


@asynccontextmanager
async def signin_house(url: str, providers: Mapping[str, Provider]) -> AsyncIterator[SignInHouse]:
    """A house over the database at ``url``; the providers are closed by whoever made them."""
    vault, finder = Vault(os.urandom(32)), Finder(os.urandom(32))
    async with Storage.open(url) as storage:
        people = People(storage, vault, finder, time.time)
        sessions = Sessions(storage, people, finder, Limits(), time.time)
        attempts = Attempts(storage, vault, lambda: datetime.now(UTC))
        signin = SignIn(providers, attempts, people, sessions, lambda: datetime.now(UTC))
        yield SignInHouse(signin, Letters(storage, vault, time.time))
