"""Each way of signing in, walked to its end in Chromium: in both languages, by mouse, and by keyboard without scripts.

The providers are another site than the gateway here, as in life: what a browser keeps from another site counts.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.walker import Walker, chromium, sound, walker
from tests.support.entrance import PEOPLE, Entrance, entrance

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LANGUAGES = ("ar", "en")
PERSONAS = {
    "bh-ekey": "bahraini-citizen",
    "ae-uaepass": "emirati-citizen",
    "sa-nafath": "saudi-citizen",
    "kw-mobile-id": "kuwaiti-citizen",
    "qa-nas": "qatari-citizen",
    "om-pki": "omani-citizen",
    "gcc-card": "kuwaiti-citizen",
}
WALKS = tuple(product(PERSONAS, LANGUAGES))
ON = "main form button"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path_factory.mktemp("house"), tuple(PERSONAS), providers_site="localhost") as gate:
        yield gate


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


# --- what one does at each provider, from its choice to the account


async def by_choosing(someone: Walker, gate: Entrance, provider: str) -> None:
    """On the provider's own page, where the browser was sent."""
    await someone.press(f"button[value='{PERSONAS[provider]}']")


async def by_form(someone: Walker, gate: Entrance, provider: str) -> None:
    """By a page of ours whose form leads to the provider, and by one of the provider's whose form leads back."""
    await sound_if_seen(someone)
    await someone.press(ON)
    await by_choosing(someone, gate, provider)
    await someone.press("button[name='back']")


async def by_telephone(someone: Walker, gate: Entrance, provider: str) -> None:
    """By typing the number, and saying yes in the app."""
    await sound_if_seen(someone)
    await someone.type("#identifier", number_of(provider))
    await someone.press(ON)
    await someone.page.wait_for_url("**/auth/wait/*")
    await sound_if_seen(someone)
    await gate.telephone(provider, PERSONAS[provider])
    await someone.press("main a.button")


WAYS: Mapping[str, Callable[[Walker, Entrance, str], Awaitable[None]]] = {
    "bh-ekey": by_choosing,
    "ae-uaepass": by_choosing,
    "sa-nafath": by_telephone,
    "kw-mobile-id": by_telephone,
    "qa-nas": by_form,
    "om-pki": by_choosing,
    "gcc-card": by_choosing,
}


def number_of(provider: str) -> str:
    return PEOPLE[PERSONAS[provider]].identifiers[0][1]


async def sound_if_seen(someone: Walker) -> None:
    """The page is judged where scripts run, for the judge is one."""
    if not someone.keyboard:
        await sound(someone.page, someone.language)


async def arrive(someone: Walker, gate: Entrance, provider: str) -> None:
    """The whole way, from the choice of a state to the account with the right number."""
    await someone.page.goto(f"{gate.url}/signin")
    await someone.press(f"main a[href^='/auth/login/{provider}']")
    await WAYS[provider](someone, gate, provider)
    await someone.page.wait_for_url(f"{gate.url}/account", timeout=15_000)
    await sound_if_seen(someone)
    shown = await someone.page.locator("#identities ~ ul .facts dd").all_inner_texts()
    assert number_of(provider) in shown
    assert someone.refusals == []


# --- promises


@pytest.mark.parametrize(("provider", "language"), WALKS)
async def test_a_way_in_ends_with_the_account(gate: Entrance, browser: Browser, provider: str, language: str) -> None:
    async with walker(browser, language) as someone:
        await arrive(someone, gate, provider)


@pytest.mark.parametrize(("provider", "language"), WALKS)
async def test_a_way_in_needs_neither_scripts_nor_a_mouse(
    gate: Entrance, browser: Browser, provider: str, language: str
) -> None:
    async with walker(browser, language, keyboard=True, scripts=False) as someone:
        await arrive(someone, gate, provider)


@pytest.mark.parametrize("provider", ["qa-nas", "ae-uaepass"])
async def test_an_identity_of_another_site_is_linked(tmp_path: Path, browser: Browser, provider: str) -> None:
    """An answer that is posted from another site comes without the session's cookie, and must not be lost for that."""
    async with (
        entrance(tmp_path, ("bh-ekey", provider), providers_site="localhost") as gate,
        walker(browser, "en", keyboard=True, scripts=False) as someone,
    ):
        await arrive(someone, gate, "bh-ekey")
        await someone.page.select_option("#provider", provider)
        await someone.press("form[action='/account/link'] button")
        if provider != "qa-nas":
            await someone.press("main a.button")
        await WAYS[provider](someone, gate, provider)
        await someone.page.wait_for_url(f"{gate.url}/**")

        assert someone.page.url == f"{gate.url}/account", await someone.page.inner_text("main")
        shown = await someone.page.locator("#identities ~ ul .facts dd").all_inner_texts()
        assert {number_of("bh-ekey"), number_of(provider)} <= set(shown)
        # The session that asked for the link has been replaced, and not left behind.
        assert await someone.page.locator("#sessions ~ ul > li").count() == 1
