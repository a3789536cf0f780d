"""Qatar's NAS beside its stand-in, with the real letterbox as the memory of what was used."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.identity.letters import Letters
from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse
from gateway.identity.providers.saml import Saml
from gateway.identity.vault import Vault
from gateway.sandbox.providers.nas import Asked, StandIn
from gateway.storage.engine import Storage
from tests.support.attempts import attempt, now, plate

PLATE = "qa-nas"
CITIZEN, QID = "qatari-citizen", "29363462675"

# One set of keys for every test of a worker, for they take a while to make.
SECRETS = dict(StandIn.make_secrets())


@dataclass
class Counter:
    """The provider and its stand-in."""

    provider: Saml
    stand_in: StandIn
    letters: Letters

    async def ask(self, **changes: Any) -> tuple[Attempt, Asked]:
        """A sign-in whose request the stand-in has accepted."""
        asked = attempt(PLATE, **changes)
        step = await self.provider.begin(asked)
        accepted = self.stand_in.accept(step.fields["SAMLRequest"], step.fields["RelayState"])
        return replace(asked, memory=step.memory), accepted

    def answer(self, accepted: Asked, lie: str = "", *, persona: str = CITIZEN, level: str = "enhanced") -> str:
        """``SAMLResponse`` of whoever chose ``persona``; without one they declined."""
        self.stand_in.behave(lie)
        return self.stand_in.answer(accepted, self.stand_in.people.get(persona), level)

    async def complete(self, asked: Attempt, value: str) -> Evidence:
        """What the browser brings back to this sign-in."""
        form = {"SAMLResponse": value, "RelayState": asked.id}
        return await self.provider.complete(asked, ProviderResponse(form=form))

    async def sign_in(self, lie: str = "", *, level: str = "enhanced", **changes: Any) -> Evidence:
        """The whole way."""
        asked, accepted = await self.ask(**changes)
        return await self.complete(asked, self.answer(accepted, lie, level=level))


@asynccontextmanager
async def counter(
    url: str, clock: Callable[[], datetime] = now, secrets: dict[str, str] = SECRETS, **changes: Any
) -> AsyncIterator[Counter]:
    """A provider made from its plate, but for ``changes``, that remembers in the database ``url``."""
    stand_in = StandIn(SECRETS)
    async with Storage.open(url) as storage, stand_in.running():
        letters = Letters(storage, Vault(bytes(32)), lambda: clock().timestamp())
        provider = Saml(plate(PLATE, **changes), stand_in.endpoints(), secrets, clock, letters)
        await provider.open()
        try:
            yield Counter(provider, stand_in, letters)
        finally:
            await provider.close()
