"""The pages of an agency with Chromium: for everybody, and all of them by keyboard without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.test_every_page import is_easy_to_use, is_in_its_language, is_within_every_window
from tests.browser.walker import Walker, chromium, walker
from tests.support.agency_pages import HOME, ONE, PARTNER, PERSONAS, PROVIDER, Bureau, bureau, furnish
from tests.support.fisheries import ADAPTER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Steps = Callable[[Walker, Bureau], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bureau]:
    async with bureau(tmp_path_factory.mktemp("bureau")) as here:
        await furnish(here)
        yield here


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


def at(path: str, persona: str = PERSONAS[0]) -> Steps:
    """A page that somebody is led to by signing in."""

    async def go(someone: Walker, here: Bureau) -> None:
        await someone.page.goto(f"{here.gate.url}/auth/login/{PROVIDER}?return_to=/agency")
        await someone.press(f"button[value='{persona}']")
        await someone.page.wait_for_url(f"{here.gate.url}/agency")
        await someone.page.goto(f"{here.gate.url}{path}")

    return go


def after(path: str, button: str, then: str = "[role=alert]", **fields: str) -> Steps:
    """The same, once a form was sent from it."""

    async def go(someone: Walker, here: Bureau) -> None:
        await at(path)(someone, here)
        for name, value in fields.items():
            await someone.type(f"form[action$='{button}'] [name='{name}']", value)
        await someone.press(f"form[action$='{button}'] button")
        await someone.page.wait_for_selector(then)

    return go


async def invited(someone: Walker, here: Bureau) -> None:
    made = f"bh-{someone.language}-{id(someone)}"
    await at("/agency/join")(someone, here)
    await someone.type("#invitation", await here.invited(f"om-{made}"))
    await someone.press("form[action$='/join'] button")
    await someone.page.wait_for_selector("form[action$='/accept']")


async def through_the_adapter(someone: Walker, here: Bureau) -> None:
    """A version is seen from the list, by the links alone."""
    await at("/agency")(someone, here)
    await someone.press(f"main a[href='{HOME}']")
    await someone.press(f"main a[href$='/adapters/{ADAPTER}']")
    await someone.press("main a[href$='/versions/1.2.0']")
    await someone.page.wait_for_url("**/versions/1.2.0")


NEW = f"{ONE}/versions/new"
GALLERY: dict[str, Steps] = {
    "nothing": at("/agency", PERSONAS[1]),
    "mine": at("/agency"),
    "join": at("/agency/join"),
    "join-unknown": after("/agency/join", "/join", invitation="not-a-code-that-anybody-has"),
    "invitation": invited,
    "agency": at(HOME),
    "agency-none-found": at(f"{HOME}?q=nothing"),
    "adapter-wrong": after(HOME, "/adapters", name="Om Fish"),
    "members": at(f"{HOME}/members"),
    "invited": after(f"{HOME}/members", "/invite", ".notice.warning", name="Noura"),
    "invite-wrong": after(f"{HOME}/members", "/invite"),
    "keys": at(f"{HOME}/keys"),
    "key-wrong": after(f"{HOME}/keys", "/add", public_key="{}"),
    "mandates": at(f"{HOME}/mandates"),
    "mandates-of-partner": at(f"/agency/{PARTNER}/mandates"),
    "mandate-form": at(f"{HOME}/mandates/new"),
    "mandate-wrong": after(f"{HOME}/mandates/new", "/new"),
    "adapter": at(ONE),
    "adapter-done": at(f"{ONE}?done=go-live"),
    "secret-wrong": after(ONE, "/secrets/set", secret="", value=""),
    "retire-wrong": after(ONE, "/retire"),
    "roll-back-refused": after(f"{ONE}/versions/1.3.0", "/try", "main"),
    "events": at(f"{ONE}/events"),
    "version-form": at(NEW),
    "version-empty": after(NEW, "/new"),
    "version-unfit": after(NEW, "/new", submission='{"plate": {"name": "om_fish", "country": "ZZ", "extra": 1}}'),
    "version-live": at(f"{ONE}/versions/1.0.0"),
    "version-refused": at(f"{ONE}/versions/1.1.0"),
    "version-failed": at(f"{ONE}/versions/1.3.0"),
    "diff": at(f"{ONE}/diff?from=1.0.0&to=1.3.0"),
    "walked": through_the_adapter,
    "nowhere": at("/agency/om-nowhere"),
}


@pytest.mark.parametrize(("name", "language"), tuple(product(GALLERY, ("ar", "en"))))
async def test_a_page_of_an_agency_is_for_everybody(here: Bureau, browser: Browser, name: str, language: str) -> None:
    async with walker(browser, language) as someone:
        await GALLERY[name](someone, here)

        await is_in_its_language(someone.page, language)
        await is_within_every_window(someone.page)
        await is_easy_to_use(someone.page)
        assert someone.refusals == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_adapter_is_registered_and_led_by_keyboard_without_scripts(
    here: Bureau, browser: Browser, language: str
) -> None:
    name = f"om_boats_{language}"
    async with walker(browser, language, keyboard=True, scripts=False) as someone:
        await at("/agency")(someone, here)
        await someone.press(f"main a[href='{HOME}']")
        await someone.type("form[action$='/adapters'] [name='name']", name)
        await someone.press("form[action$='/adapters'] button")
        await someone.page.wait_for_url(f"**/adapters/{name}?done=registered")
        await someone.type("form[action$='/secrets/set'] [name='secret']", "api_key")
        await someone.type("form[action$='/secrets/set'] [name='value']", "an invented value")
        await someone.press("form[action$='/secrets/set'] button")
        await someone.page.wait_for_url("**?done=secret")
        await someone.press("main a.button[href$='/versions/new']")
        await someone.type("#submission", "{}")
        await someone.press("form[action$='/versions/new'] button")
        await someone.page.wait_for_selector("[role=alert]")

        assert await someone.page.input_value("#submission") == "{}"
        assert someone.refusals == []
