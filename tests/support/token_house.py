"""A gateway at which programs get tokens, give them back and ask about them, each step in the test's hands."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt

from tests.support.asking import Answered, Askers, asking_house
from tests.support.entrance import Browser
from tests.support.programs import BACK, LOOPBACK, VERIFIER, Prover
from tests.support.proofs import Holder


@dataclass(frozen=True, slots=True)
class Told:
    """An answer to a program."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    document: dict[str, Any]

    @property
    def error(self) -> str:
        return str(self.document.get("error", ""))

    def __getitem__(self, name: str) -> Any:
        return self.document[name]


@dataclass
class TokenHouse:
    """The doors for tokens; ``url`` may be another worker's. ``holder`` has the key that tokens are bound to."""

    askers: Askers
    holder: Holder = field(default_factory=lambda: Holder(clock=time.time))

    @property
    def url(self) -> str:
        return self.askers.url

    async def post(
        self, path: str, fields: Mapping[str, str], *, prover: Prover | None = None, url: str = "", **headers: str
    ) -> Told:
        """What a program that proves itself by ``prover`` is told."""
        data = {**fields, **(prover.proof() if prover else {})}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if path == "/oauth/token":
            sent.setdefault("DPoP", self.holder.proof("POST", f"{self.url}{path}"))
        async with self.askers.entrance.session.post(f"{url or self.url}{path}", data=data, headers=sent) as answer:
            document = await answer.json(content_type=None) if answer.content_length else {}
            return Told(answer.status, answer.headers.copy(), await answer.read(), document)

    async def get(self, path: str, token: str = "", *, url: str = "", **headers: str) -> Told:
        """What whoever holds a token and its key is told."""
        sent = {**self.shown(token, path), **headers} if token else headers
        async with self.askers.entrance.session.get(f"{url or self.url}{path}", headers=sent) as answer:
            return Told(answer.status, answer.headers.copy(), await answer.read(), await answer.json(content_type=None))

    def shown(self, token: str, path: str, method: str = "GET") -> dict[str, str]:
        """How a token is brought, with the proof of its key."""
        return {"Authorization": f"DPoP {token}", "DPoP": self.holder.proof(method, f"{self.url}{path}", token)}

    # --- a person says yes

    async def code(self, browser: Browser | None = None, persona: str = "bahraini-citizen", **changes: Any) -> str:
        """A code for the confidential program, from a person who is signed in or signs in for it."""
        browser = browser or self.askers.browser()
        return await self.allowed(browser, await self.askers.pushed(**changes), persona)

    async def plain_code(
        self, browser: Browser | None = None, persona: str = "bahraini-citizen", **changes: Any
    ) -> str:
        """A code for the public program."""
        return await self.allowed(browser or self.askers.browser(), self.askers.plain(**changes), persona)

    async def allowed(self, browser: Browser, address: str, persona: str) -> str:
        """The code that the person's yes, at that address, gives."""
        return (await self.sent_back(browser, address, persona)).parameters["code"]

    async def sent_back(self, browser: Browser, address: str, persona: str = "bahraini-citizen") -> Answered:
        """How the person, sent to that address, comes back to the program after a yes."""
        shown = await self.askers.shown(browser, address)
        if shown.status == 303 and "code" not in shown.parameters:
            shown = await self.askers.signed_in(browser, shown, persona)
        if shown.status == 200:
            shown = await self.askers.answer(browser, shown, "allow")
        return shown

    # --- a program asks

    async def redeem(self, code: str, *, url: str = "", **changes: str) -> Told:
        """What the confidential program is given for a code."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return await self.post("/oauth/token", fields | changes, prover=self.askers.prover, url=url)

    async def redeem_plain(self, code: str, *, url: str = "", **changes: str) -> Told:
        """What the public program is given for a code."""
        fields = {
            "grant_type": "authorization_code",
            "client_id": "bh-pocket",
            "code": code,
            "redirect_uri": LOOPBACK,
            "code_verifier": VERIFIER,
        }
        return await self.post("/oauth/token", fields | changes, url=url)

    async def tokens(self, browser: Browser | None = None, **changes: Any) -> Told:
        """All that the confidential program gets of a person's yes."""
        told = await self.redeem(await self.code(browser, **changes))
        assert told.status == 200, told.document
        return told

    async def refresh(self, token: str, *, url: str = "", **changes: str) -> Told:
        """What the confidential program is given for a refresh token."""
        fields = {"grant_type": "refresh_token", "refresh_token": token} | changes
        return await self.post("/oauth/token", fields, prover=self.askers.prover, url=url)

    async def introspect(self, token: str, *, prover: Prover | None = None, url: str = "") -> Told:
        """What a program is told of a token."""
        return await self.post("/oauth/introspect", {"token": token}, prover=prover or self.askers.prover, url=url)

    async def revoke(self, token: str, *, prover: Prover | None = None, url: str = "", **more: str) -> Told:
        """What a program is told that gives a token back."""
        return await self.post("/oauth/revoke", {"token": token, **more}, prover=prover or self.askers.prover, url=url)

    async def userinfo(self, token: str, *, url: str = "") -> Told:
        """What a program is told of the person."""
        return await self.get("/oauth/userinfo", token, url=url)

    async def works(self, token: str, *, url: str = "") -> bool:
        """Whether an access token opens the gateway's own doors."""
        return (await self.get("/v1/me", token, url=url)).status == 200

    async def soon_refused(self, token: str, *others: str) -> None:
        """Waits until the token opens nothing, here and on the others: a second at the most, and a little to ask."""
        async with asyncio.timeout(2):
            for url in ("", *others):
                while True:
                    if not await self.works(token, url=url):
                        break
                    await asyncio.sleep(0.05)

    async def ask(self, service: str, token: str, *, purpose: str) -> Told:
        """A lookup of a person of Bahrain."""
        path, body = f"/v1/lookups/{service}", {"countries": ["BH"], "purpose": purpose}
        headers = self.shown(token, path, "POST")
        async with self.askers.entrance.session.post(f"{self.url}{path}", json=body, headers=headers) as answer:
            return Told(answer.status, answer.headers.copy(), await answer.read(), await answer.json(content_type=None))

    async def id_token(self, told: Told) -> dict[str, Any]:
        """The ID token's claims, verified with a library that is not ours and the keys that are published."""
        keys = jwt.PyJWKSet.from_dict((await self.get("/.well-known/jwks.json")).document)
        header = jwt.get_unverified_header(told["id_token"])
        key = next(each for each in keys.keys if each.key_id == header["kid"])
        claims: dict[str, Any] = jwt.decode(
            told["id_token"], key.key, [header["alg"]], audience="kw-moi-app", issuer=self.askers.issuer
        )
        return claims


@asynccontextmanager
async def token_house(folder: Path, storage_url: str | None = None, **more: Any) -> AsyncIterator[TokenHouse]:
    """A gateway with both programs, approved."""
    async with asking_house(folder, storage_url, **more) as askers:
        yield TokenHouse(askers)
