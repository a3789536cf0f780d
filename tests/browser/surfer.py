"""A real Chromium that tells what its pages asked for and what they were refused."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

# As Debian, other distributions and Google name it.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), BROWSERS[0])
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NARROW, WIDE = 360, 1280
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

_TELL_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  event => window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""


@dataclass
class Surfer:
    """One browser before one server."""

    browser: Browser
    base: str
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def page(
        self,
        path: str,
        *,
        width: int = WIDE,
        language: str | None = None,
        scripts: bool = True,
        scheme: Literal["light", "dark"] = "light",
        forced_colors: Literal["active", "none"] = "none",
    ) -> AsyncIterator[Page]:
        """The page at ``path`` once everything it wants has arrived."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            forced_colors=forced_colors,
            java_script_enabled=scripts,
            locale="ar-KW",
        )
        try:
            page = await context.new_page()
            await page.add_init_script(_TELL_VIOLATIONS)
            page.on("request", lambda request: self.requested.append(request.url))
            page.on("console", self._hear)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            query = f"?lang={language}" if language else ""
            await page.goto(f"{self.base}{path}{query}", wait_until="load")
            yield page
        finally:
            await context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        """Notes what the browser says of a page, but that the page's own status is an error."""
        own = message.page is not None and message.location["url"] == message.page.url
        if not (own and message.text.startswith("Failed to load resource")):
            self.complaints.append(message.text)

    @property
    def strangers(self) -> Sequence[str]:
        """What was asked of any other host."""
        own = urlsplit(self.base).netloc
        return [url for url in self.requested if urlsplit(url).netloc != own and not url.startswith("data:")]


@asynccontextmanager
async def surfing(app: web.Application) -> AsyncIterator[Surfer]:
    """Serves ``app`` on a free port with a browser in front of it."""
    async with TestServer(app) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield Surfer(browser, str(server.make_url("")).rstrip("/"))
        finally:
            await browser.close()


async def violations(page: Page) -> list[Any]:
    """What the page's content security policy refused."""
    found: list[Any] = await page.evaluate("window.violations")
    return found


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


async def breaches(page: Page) -> list[tuple[str, Any]]:
    """The rules of accessibility that the page breaks, and where."""
    results = await Axe().run(page, options=WCAG)
    return [(found["id"], [node["target"] for node in found["nodes"]]) for found in results.response["violations"]]
