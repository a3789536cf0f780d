"""A real Chromium signs in with a card: by the stand-in's reader, and at the door with a certificate of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from gateway.sandbox.providers.card_authority import Card
from gateway.sandbox.providers.certificates import certificate_pem, key_pem
from tests.browser.walker import chromium
from tests.support.card_browser import authority
from tests.support.cards import SALIM, today
from tests.support.house import House, house

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def oman(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway whose people come with Omani cards."""
    async with house(tmp_path_factory.mktemp("house"), rooms=["oman"], providers=["om-pki"]) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def arrive(
    oman: House, browser: Browser, folder: Path, card: Card | None, *, scripts: bool = True
) -> tuple[str, str]:
    """Goes the whole way in new windows, at the door with ``card`` or by the reader; path and text of the end."""
    door = f"https://127.0.0.1:{oman.doors.card_port}"
    shown = []
    if card is not None:
        (folder / "card.pem").write_text(certificate_pem(card.certificate), "ascii")
        (folder / "card.key").write_text(key_pem(card.key), "ascii")
        shown = [{"origin": door, "certPath": str(folder / "card.pem"), "keyPath": str(folder / "card.key")}]
    context = await browser.new_context(
        java_script_enabled=scripts,
        locale="en-GB",
        # The door's own certificate is by the invented authority, which no browser knows.
        ignore_https_errors=True,
        client_certificates=shown,  # type: ignore[arg-type]
    )
    async with context:
        page = await context.new_page()
        await page.goto(f"{oman.url}/auth/login/om-pki")
        if card is None:
            await page.locator("button[value=omani-citizen]").click()
        else:
            await page.goto(f"{door}/auth/card/om-pki?{urlsplit(page.url).query}")
        return urlsplit(page.url).path, await page.locator("main").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
async def test_the_readers_card_signs_in(oman: House, browser: Browser, tmp_path: Path, scripts: bool) -> None:
    path, text = await arrive(oman, browser, tmp_path, None, scripts=scripts)
    assert path == "/account"
    assert SALIM in text


async def test_a_browser_with_the_certificate_signs_in_at_the_door(
    oman: House, browser: Browser, tmp_path: Path
) -> None:
    """From http on the public port to TLS at the door and back: the cookies are those of the public port alone."""
    card = authority(oman).card(SALIM)
    path, text = await arrive(oman, browser, tmp_path, card)
    assert path == "/account"
    assert SALIM in text


async def test_a_card_that_has_not_begun_is_refused_on_a_page(oman: House, browser: Browser, tmp_path: Path) -> None:
    path, text = await arrive(oman, browser, tmp_path, authority(oman).card(SALIM, began=today(3)))
    assert path == "/auth/callback/om-pki"
    assert "not valid yet" in text
