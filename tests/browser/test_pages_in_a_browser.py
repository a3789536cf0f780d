"""Every page, in Chromium, in both languages, narrow and wide: usable by all, loading nothing from elsewhere."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Literal

import pytest
import pytest_asyncio

from tests.browser.site import HOSTILE, site
from tests.browser.surfer import NARROW, WIDE, Surfer, breaches, overflow, surfing, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAGES = (
    "/",
    "/services",
    "/services/traffic-fines",
    "/docs",
    "/docs/problems",
    "/docs/schema",
    "/docs/join",
    "/form",
    "/problem",
)
LANGUAGES = ("ar", "en")

# Asked when the page has done loading them: a busy machine takes its time.
LOADED_FONTS = "document.fonts.ready.then(fonts => [...fonts].filter(font => font.status === 'loaded').length)"
LINE_HEIGHT = """selector => {
  const style = getComputedStyle(document.querySelector(selector));
  return parseFloat(style.lineHeight) / parseFloat(style.fontSize);
}"""
NAME_OF_FOCUS = """() => {
  const element = document.activeElement;
  return element.className.split(" ")[0] || element.name || element.getAttribute("href") || element.tagName;
}"""
LOOK_OF_FOCUS = """() => {
  const style = getComputedStyle(document.activeElement), box = document.activeElement.getBoundingClientRect();
  return [style.outlineStyle, parseFloat(style.outlineWidth), box.width > 8 && box.height > 8];
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Surfer]:
    async with surfing(site()) as surfer:
        yield surfer


@pytest.fixture
def surfer(shared: Surfer) -> Surfer:
    """The browser that all tests share, in which each has windows, caches and a list of complaints of its own."""
    return Surfer(shared.browser, shared.base)


@pytest.mark.parametrize("path", PAGES)
async def test_no_rule_of_accessibility_is_broken(surfer: Surfer, path: str) -> None:
    for language in LANGUAGES:
        async with surfer.page(path, language=language) as page:
            for width in (NARROW, WIDE):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await breaches(page) == [], f"{language} {width}"


@pytest.mark.parametrize("path", ["/", "/docs", "/form"])
async def test_the_dark_has_contrast_too(surfer: Surfer, path: str) -> None:
    async with surfer.page(path, language="ar", scheme="dark") as page:
        dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert await breaches(page) == []

    async with surfer.page(path, language="ar") as page:
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_is_wider_than_its_window(surfer: Surfer, path: str) -> None:
    for language in LANGUAGES:
        async with surfer.page(path, language=language) as page:
            for width in (320, NARROW, 768, WIDE):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await overflow(page) == 0, f"{language} {width}"


async def test_nothing_is_asked_of_another_host_and_no_policy_is_broken(surfer: Surfer) -> None:
    for path, language in product(PAGES, LANGUAGES):
        async with surfer.page(path, language=language) as page:
            assert await violations(page) == [], path

    assert surfer.strangers == []
    assert surfer.complaints == []
    assert [url for url in surfer.requested if url.endswith(".woff2")]


async def test_the_policy_stops_what_a_page_should_not_do(surfer: Surfer) -> None:
    async with surfer.page("/", language="en") as page:
        await page.evaluate("document.body.setAttribute('style', 'color: red')")
        await page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.2/x.png'}))")
        await page.evaluate("try { document.body.innerHTML = '<b>x</b>' } catch (error) {}")
        await page.wait_for_function("window.violations.length >= 3")

        stopped = {str(found).split(" ")[0] for found in await violations(page)}

    assert stopped == {"style-src-attr", "img-src", "require-trusted-types-for"}
    assert surfer.complaints


async def test_both_scripts_are_set_in_the_local_font(surfer: Surfer) -> None:
    for language, script in (("ar", "arabic"), ("en", "latin")):
        async with surfer.page("/", language=language) as page:
            loaded = await page.evaluate(LOADED_FONTS)
            assert loaded >= 2

        assert any(f"plex-{script}-400.woff2" in url for url in surfer.requested)


async def test_direction_and_line_height_follow_the_language(surfer: Surfer) -> None:
    for language, direction, least in (("ar", "rtl", 1.7), ("en", "ltr", 1.5)):
        async with surfer.page("/", language=language) as page:
            assert await page.evaluate("getComputedStyle(document.body).direction") == direction
            for words in ("main p", "main .lead", "main .card p", ".bottom p"):
                assert await page.evaluate(LINE_HEIGHT, words) >= least, words


async def test_the_wordmark_stands_at_the_start_and_the_switch_at_the_end(surfer: Surfer) -> None:
    for language, width in product(LANGUAGES, (NARROW, WIDE)):
        async with surfer.page("/", language=language, width=width) as page:
            mark = await page.locator(".wordmark").bounding_box()
            switch = await page.locator(".switch").bounding_box()
            assert mark is not None
            assert switch is not None
            before, after = (mark, switch) if language == "en" else (switch, mark)
            assert before["x"] < after["x"], f"{language} {width}"
            margins = (before["x"], width - after["x"] - after["width"])
            assert abs(margins[0] - margins[1]) < 16, f"{language} {width}: {margins}"


