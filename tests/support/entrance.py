"""The way in, walked by a browser without scripts, with each step in the test's hands."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from lxml import html
from yarl import URL

from gateway.sandbox.providers.base import LOOPBACK
from gateway.sdk.sandbox import Persona, personas
from gateway.serve import Doors, serving
from tests.support.house import House, house

BROWSER, SESSION = "__Host-browser", "__Host-session"
PAGE = {"Accept": "text/html"}
PEOPLE: Mapping[str, Persona] = {each.id: each for each in personas()}
REDIRECTS = 300, 399


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, whole."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str
    cookies: Sequence[str] = ()

    @property
    def location(self) -> str:
        """Where it leads, in absolute form."""
        return urljoin(self.url, self.headers.get("Location", ""))

    def field(self, name: str) -> str:
        """The value of a form's hidden field."""
        found: list[str] = html.fromstring(self.text).xpath(f"//input[@name='{name}']/@value")
        return found[0]

    @property
    def words(self) -> str:
        """What a person reads."""
        return " ".join(html.fromstring(self.text).xpath("string(//main)").split())


@dataclass
class Browser:
    """One browser with its own cookies, which it keeps by hand, as one that trusts ``base`` would keep them."""

    base: str
    session: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, url: str, **headers: str) -> Seen:
        return await self.request("GET", url, headers=headers)

    async def post(self, url: str, data: Any = None, **headers: str) -> Seen:
        return await self.request("POST", url, data=data, headers=headers)

    async def request(self, method: str, url: str, *, headers: Mapping[str, str], **more: Any) -> Seen:
        """One request and no more: redirects are for the test to follow."""
        url = urljoin(self.base, url)
        sent = {**PAGE, "Accept-Language": "en", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if url.startswith(self.base) and self.cookies and "Cookie" not in sent:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with self.session.request(
            method, URL(url, encoded=True), headers=sent, allow_redirects=False, **more
        ) as answer:
            given = answer.headers.getall("Set-Cookie", [])
            if url.startswith(self.base):
                self._keep(given)
            return Seen(url, answer.status, answer.headers.copy(), await answer.text(), given)

    def _keep(self, given: Sequence[str]) -> None:
        for name, value, rest in re.findall(r"^([^=]+)=([^;]*)(.*)$", "\n".join(given), re.MULTILINE):
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')

    # --- the way in, step by step

    async def to_provider(self, provider: str, query: str = "") -> Seen:
        """The provider's own page, where the person decides."""
        begun = await self.get(f"/auth/login/{provider}{query}")
        assert begun.status == 303, begun.text
        return await self.get(begun.location)

    async def decide(self, page: Seen, persona: str, **changes: str) -> str:
        """Chooses at the provider; the address that the provider sends the browser back to."""
        form = html.fromstring(page.text).forms[0]
        fields = [(name, value or "") for name, value in form.form_values() if name not in changes]
        fields += [("persona", persona), *changes.items()]
        answer = await self.post(urljoin(page.url, form.action or ""), fields)
        assert REDIRECTS[0] <= answer.status <= REDIRECTS[1], answer.text
        return answer.location

    async def callback(self, provider: str, persona: str, query: str = "") -> str:
        """The address with the answer, which nobody has opened yet."""
        return await self.decide(await self.to_provider(provider, query), persona)

    async def sign_in(self, provider: str, persona: str, query: str = "") -> Seen:
        """The whole way through a provider that redirects."""
        return await self.get(await self.callback(provider, persona, query))

    async def waiting(self, provider: str, number: str, query: str = "") -> Seen:
        """Types the number where a telephone is rung; the answer leads to the waiting page."""
        asked = await self.get(f"/auth/login/{provider}{query}")
        return await self.post(f"/auth/login/{provider}{query}", {"form": asked.field("form"), "identifier": number})

    async def wait(self, url: str) -> Seen:
        """Looks at the waiting page until it goes on."""
        until = time.monotonic() + 10
        while True:
            page = await self.get(url)
            if page.status != 200 or time.monotonic() > until:
                return page
            await asyncio.sleep(0.05)

    async def account(self) -> Seen:
        return await self.get("/account")

    async def act(self, action: str, **fields: str) -> Seen:
        """Presses a button of the account page."""
        page = await self.account()
        return await self.post(f"/account/{action}", {"form": page.field("form"), **fields})

    async def link(self, provider: str, persona: str) -> Seen:
        """Links an identity of a provider that redirects."""
        go = await self.act("link", provider=provider)
        (url,) = html.fromstring(go.text).xpath("//main//a[contains(@class, 'button')]/@href")
        return await self.get(await self.decide(await self.get(url), persona))

    async def ask(self, *countries: str, service: str = "identity-verification", **headers: str) -> dict[str, Any]:
        """A lookup with the session that the browser holds."""
        body = {"countries": list(countries), "purpose": "self_service"}
        sent = {"Accept": "application/json", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        url = f"{self.base}/v1/lookups/{service}"
        async with self.session.post(url, json=body, headers={**sent, **headers}) as answer:
            document: dict[str, Any] = await answer.json(content_type=None)
            return document | {"challenge": answer.headers.get("WWW-Authenticate", "")}

    @property
    def secret(self) -> str:
        """The session's secret, or ``""``."""
        return self.cookies.get(SESSION, "")


@dataclass
class Entrance:
    """A gateway with identity providers, and as many browsers before it as a test wants."""

    house: House
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return self.house.settings.server.public_url

    def browser(self, base: str = "") -> Browser:
        return Browser(base or self.url, self.session)

    async def telephone(self, provider: str, persona: str, decision: str = "approve") -> None:
        """What the person does in the provider's app."""
        url = f"{self.house.stand_ins[provider].url}/choose"
        async with self.session.post(url, data={"persona": persona, "decision": decision}) as answer:
            assert answer.status < 400, await answer.text()

    @asynccontextmanager
    async def another_worker(self) -> AsyncIterator[Doors]:
        """A second worker on the same database, at an address of its own."""
        settings = self.house.settings
        server = settings.server.model_copy(update={"port": 0, "operators_port": 0, "callbacks_port": 0})
        async with serving(settings.model_copy(update={"server": server})) as doors:
            yield doors


@asynccontextmanager
async def entrance(
    folder: Path,
    providers: Sequence[str] = ("bh-ekey", "ae-uaepass"),
    rooms: Sequence[str] = (),
    storage_url: str | None = None,
    providers_site: str = LOOPBACK,
    **changes: Mapping[str, Any],
) -> AsyncIterator[Entrance]:
    """Runs a gateway with the stand-ins of ``providers`` and of the national systems of ``rooms``.

    ``changes`` are settings by section.
    """
    wanted: dict[str, Any] = {"rooms": rooms, "providers": providers, "providers_site": providers_site, **changes}
    async with (
        house(folder, storage_url=storage_url, **wanted) as home,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        yield Entrance(home, session)


def path_of(url: str) -> str:
    """The path of an address."""
    return urlsplit(url).path
