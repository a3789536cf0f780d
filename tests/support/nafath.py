"""Nafath beside its stand-in: a thumb on the telephone, and stand-ins that sign whatever a test wants."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.identity.providers.base import Attempt, Evidence, Wait
from gateway.identity.providers.nafath import Nafath
from gateway.identity.providers.nafath_token import RULES, Rule
from gateway.identity.providers.oidc.kept import Ages
from gateway.sandbox.providers.nafath import Request, StandIn
from gateway.sandbox.providers.nafath_keys import SigningKeys
from gateway.schema.country import Country
from gateway.sdk.sandbox import population
from tests.support.attempts import attempt, now, number, plate

PLATE = "sa-nafath"
SAUDI = "saudi-citizen"
NUMBER = "1084260288"
RESIDENT = "2441449762"
SOMEBODY_ELSE = next(
    each.identifier
    for each in population(Country.SA).people
    if each.standing == "citizen" and each.identifier != NUMBER
)

# One pair of keys for every test of a worker, for each takes a tenth of a second to make.
_KEYS = SigningKeys()
OTHERS = SigningKeys()


class Saying(StandIn):
    """A stand-in whose claims, token, status answer and key set a test may change."""

    change: Callable[[dict[str, Any]], Any] | None = None
    forge: Callable[[Request], str] | None = None
    answer: Callable[[Request], bytes] | None = None
    keys_body: bytes | None = None
    keys_asked = 0

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.keys = _KEYS

    def claims(self, request: Request) -> dict[str, object]:
        claims: dict[str, Any] = super().claims(request)
        if self.change is not None:
            self.change(claims)
        return claims

    def token(self, request: Request) -> str:
        return super().token(request) if self.forge is None else self.forge(request)

    def status_answer(self, request: Request) -> bytes:
        return super().status_answer(request) if self.answer is None else self.answer(request)

    def key_set(self) -> bytes:
        self.keys_asked += 1
        return super().key_set() if self.keys_body is None else self.keys_body


@dataclass
class Desk:
    """The provider and its stand-in."""

    provider: Nafath
    stand_in: Saying

    async def push(self, **changes: Any) -> Attempt:
        """A sign-in whose push is on the telephone, as it is kept until the next poll."""
        asked = attempt(PLATE, **{"identifier": number(Country.SA, NUMBER), **changes})
        step = await self.provider.begin(asked)
        assert isinstance(step, Wait)
        return replace(asked, memory=step.memory, expires_at=step.until)

    async def sign_in(self, decision: str = "approve", persona: str = SAUDI, **changes: Any) -> Evidence | None:
        """The whole way, the person deciding before the first poll."""
        waiting = await self.push(**changes)
        self.stand_in.decide(persona, decision)
        return await self.provider.poll(waiting)

    async def sign_in_resident(self) -> Evidence | None:
        """The whole way of a resident who is no persona."""
        waiting = await self.push(identifier=number(Country.SA, RESIDENT))
        request = self.stand_in.requests[waiting.memory["transaction"]]
        self.stand_in.pick(request, request.number)
        return await self.provider.poll(waiting)


@asynccontextmanager
async def nafath_desk(
    clock: Callable[[], datetime] = now,
    ages: Ages | None = None,
    rules: Mapping[str, Rule] = RULES,
    **changes: Any,
) -> AsyncIterator[Desk]:
    """A provider made from its plate, but for ``changes``, beside a running stand-in."""
    secrets = Saying.make_secrets()
    stand_in = Saying(secrets)
    async with stand_in.running():
        provider = Nafath(plate(PLATE, **changes), stand_in.endpoints(), secrets, clock, ages, rules)
        await provider.open()
        try:
            yield Desk(provider, stand_in)
        finally:
            await provider.close()


def completed(**members: Any) -> bytes:
    """The body of a status answer that says yes."""
    return json.dumps({"status": "COMPLETED", **members}).encode()