async def test_the_keyboard_reaches_everything_in_the_order_of_reading(surfer: Surfer) -> None:
    async with surfer.page("/form", language="ar") as page:
        reached = []
        for _ in range(19):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate(NAME_OF_FOCUS))

    assert reached == [
        "skip",
        "wordmark",
        "/",
        "/services",
        "/docs",
        "/docs/schema",
        "/docs/problems",
        "mine",
        "switch",
        "#number",
        "number",
        "place",
        "button",
        "button",
        "button",
        "scroll",
        "/openapi.json?lang=ar",
        "/ledger/checkpoint",
        reached[-1],
    ]


async def test_the_focus_is_always_seen(surfer: Surfer) -> None:
    async with surfer.page("/form", language="en") as page:
        for _ in range(14):
            await page.keyboard.press("Tab")
            seen = await page.evaluate(LOOK_OF_FOCUS)
            assert seen[0] == "solid"
            assert seen[1] >= 2
            assert seen[2]


async def test_the_skip_link_leads_to_the_content(surfer: Surfer) -> None:
    async with surfer.page("/docs", language="ar") as page:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")

        assert await page.evaluate("document.activeElement.id") == "main"


async def test_an_error_leads_to_its_field(surfer: Surfer) -> None:
    async with surfer.page("/form", language="en") as page:
        await page.locator(".summary a").click()

        number = page.locator("#number")
        assert await page.evaluate("document.activeElement.id") == "number"
        assert await number.get_attribute("aria-invalid") == "true"
        assert await number.get_attribute("aria-describedby") == "number-hint number-error"
        assert await number.get_attribute("dir") == "ltr"
        assert (await page.title()).startswith("Error:")


async def test_targets_are_large_enough_to_touch(surfer: Surfer) -> None:
    async with surfer.page("/form", language="ar", width=NARROW) as page:
        sizes = await page.evaluate(
            "[...document.querySelectorAll('button, input, .menu a, .switch, .wordmark')]"
            ".map(e => { const b = e.getBoundingClientRect(); return [b.width, b.height] })"
        )

    assert sizes
    assert all(width >= 24 and height >= 24 for width, height in sizes)


async def test_everything_works_without_scripts(surfer: Surfer) -> None:
    async with surfer.page("/", language="ar", scripts=False) as page:
        await page.locator(".switch").click()
        assert await page.locator("html").get_attribute("lang") == "en"
        await page.get_by_role("link", name="Problems").first.click()
        assert page.url.endswith("/docs/problems")
        assert await page.locator("html").get_attribute("lang") == "en"
        assert await page.locator("#unknown_service").is_visible()


async def test_every_link_inside_the_documentation_leads_somewhere(surfer: Surfer) -> None:
    anchors: dict[str, set[str]] = {}
    links: set[str] = set()
    for path in ("/", "/docs", "/docs/problems", "/docs/schema", "/docs/join"):
        async with surfer.page(path, language="en") as page:
            anchors[path] = set(await page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
            found = await page.evaluate("[...document.querySelectorAll('a[href]')].map(e => e.pathname + e.hash)")
            links |= set(found)

    broken = [
        link
        for link in links
        if "#" in link and link.split("#")[0] in anchors and link.split("#")[1] not in anchors[link.split("#")[0]]
    ]
    assert broken == []
    assert [link for link in links if "#" in link]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_hostile_words_are_words(surfer: Surfer, language: str) -> None:
    async with surfer.page("/hostile", language=language, width=NARROW) as page:
        assert await page.evaluate("document.querySelectorAll('script, img, iframe').length") == 0
        assert "owned" not in await page.title()
        assert await violations(page) == []
        assert await overflow(page) == 0
        assert await page.locator("#number").input_value() == HOSTILE[0]
        shown = await page.locator(".facts dd").all_text_contents()
        isolated = await page.evaluate(
            "[...document.querySelectorAll('td, tbody th, .facts dd')].every(e => e.firstElementChild.matches('bdi'))"
        )

    assert shown[0] == HOSTILE[0]
    assert isolated
    assert surfer.strangers == []
    assert surfer.complaints == []


@pytest.mark.parametrize("forced", ["active"])
async def test_high_contrast_keeps_the_shape_of_controls(surfer: Surfer, forced: Literal["active"]) -> None:
    async with surfer.page("/form", language="ar", forced_colors=forced) as page:
        borders = await page.evaluate(
            "[...document.querySelectorAll('button, input, .notice')]"
            ".map(e => parseFloat(getComputedStyle(e).borderTopWidth))"
        )

    assert borders
    assert min(borders) >= 1


async def test_a_printed_page_leaves_out_what_cannot_be_pressed(surfer: Surfer) -> None:
    async with surfer.page("/docs", language="en") as page:
        await page.emulate_media(media="print")

        assert not await page.locator(".menu").is_visible()
        assert not await page.locator(".switch").is_visible()
        assert await page.locator("h1").is_visible()
