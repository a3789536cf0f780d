"""UAE PASS beside its stand-in: a browser that chooses, and stand-ins that answer whatever a test wants."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse
from gateway.identity.providers.uaepass import UaePass
from gateway.sandbox.providers.uaepass import StandIn
from gateway.sdk.sandbox import Persona
from tests.support.attempts import attempt, now, plate

EMIRATI = "emirati-citizen"
PLATE = "ae-uaepass"


class Saying(StandIn):
    """A stand-in whose profile and whose token answer a test may change."""

    change: Callable[[dict[str, Any]], Any] | None = None
    body: bytes | None = None
    token_body: bytes | None = None

    def userinfo(self, persona: Persona) -> bytes:
        if self.body is not None:
            return self.body
        profile: dict[str, Any] = dict(self.profile(persona))
        if self.change is not None:
            self.change(profile)
        return json.dumps(profile).encode()

    def token_answer(self, token: str) -> bytes:
        return super().token_answer(token) if self.token_body is None else self.token_body


@dataclass(frozen=True)
class Desk:
    """The provider, its stand-in, and the client of a browser that follows no redirect by itself."""

    provider: UaePass
    stand_in: Saying
    browser: aiohttp.ClientSession

    async def choose(self, under_way: Attempt, **fields: str) -> dict[str, str]:
        """What comes back to the gateway when the person has opened the provider's page and pressed a button."""
        step = await self.provider.begin(under_way)
        async with self.browser.get(step.url) as page:
            assert page.status == 200, await page.text()
        asked = dict(parse_qsl(urlsplit(step.url).query))
        carried = {name: asked[name] for name in ("client_id", "redirect_uri", "state")}
        choice = {**carried, **(fields or {"persona": EMIRATI})}
        async with self.browser.post(f"{self.stand_in.url}/choose", data=choice, allow_redirects=False) as back:
            assert back.status == 302, back.status
            assert back.headers["Location"].startswith(under_way.redirect_uri)
            return dict(parse_qsl(urlsplit(back.headers["Location"]).query))

    async def sign_in(self, under_way: Attempt | None = None, **fields: str) -> Evidence:
        """The whole way."""
        under_way = under_way or attempt(PLATE)
        query = await self.choose(under_way, **fields)
        return await self.provider.complete(under_way, ProviderResponse(query=query))


@asynccontextmanager
async def uaepass_desk(**changes: Any) -> AsyncIterator[Desk]:
    """A provider made from its plate, but for ``changes``, beside a running stand-in."""
    secrets = Saying.make_secrets()
    stand_in = Saying(secrets)
    async with stand_in.running(), aiohttp.ClientSession() as browser:
        provider = UaePass(plate(PLATE, **changes), stand_in.endpoints(), secrets, now)
        await provider.open()
        try:
            yield Desk(provider, stand_in, browser)
        finally:
            await provider.close()
