"""A gateway before which programs ask people, each step in the test's hands."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import update

from gateway.identity.revocation import Revocations
from gateway.oauth.clients import Clients
from gateway.storage.tables import sessions
from tests.support.door import entries
from tests.support.entrance import Browser, Entrance, Seen, entrance
from tests.support.programs import LOOPBACK, Prover, asking, confidential, public

SCOPES = ("openid", "identity", "offline_access", "lookups", "lookups:traffic-fines", "applications:fine-settlement")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a browser is told, and where it is sent."""

    seen: Seen

    @property
    def status(self) -> int:
        return self.seen.status

    @property
    def text(self) -> str:
        return self.seen.text

    @property
    def words(self) -> str:
        return self.seen.words

    @property
    def location(self) -> str:
        return self.seen.location

    @property
    def address(self) -> str:
        """Where it leads, without what the answer says."""
        return self.location.partition("?")[0]

    @property
    def parameters(self) -> Mapping[str, str]:
        return dict(parse_qsl(urlsplit(self.location).query, strict_parsing=False))


@dataclass
class Askers:
    """The gateway, a program with keys and one without, and the clients that an operator approved."""

    entrance: Entrance
    clients: Clients
    prover: Prover = field(default_factory=Prover)

    @property
    def url(self) -> str:
        return self.entrance.url

    @property
    def issuer(self) -> str:
        return self.entrance.house.settings.tokens.issuer

    def browser(self) -> Browser:
        return self.entrance.browser()

    async def admit(self, client: Any) -> None:
        await self.clients.register(client)
        await self.clients.approve(client.client_id)

    async def push(self, fields: Mapping[str, str], **headers: str) -> tuple[int, dict[str, Any]]:
        """What ``POST /oauth/par`` answers."""
        async with self.entrance.session.post(f"{self.url}/oauth/par", data=fields, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def pushed(self, **changes: Any) -> str:
        """Where the confidential program sends a person, having pushed a good request but for ``changes``."""
        status, said = await self.push({**asking(**changes), **self.prover.proof()})
        assert status == 201, said
        return "/oauth/authorize?" + urlencode({"client_id": "kw-moi-app", "request_uri": said["request_uri"]})

    def plain(self, **changes: Any) -> str:
        """Where the public program sends a person."""
        own = {"client_id": "bh-pocket", "redirect_uri": LOOPBACK, "scope": "openid lookups:pension-contributions"}
        return "/oauth/authorize?" + urlencode(asking(**{**own, **changes}))

    async def shown(self, browser: Browser, address: str) -> Answered:
        """What the browser is shown next: the consent page, the sign-in, or the way back to the program."""
        begun = await browser.get(address)
        if begun.status != 303 or not begun.location.startswith(f"{self.url}/oauth/consent?"):
            return Answered(begun)
        return Answered(await browser.get(begun.location))

    async def signed_in(self, browser: Browser, shown: Answered, persona: str = "bahraini-citizen") -> Answered:
        """What comes after the sign-in that was asked for."""
        query = "?" + urlsplit(shown.location).query
        done = await browser.sign_in("bh-ekey", persona, query)
        return Answered(await browser.get(done.location))

    async def consent_page(self, browser: Browser, address: str) -> Answered:
        """The page, after a sign-in where one is needed."""
        shown = await self.shown(browser, address)
        return await self.signed_in(browser, shown) if shown.status == 303 else shown

    async def answer(self, browser: Browser, page: Answered, decision: str, **changes: str) -> Answered:
        """What pressing a button of the page leads to."""
        fields = {name: page.seen.field(name) for name in ("form", "request")} | {"decision": decision} | changes
        return Answered(await browser.post("/oauth/consent", fields))

    async def sealed(self, step: str) -> list[dict[str, Any]]:
        """The entries of one step at the doors for programs."""
        return [each for each in await entries(self.entrance.house) if each.get("step") == step]

    async def age_sessions(self, seconds: int) -> None:
        """As if every sign-in had been so long ago."""
        await self._change(authenticated_at=sessions.c.authenticated_at - seconds)

    async def weaken_sessions(self) -> None:
        """As if every sign-in had been of the lowest level."""
        await self._change(assurance="low")

    async def _change(self, **values: Any) -> None:
        async with self.entrance.house.doors.parts.storage.writing() as connection:
            await connection.execute(update(sessions).values(**values))


@asynccontextmanager
async def asking_house(folder: Path, storage_url: str | None = None, **more: Any) -> AsyncIterator[Askers]:
    """A gateway with both programs, approved."""
    async with entrance(folder, storage_url=storage_url, **more) as gate:
        storage = gate.house.doors.parts.storage
        async with Revocations.open(storage) as revocations:
            askers = Askers(gate, Clients(storage, revocations, time.time))
            askers.prover.issuer = askers.issuer
            purposes = ("service_delivery", "enforcement")
            await askers.admit(confidential(jwks=askers.prover.jwks, scopes=SCOPES, purposes=purposes))
            await askers.admit(public())
            yield askers
