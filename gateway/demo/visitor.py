"""A browser without scripts that signs in by the pages, as a person would."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp
from lxml import html
from yarl import URL

from gateway.sdk.sandbox import Persona

MOST_PAGES = 8
WAIT_SECONDS = 20.0
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser is, and what it reads there."""

    url: str
    status: int
    text: str


class Visitor:
    """One browser, with its own cookies; ``tls`` holds the certificate of the person's card, where there is one."""

    def __init__(self, base: str, tls: ssl.SSLContext | None = None) -> None:
        self._base = base
        # The demo is served on loopback without TLS, where browsers keep secure cookies all the same.
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(base))
        self._session = aiohttp.ClientSession(
            cookie_jar=jar, headers={"Accept": "text/html"}, connector=aiohttp.TCPConnector(ssl=tls or True)
        )

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def sign_in(self, provider: str, persona: Persona, telephone: str, level: str = "") -> bool:
        """Goes through the provider's pages as the persona; ``telephone`` is where its app's stand-in answers.

        ``level`` is the level of assurance to ask for; nothing asks for none.
        """
        page = await self._get(f"{self._base}/auth/login/{provider}{'?level=' if level else ''}{level}")
        for _ in range(MOST_PAGES):
            if page.status >= 400 or urlsplit(page.url).path == "/account":
                break
            if "/auth/wait/" in page.url:
                page = await self._approve(page, persona, telephone)
            else:
                page = await self._submit(page, persona)
        return page.status == 200 and page.url == f"{self._base}/account"

    async def ask(self, service: str, country: str) -> dict[str, object]:
        """A lookup with the session that the browser holds."""
        body = {"countries": [country], "purpose": "self_service"}
        async with self._session.post(f"{self._base}/v1/lookups/{service}", json=body) as response:
            document: dict[str, object] = await response.json(content_type=None)
            return document

    async def _approve(self, page: Page, persona: Persona, telephone: str) -> Page:
        """Says yes on the telephone, and looks at the waiting page until it goes on."""
        async with (
            aiohttp.ClientSession() as app,
            app.post(f"{telephone}/choose", data={"persona": persona.id, "decision": "approve"}),
        ):
            pass
        until = time.monotonic() + WAIT_SECONDS
        while "/auth/wait/" in page.url and page.status < 400 and time.monotonic() < until:
            page = await self._get(page.url)
            await asyncio.sleep(PAUSE_SECONDS)
        return page

    async def _submit(self, page: Page, persona: Persona) -> Page:
        """Fills in and sends the page's form: the number where it is asked for, the persona where one chooses."""
        forms = html.fromstring(page.text).forms
        if not forms:
            return Page(page.url, 400, page.text)
        # Pairs, for boxes of one name are each sent.
        fields = [(name, value or "") for name, value in forms[0].form_values() if name != "identifier"]
        if "identifier" in forms[0].fields:
            fields.append(("identifier", persona.identifiers[0][1]))
        elif urlsplit(page.url).netloc != urlsplit(self._base).netloc:
            fields.append(("persona", persona.id))
        action = urljoin(page.url, forms[0].action or page.url)
        async with self._session.post(action, data=fields) as response:
            return Page(str(response.url), response.status, await response.text())

    async def _get(self, url: str) -> Page:
        async with self._session.get(url) as response:
            return Page(str(response.url), response.status, await response.text())
