"""A person in front of a real Chromium: with a mouse, or with a keyboard alone and scripts switched off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.browser.surfer import ARGUMENTS, CHROMIUM, NARROW, WIDE, breaches, overflow

DIRECTIONS = {"ar": "rtl", "en": "ltr"}
FORBIDDEN = "Content Security Policy"
MOST_TABS = 60
_IS_FOCUSED = "element => element === document.activeElement"


@dataclass
class Walker:
    """One person at one page; what the browser complained of on the way is in ``complaints``."""

    page: Page
    language: str
    keyboard: bool
    complaints: list[str] = field(default_factory=list)

    async def press(self, selector: str) -> None:
        """Clicks, or goes there with the tabulator and presses Enter."""
        target = self.page.locator(selector).first
        if not self.keyboard:
            await target.click()
            return
        await self._tab_to(target, selector)
        await self.page.keyboard.press("Enter")

    async def type(self, selector: str, text: str) -> None:
        """Fills in a field."""
        target = self.page.locator(selector).first
        if not self.keyboard:
            await target.fill(text)
            return
        await self._tab_to(target, selector)
        await self.page.keyboard.type(text)

    async def _tab_to(self, target: Locator, selector: str) -> None:
        await target.wait_for()
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            if await target.evaluate(_IS_FOCUSED):
                return
        raise AssertionError(f"{selector} is not reached by the tabulator")

    @property
    def refusals(self) -> list[str]:
        """What our own policy for pages refused."""
        return [each for each in self.complaints if FORBIDDEN in each]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser, for as many people as a test wants."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def walker(
    browser: Browser, language: str, *, keyboard: bool = False, scripts: bool = True
) -> AsyncIterator[Walker]:
    """Somebody new, without cookies, who reads ``language``."""
    context = await browser.new_context(
        viewport={"width": NARROW, "height": 800}, java_script_enabled=scripts, locale=language
    )
    try:
        someone = Walker(await context.new_page(), language, keyboard)
        context.on("console", lambda message: someone.complaints.append(message.text))
        yield someone
    finally:
        await context.close()


async def sound(page: Page, language: str) -> None:
    """Accessible, within its window, and written in the reader's direction."""
    assert await page.get_attribute("html", "lang") == language
    assert await page.get_attribute("html", "dir") == DIRECTIONS[language]
    assert await page.locator("h1").count() == 1
    for width in (320, WIDE, NARROW):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await overflow(page) == 0, f"{page.url} {width}"
        if width != 320:
            assert await breaches(page) == [], f"{page.url} {width}"
