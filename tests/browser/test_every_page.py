"""Every page of the gateway, as somebody meets it on their way, in both languages and at every width."""

import re
from collections.abc import AsyncIterator
from itertools import product

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from gateway.sandbox.providers.base import LOOPBACK
from tests.browser.gallery import GALLERY, PROVIDERS
from tests.browser.surfer import NARROW, WIDE, breaches, overflow
from tests.browser.walker import DIRECTIONS, chromium, walker
from tests.support.entrance import Entrance, entrance

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WIDTHS = (320, NARROW, 768, WIDE)
SMALLEST_TARGET = 24
MOST_STOPS = 12
# What an Arabic text writes in Latin letters too: names, standards, headers and the codes of states.
LATIN = (
    r"Bawaba|eKey|UAE PASS|OpenAPI|HTTP|ISO|RFC|UTC|UTF|SHA|WGS|ISIC|CPSV-AP|C2SP tlog-(?:checkpoint|tiles|proof)"
    r"|JSON(?: Schema| Pointer| Web Key Set)?|PDF|JPEG|PNG|https|Idempotency-Key|Content-(?:Encoding|Type)"
    r"|Authorization|DPoP(?:-Nonce)?|dpop\+jwt|(?:ES|PS|RS)256|EdDSA|Ed25519|jwks?|base64url|[a-z]+(?:_[a-z]+)+"
    r"|JWK|PEM|P-256|kid|NACE|SOAP|README|BH|KW|OM|QA|SA|AE"
)

# Words as they are read, without what is marked as another language, as code or as a value.
WORDS = """other => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), words = [];
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest(`code, pre, bdi, var, [lang=${other}]`)) {
      words.push(walk.currentNode.textContent);
    }
  }
  return words.join(" ");
}"""
# A link within a sentence is as tall as its line; every other target is for a finger.
SMALL_TARGETS = """least => [...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
  .filter(e => !e.matches(".skip, p:not(.links) > a, dd a, dt a"))
  .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([words, box]) => `${words} ${box.width}x${box.height}`)"""
UNLABELLED = """[...document.querySelectorAll("input:not([type=hidden]), select")]
  .filter(e => e.labels.length !== 1 || !e.labels[0].textContent.trim()).map(e => e.name)"""
FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  return {
    what: e.className || e.name || e.tagName, body: e === document.body, seen: box.width > 8 && box.height > 8,
    ring: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path_factory.mktemp("house"), PROVIDERS, providers_site="localhost") as gate:
        yield gate


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("name", "language"), tuple(product(GALLERY, ("ar", "en"))))
async def test_a_page_is_for_everybody(gate: Entrance, browser: Browser, name: str, language: str) -> None:
    async with walker(browser, language) as someone:
        await GALLERY[name](someone, gate)
        page = someone.page

        assert LOOPBACK in page.url
        await is_in_its_language(page, language)
        await is_within_every_window(page)
        await is_easy_to_use(page)
        assert someone.refusals == []


async def is_in_its_language(page: Page, language: str) -> None:
    assert await page.get_attribute("html", "lang") == language
    assert await page.get_attribute("html", "dir") == DIRECTIONS[language]
    assert await page.locator("h1").count() == 1
    words = await page.evaluate(WORDS, "en" if language == "ar" else "ar") + await page.title()
    if language == "ar":
        assert re.findall(r"[A-Za-z][A-Za-z ,;]*", re.sub(rf"\b(?:{LATIN})\b|«purpose»", "", words)) == []
    else:
        assert re.findall("[\u0600-\u06ff]+", words) == []


async def is_within_every_window(page: Page) -> None:
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await overflow(page) == 0, width
    for width in (NARROW, WIDE):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await breaches(page) == [], width
    await page.emulate_media(color_scheme="dark")
    assert await breaches(page) == [], "dark"
    await page.emulate_media(color_scheme="light")
    # Text alone at twice its size; a page at twice its size is one of 640 pixels.
    for width in (640, WIDE):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await overflow(page) == 0, f"200% at {width}"
        await page.evaluate("document.documentElement.style.fontSize = ''")


async def is_easy_to_use(page: Page) -> None:
    await page.set_viewport_size({"width": NARROW, "height": 800})
    assert await page.evaluate(SMALL_TARGETS, SMALLEST_TARGET) == []
    assert await page.evaluate(UNLABELLED) == []
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(FOCUS)
        assert focus["body"] or (focus["seen"] and focus["ring"]), focus
