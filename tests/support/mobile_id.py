"""Kuwait Mobile ID beside its stand-in, with the real callback door and letterbox between them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiohttp.test_utils import TestServer

from gateway.identity.letters import Letters
from gateway.identity.providers.base import Attempt, Evidence, Wait
from gateway.identity.providers.mobile_id import MobileId
from gateway.identity.vault import Vault
from gateway.sandbox.providers.mobile_id import StandIn
from gateway.schema.country import Country
from gateway.sdk.inbox import Inbox
from gateway.storage.engine import Storage
from gateway.web.callbacks import callback_app
from tests.support.attempts import attempt, now, number, plate

PLATE = "kw-mobile-id"
CITIZEN = "285061445574"
RESIDENT = "279112346306"

# One set of keys for every test of a worker, for they take a while to make.
SECRETS = dict(StandIn.make_secrets())


@dataclass
class Telephone:
    """The provider and its stand-in; ``door`` is where callbacks are delivered."""

    provider: MobileId
    stand_in: StandIn
    letters: Letters
    door: str

    async def ask(self, civil_number: str = CITIZEN, **changes: Any) -> Attempt:
        """A sign-in that waits for the person, as it is kept until the next poll."""
        asked = attempt(PLATE, **{"identifier": number(Country.KW, civil_number), **changes})
        step = await self.provider.begin(asked)
        assert isinstance(step, Wait)
        return replace(asked, memory=step.memory, expires_at=step.until)

    async def answer(self, waiting: Attempt, *, approve: bool = True, lie: str = "") -> int:
        """The person's decision, called back."""
        self.stand_in.behave(lie)
        return await self.stand_in.answer(waiting.memory["request_id"], approve=approve)

    async def sign_in(self, *, approve: bool = True, lie: str = "", **changes: Any) -> Evidence | None:
        """The whole way."""
        waiting = await self.ask(**changes)
        assert await self.answer(waiting, approve=approve, lie=lie) == 204
        return await self.provider.poll(waiting)


@asynccontextmanager
async def telephone(url: str, clock: Callable[[], datetime] = now, **changes: Any) -> AsyncIterator[Telephone]:
    """A provider made from its plate, but for ``changes``, whose letters are kept in the database ``url``."""
    stand_in = StandIn(SECRETS)
    async with Storage.open(url) as storage, stand_in.running():
        letters = Letters(storage, Vault(bytes(32)), lambda: clock().timestamp())
        async with TestServer(callback_app(Inbox("http://127.0.0.1"), letters)) as server:
            door = str(server.make_url("/")).rstrip("/")
            endpoints = stand_in.endpoints()
            provider = MobileId(plate(PLATE, **changes), endpoints, SECRETS, clock, letters, door)
            await provider.open()
            try:
                yield Telephone(provider, stand_in, letters, door)
            finally:
                await provider.close()
