"""A person lets a kiosk in, in Chromium: the pages are read in both languages, and answered without scripts."""

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from gateway.oauth.device_grant import DeviceGrant
from gateway.oauth.devices import INTERVAL
from tests.browser.surfer import NARROW, WIDE, breaches, overflow
from tests.browser.test_every_page import WIDTHS, is_easy_to_use, is_in_its_language
from tests.browser.walker import Walker, chromium, walker
from tests.support.agency_house import SERVICES, AgencyHouse, agency_house

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[AgencyHouse]:
    """One for each test: how many codes a person may try is limited."""
    async with agency_house(tmp_path, providers_site="localhost") as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def begun(house: AgencyHouse) -> Any:
    """What a kiosk is told that asks to be let in."""
    asked = {"scope": " ".join(SERVICES), "purpose": "service_delivery enforcement", "place": "مركز خدمة حولي، مكتب ٣"}
    return await house.tokens.post("/oauth/device_authorization", asked, prover=house.kiosk)


async def arrive(someone: Walker, house: AgencyHouse) -> None:
    """At the page where the code is typed, by way of the sign-in."""
    await someone.page.goto(f"{house.tokens.url}/device")
    await someone.press("main a[href^='/auth/login/bh-ekey']")
    await someone.press("button[value='bahraini-citizen']")
    await someone.page.wait_for_selector("#code")


async def is_for_everybody(someone: Walker, language: str) -> None:
    page = someone.page
    await is_in_its_language(page, language)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await overflow(page) == 0, width
    for width, scheme in product((320, NARROW, WIDE), ("light", "dark")):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await breaches(page) == [], (width, scheme)
    await is_easy_to_use(page)
    assert someone.refusals == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_each_page_is_for_everybody(house: AgencyHouse, browser: Browser, language: str) -> None:
    codes = await begun(house)
    async with walker(browser, language) as someone:
        await arrive(someone, house)
        await is_for_everybody(someone, language)

        await someone.page.fill("#code", "BCDF-BCDF")
        await someone.press("main button")
        await someone.page.wait_for_selector("#code-error")
        await is_for_everybody(someone, language)

        await someone.page.fill("#code", codes["user_code"])
        await someone.press("main button")
        await someone.page.wait_for_selector("#own")
        await is_for_everybody(someone, language)

        await someone.press("button[value='deny']")
        await someone.page.wait_for_url("**/device/done?*")
        await is_for_everybody(someone, language)


@pytest.mark.parametrize(("language", "decision"), tuple(product(("ar", "en"), ("allow", "deny"))))
async def test_a_kiosk_is_answered_without_scripts_and_without_a_mouse(
    house: AgencyHouse, browser: Browser, language: str, decision: str
) -> None:
    codes = await begun(house)
    async with walker(browser, language, keyboard=True, scripts=False) as someone:
        await arrive(someone, house)
        await someone.page.fill("#code", codes["user_code"].lower().translate(str.maketrans("3479", "٣٤٧٩")))
        await someone.press("main button")

        await someone.press(f"button[value='{decision}']")
        await someone.page.wait_for_url("**/device/done?*")

        assert someone.refusals == []
    await house.wait_for_devices(INTERVAL)
    told = await house.ask(house.kiosk, DeviceGrant.name, device_code=codes["device_code"])
    assert (told.status, told.error) == ((200, "") if decision == "allow" else (400, "access_denied"))
