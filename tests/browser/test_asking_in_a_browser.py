"""A program asks a person in Chromium: the page is read in both languages, answered without scripts, and leads back.

The program is another site than the gateway here, as in life: what a policy for pages lets a form lead to counts.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import product

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from playwright.async_api import Browser

from gateway.schema import Country
from tests.browser.surfer import NARROW, WIDE, breaches, overflow
from tests.browser.test_every_page import WIDTHS, is_easy_to_use, is_in_its_language
from tests.browser.walker import FORBIDDEN, Walker, chromium, walker
from tests.support.asking import SCOPES, Askers, asking_house
from tests.support.programs import confidential, public

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class ProgramSite:
    """The program's own site, which notes how people come back to it."""

    server: BaseTestServer
    came: list[dict[str, str]] = field(default_factory=list)

    @property
    def back(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/back"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[ProgramSite]:
    async def back(request: web.Request) -> web.Response:
        here.came.append(dict(request.query))
        return web.Response(text="<!doctype html><title>back</title><p id=back>back", content_type="text/html")

    app = web.Application()
    app.router.add_get("/back", back)
    async with TestServer(app) as server:
        here = ProgramSite(server)
        yield here


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def askers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Askers]:
    async with asking_house(tmp_path_factory.mktemp("house"), providers_site="localhost") as askers:
        scopes = (*SCOPES, "applications", "lookups:pension-contributions")
        await askers.admit(confidential(jwks=askers.prover.jwks, scopes=scopes, purposes=("employment", "enforcement")))
        await askers.admit(public(agency="nobody-here", country=Country.BH, purposes=("self_service",)))
        yield askers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def arrive(someone: Walker, askers: Askers, address: str) -> None:
    """At the consent page, by way of the sign-in."""
    await someone.page.goto(f"{askers.url}{address}")
    await someone.press("main a[href^='/auth/login/bh-ekey']")
    await someone.press("button[value='bahraini-citizen']")
    await someone.page.wait_for_url(f"{askers.url}/oauth/consent?*")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_page_is_for_everybody(askers: Askers, browser: Browser, language: str) -> None:
    everything = " ".join((*SCOPES, "applications", "lookups:pension-contributions"))
    for address in (await askers.pushed(scope=everything), askers.plain(redirect_uri="example.pocket:/back")):
        async with walker(browser, language) as someone:
            await arrive(someone, askers, address)

            await is_for_everybody(someone)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_page_of_what_one_allows_is_for_everybody(
    askers: Askers, browser: Browser, site: ProgramSite, language: str
) -> None:
    async with walker(browser, language) as someone:
        await arrive(someone, askers, askers.plain(redirect_uri=site.back))
        await someone.press("button[value='allow']")
        await someone.page.wait_for_selector("#back")
        await someone.page.goto(f"{askers.url}/account/programs")
        await is_for_everybody(someone)

        await someone.press("form[action='/account/programs/withdraw'] button")
        await someone.page.wait_for_selector("form[action='/account/programs/withdraw']", state="detached")
        await is_for_everybody(someone)


async def is_for_everybody(someone: Walker) -> None:
    """In its language, within every window, accessible by day and by night, and of a size for fingers."""
    page = someone.page
    await is_in_its_language(page, someone.language)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await overflow(page) == 0, width
    for width, scheme in product((320, NARROW, WIDE), ("light", "dark")):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await breaches(page) == [], (width, scheme)
    await is_easy_to_use(page)
    assert someone.refusals == []


@pytest.mark.parametrize(("language", "decision"), tuple(product(("ar", "en"), ("allow", "deny"))))
async def test_the_answer_needs_neither_scripts_nor_a_mouse_and_leads_back_to_the_program(
    askers: Askers, browser: Browser, site: ProgramSite, language: str, decision: str
) -> None:
    async with walker(browser, language, keyboard=True, scripts=False) as someone:
        await arrive(someone, askers, askers.plain(redirect_uri=site.back))

        await someone.press(f"button[value='{decision}']")
        await someone.page.wait_for_selector("#back")

        said = site.came[-1]
        assert (said["iss"], said["state"]) == (askers.issuer, "a state")
        assert ("code" in said, said.get("error")) == (
            (True, None) if decision == "allow" else (False, "access_denied")
        )
        assert someone.refusals == []


async def test_the_form_leads_to_no_other_site(askers: Askers, browser: Browser, site: ProgramSite) -> None:
    """Were an answer of ours ever to lead elsewhere, the browser would not go there."""
    came = len(site.came)
    async with walker(browser, "en") as someone:
        await arrive(someone, askers, askers.plain(redirect_uri="http://127.0.0.1:1/back"))
        await someone.page.eval_on_selector("main form", f"form => form.action = '{site.back}'")
        await someone.page.eval_on_selector("main form", "form => form.method = 'get'")
        async with someone.page.expect_console_message(lambda said: FORBIDDEN in said.text):
            await someone.page.eval_on_selector("button[value='allow']", "button => button.click()")

        assert len(site.came) == came
