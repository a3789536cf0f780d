"""Signing in with Chromium: each page, in both languages, narrow and wide, by hand and by keyboard, without scripts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.surfer import NARROW, WIDE, breaches, overflow
from tests.browser.walker import chromium
from tests.support.entrance import Entrance, entrance

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PROVIDERS = ("bh-ekey", "ae-uaepass", "sa-nafath", "kw-mobile-id")
SAUDI = "1084260288"
WORDS = {
    "ar": {"choose": "تسجيل الدخول", "direction": "rtl"},
    "en": {"choose": "Sign in", "direction": "ltr"},
}
FORBIDDEN = "Content Security Policy"


@pytest_asyncio.fixture(loop_scope="module")
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path, PROVIDERS) as gate:
        yield gate


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@asynccontextmanager
async def reader(
    browser: Browser, scripts: bool = False, language: str = "ar"
) -> AsyncIterator[tuple[BrowserContext, list[str]]]:
    """Windows of somebody new who reads the language, and what the browser complains of in them."""
    complaints: list[str] = []
    context = await browser.new_context(
        viewport={"width": NARROW, "height": 800}, java_script_enabled=scripts, locale=language
    )
    context.on("console", lambda message: complaints.append(message.text))
    try:
        yield context, complaints
    finally:
        await context.close()


async def sound(page: Page, language: str) -> None:
    """Accessible, within its window, and written in the reader's direction."""
    assert await page.get_attribute("html", "dir") == WORDS[language]["direction"]
    for width in (320, NARROW, WIDE):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await overflow(page) == 0, f"{page.url} {width}"
    assert await breaches(page) == [], page.url
    await page.set_viewport_size({"width": NARROW, "height": 800})
    assert await breaches(page) == [], page.url


async def act(page: Page, action: str) -> None:
    """Presses the first button of the account page's form."""
    await page.locator(f"form[action='/account/{action}'] button").first.click()


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_somebody_signs_in_links_and_leaves_on_sound_pages(
    gate: Entrance, browser: Browser, language: str
) -> None:
    async with reader(browser, scripts=True, language=language) as (context, complaints):
        page = await context.new_page()
        await page.goto(f"{gate.url}/signin?level=substantial")
        assert WORDS[language]["choose"] in await page.inner_text("h1")
        await sound(page, language)

        await page.click("a[href^='/auth/login/sa-nafath']")
        await sound(page, language)
        await page.fill("#identifier", "1084260289")
        await page.click("main form button")
        await page.wait_for_selector("[role=alert]")
        await sound(page, language)
        await page.fill("#identifier", SAUDI)
        await page.click("main form button")
        await page.wait_for_url("**/auth/wait/*")
        await page.wait_for_selector(".big-number")
        await sound(page, language)
        await gate.telephone("sa-nafath", "saudi-citizen")
        await page.wait_for_url("**/account", timeout=15_000)
        await sound(page, language)

        await page.select_option("#provider", "bh-ekey")
        await act(page, "link")
        await page.wait_for_selector("main a.button")
        await sound(page, language)
        await page.click("main a.button")
        await page.click("button[value='bahraini-citizen']")
        await page.wait_for_url("**/account")
        assert await page.locator("form[action='/account/unlink']").count() == 2
        await sound(page, language)
        await act(page, "unlink")
        await page.goto(f"{gate.url}/auth/callback/bh-ekey?state=x")
        await sound(page, language)

    assert [each for each in complaints if FORBIDDEN in each] == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_all_of_it_works_without_scripts(gate: Entrance, browser: Browser, language: str) -> None:
    async with reader(browser, language=language) as (context, _):
        page = await context.new_page()
        await page.goto(f"{gate.url}/account")
        assert "/signin" in page.url
        await page.click("a[href^='/auth/login/bh-ekey']")
        await page.click("button[value='resident']")
        await page.wait_for_url("**/account")
        await act(page, "signout")
        await page.wait_for_url(f"{gate.url}/")
        await page.go_back()
        assert "791162871" not in await page.content()
        await page.goto(f"{gate.url}/account")
        assert "/signin" in page.url


async def test_all_of_it_works_by_keyboard(gate: Entrance, browser: Browser) -> None:
    async with reader(browser, language="en") as (context, _):
        page = await context.new_page()
        await page.goto(f"{gate.url}/signin")
        await _tab_to(page, "Nafath")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#identifier")
        await page.focus("#identifier")
        await page.keyboard.type(SAUDI)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/auth/wait/*")
        await gate.telephone("sa-nafath", "saudi-citizen")
        await _tab_to(page, "Check now")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/account")
        await _tab_to(page, "Sign out")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{gate.url}/")


async def _tab_to(page: Page, words: str) -> None:
    for _ in range(30):
        await page.keyboard.press("Tab")
        if words in await page.evaluate("document.activeElement.textContent"):
            return
    raise AssertionError(f"{words} is not reached by the tabulator")


async def test_the_switch_of_languages_keeps_the_place(gate: Entrance, browser: Browser) -> None:
    async with reader(browser, language="en") as (context, _):
        page = await context.new_page()
        await page.goto(f"{gate.url}/signin?return_to=/docs")
        await page.click("a[hreflang='ar']")

        assert await page.get_attribute("html", "dir") == "rtl"
        assert "return_to=%2Fdocs" in str(await page.locator("main ul a").first.get_attribute("href"))
