"""The operators' console with Chromium: a real passkey ceremony, and all of it by code without scripts, by keyboard."""

from collections.abc import AsyncIterator
from itertools import product

import pytest
import pytest_asyncio
from lxml import html
from playwright.async_api import Browser, Page

from tests.browser.test_every_page import is_easy_to_use, is_in_its_language, is_within_every_window
from tests.browser.walker import Walker, chromium, walker
from tests.support.console import ConsoleHouse, Phone, console_house
from tests.support.waiting import ADAPTER, VERSION, mandated, many, waits

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

REASON = "The outbox of Kuwait stands and nobody of security answers."
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
MAKE, SHOW = "form[data-ceremony='make'] button", "form[data-ceremony='show'] button"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path_factory.mktemp("console")) as here:
        await waits(here.house)
        await many(here.house, 60)
        await mandated(here.house)
        yield here


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def with_authenticator(page: Page, **changes: bool) -> None:
    """Gives the browser an authenticator of its own, and somebody who touches it at once."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**AUTHENTICATOR, **changes}})


async def invited(someone: Walker, here: ConsoleHouse, who: str, name: str = "") -> None:
    """By an invitation, through the provider, to the page that enrols."""
    await someone.page.goto(f"{here.url}/console/invitation/{await here.invite(name or who)}")
    await through_provider(someone, here, who)


async def through_provider(someone: Walker, here: ConsoleHouse, who: str) -> None:
    await someone.press("main a.button")
    await someone.press(f"button[value='{who}']")
    await someone.page.wait_for_url(f"{here.url}/console/factor")


async def phone_of(page: Page) -> Phone:
    return Phone(str(html.fromstring(await page.content()).xpath("//li/code/bdi/text()")[0]))


async def enrolled_by_code(someone: Walker, here: ConsoleHouse, who: str) -> Phone:
    await invited(someone, here, who)
    phone = await phone_of(someone.page)
    await someone.type("#code", phone.code())
    await someone.press("form[action$='enrol-code'] button")
    await someone.page.wait_for_url(f"{here.url}/console")
    return phone


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_passkey_is_made_once_and_shown_ever_after(here: ConsoleHouse, browser: Browser, language: str) -> None:
    async with walker(browser, language) as someone:
        await with_authenticator(someone.page)
        await invited(someone, here, "security")
        await someone.press(MAKE)
        await someone.page.wait_for_url(f"{here.url}/console")
        await someone.press("form[action$='signout'] button")
        await someone.page.wait_for_url(f"{here.url}/console/signin")
        await through_provider(someone, here, "security")
        await someone.press(SHOW)
        await someone.page.wait_for_url(f"{here.url}/console")

        assert await someone.page.locator("nav.menu a").count() == 8
        assert someone.refusals == []


async def test_whoever_has_no_passkey_on_this_device_is_told_so(here: ConsoleHouse, browser: Browser) -> None:
    async with walker(browser, "en") as someone:
        await with_authenticator(someone.page, isUserVerified=False)
        await invited(someone, here, "auditor")
        await someone.press(MAKE)
        failed = someone.page.locator("[data-failed]")
        await failed.wait_for(state="visible")

        assert "did not work" in await failed.inner_text()
        assert someone.page.url == f"{here.url}/console/factor"


async def test_a_passkey_of_this_browser_does_not_work_at_another_address(here: ConsoleHouse, browser: Browser) -> None:
    async with walker(browser, "en") as someone:
        await with_authenticator(someone.page)
        await someone.page.goto(here.provider.url + "/staff/jwks")
        refused = await someone.page.evaluate(
            """async host => {
              const publicKey = { challenge: new Uint8Array(32), rpId: host };
              try { await navigator.credentials.get({ publicKey }); return "given"; }
              catch (problem) { return problem.name; }
            }""",
            "localhost",
        )

        assert refused == "SecurityError"


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_all_of_it_works_by_code_and_keyboard_without_scripts(
    here: ConsoleHouse, browser: Browser, language: str
) -> None:
    async with walker(browser, language, keyboard=True, scripts=False) as someone:
        phone = await enrolled_by_code(someone, here, "operator" if language == "ar" else "viewer")
        await someone.press("form[action$='signout'] button")
        await someone.page.wait_for_url(f"{here.url}/console/signin")
        await through_provider(someone, here, "operator" if language == "ar" else "viewer")
        assert await someone.page.locator(SHOW).count() == 0
        await someone.type("#code", "12345")
        await someone.press("form[action$='code'] button")
        await someone.page.wait_for_selector("[role=alert]")
        await someone.type("#code", phone.code(1))
        await someone.press("form[action$='code'] button")
        await someone.page.wait_for_url(f"{here.url}/console")
        await someone.type("#reason", REASON)
        await someone.press("form[action$='break-glass'] button")
        await someone.page.wait_for_selector("#alarms")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_version_is_endorsed_and_then_approved_by_keyboard_without_scripts(
    here: ConsoleHouse, browser: Browser, language: str
) -> None:
    name = f"om_fish_{language}"
    await waits(here.house, name=name)
    for who in ("programme-om", "committee"):
        async with walker(browser, language, keyboard=True, scripts=False) as someone:
            await enrolled_by_code(someone, here, who)
            await someone.press("nav.menu a[href$='/approvals']")
            await someone.press(f"a[href$='/approvals/{name}/{VERSION}']")
            await someone.press("form[action$='/approve'] button")
            await someone.page.wait_for_url(f"{here.url}/console/approvals")

            assert await someone.page.locator(f"#mine ~ ul a[href*='/{name}/']").count() == 0


async def signed_out(someone: Walker, here: ConsoleHouse) -> None:
    await someone.page.goto(f"{here.url}/console/signin")


async def with_an_invitation(someone: Walker, here: ConsoleHouse) -> None:
    await someone.page.goto(f"{here.url}/console/invitation/{'A' * 43}")


async def enrolling(someone: Walker, here: ConsoleHouse) -> None:
    await invited(someone, here, "bahrain")


async def asked_for_a_code(someone: Walker, here: ConsoleHouse) -> None:
    await enrolled_by_code(someone, here, "bahrain")
    await someone.page.context.clear_cookies(name="__Host-console")
    await someone.page.goto(f"{here.url}/console/signin")
    await through_provider(someone, here, "bahrain")


async def code_refused(someone: Walker, here: ConsoleHouse) -> None:
    await asked_for_a_code(someone, here)
    await someone.type("#code", "1")
    await someone.press("form[action$='factor/code'] button")
    await someone.page.wait_for_selector("[role=alert]")


async def at_the_desk(someone: Walker, here: ConsoleHouse) -> None:
    await enrolled_by_code(someone, here, "everything")


async def with_an_alarm(someone: Walker, here: ConsoleHouse) -> None:
    broken = await here.operator("operator", ["operator:KW"])
    assert (await broken.act("break-glass", role="security", minutes="1", reason=REASON)).status == 303
    await at_the_desk(someone, here)


async def at_broken_glass(someone: Walker, here: ConsoleHouse) -> None:
    await enrolled_by_code(someone, here, "bahrain")
    await someone.press("form[action$='break-glass'] button")
    await someone.page.wait_for_selector("[role=alert]")


async def at_the_programs(someone: Walker, here: ConsoleHouse) -> None:
    await here.register()
    await at_the_desk(someone, here)
    await someone.page.goto(f"{here.url}/console/clients")


async def at_the_applications(someone: Walker, here: ConsoleHouse) -> None:
    await at_the_desk(someone, here)
    await someone.page.goto(f"{here.url}/console/applications")


async def at_the_operators(someone: Walker, here: ConsoleHouse) -> None:
    await here.operator("viewer")
    await at_the_desk(someone, here)
    await someone.page.goto(f"{here.url}/console/operators")


async def signed_in(someone: Walker, here: ConsoleHouse, who: str, path: str) -> None:
    await enrolled_by_code(someone, here, who)
    await someone.page.goto(f"{here.url}/console/{path}")


async def at_the_agencies(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "everything", "agencies")


async def inviting(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "operator", "agencies/new")


async def invited_wrongly(someone: Walker, here: ConsoleHouse) -> None:
    await inviting(someone, here)
    await someone.press("form[action$='agencies/invite'] button")
    await someone.page.wait_for_selector("[role=alert]")


async def with_a_secret(someone: Walker, here: ConsoleHouse) -> None:
    await at_the_agencies(someone, here)
    await someone.type("#owner-om-fisheries", "Noura")
    await someone.press("form[action$='agencies/again'] button")
    await someone.page.wait_for_selector(".notice.warning")


async def at_the_adapters(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "everything", "adapters")


async def at_an_adapter(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "everything", f"adapters/{ADAPTER}")


async def at_the_versions(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "programme-om", "approvals")


async def at_a_version(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "programme-om", f"approvals/{ADAPTER}/{VERSION}")


async def refusing_without_a_reason(someone: Walker, here: ConsoleHouse) -> None:
    await at_a_version(someone, here)
    await someone.press("form[action$='/refuse'] button")
    await someone.page.wait_for_selector("[role=alert]")


async def at_the_mandates(someone: Walker, here: ConsoleHouse) -> None:
    await signed_in(someone, here, "everything", "mandates")


async def refused(someone: Walker, here: ConsoleHouse) -> None:
    await enrolled_by_code(someone, here, "bahrain")
    await someone.page.goto(f"{here.url}/console/operators")


GALLERY = {
    each.__name__: each
    for each in (
        signed_out,
        with_an_invitation,
        enrolling,
        asked_for_a_code,
        code_refused,
        at_the_desk,
        with_an_alarm,
        at_broken_glass,
        at_the_programs,
        at_the_applications,
        at_the_operators,
        at_the_agencies,
        inviting,
        invited_wrongly,
        with_a_secret,
        at_the_adapters,
        at_an_adapter,
        at_the_versions,
        at_a_version,
        refusing_without_a_reason,
        at_the_mandates,
        refused,
    )
}


@pytest.mark.parametrize(("name", "language"), tuple(product(GALLERY, ("ar", "en"))))
async def test_a_page_of_the_console_is_for_everybody(
    here: ConsoleHouse, browser: Browser, name: str, language: str
) -> None:
    async with walker(browser, language) as someone:
        await GALLERY[name](someone, here)

        await is_in_its_language(someone.page, language)
        await is_within_every_window(someone.page)
        await is_easy_to_use(someone.page)
        assert someone.refusals == []
