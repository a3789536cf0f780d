"""A page speaks the reader's language, escapes what it is given and says what it may load."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from jinja2 import UndefinedError
from markupsafe import Markup

from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.web.pages.render import content_policy, prefers_page, ticked
from gateway.web.pages.site import add_pages
from tests.unit.web.samples import Body, Offer, sample_app, sample_pages, sample_services

Client = TestClient[web.Request, web.Application]
HOSTILE = "<script>alert(1)</script>\"'`{{7*7}}${7*7}\u202e"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(sample_app())) as client:
        yield client


PAGES = ("/", "/docs", "/docs/problems", "/docs/schema", "/docs/join")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_there_in_both_languages(client: Client, path: str) -> None:
    arabic = await client.get(path, headers={"Accept-Language": "ar"})
    english = await client.get(path, headers={"Accept-Language": "en"})

    assert arabic.status == english.status == 200
    assert '<html lang="ar" dir="rtl">' in await arabic.text()
    assert '<html lang="en" dir="ltr">' in await english.text()
    assert (arabic.headers["Content-Language"], english.headers["Content-Language"]) == ("ar", "en")


async def test_a_reader_who_says_nothing_reads_arabic(client: Client) -> None:
    assert 'lang="ar"' in await (await client.get("/")).text()


async def test_the_address_goes_before_the_cookie_and_the_cookie_before_the_browser(client: Client) -> None:
    both = {"Accept-Language": "ar", "Cookie": "__Host-lang=en"}

    assert (await client.get("/", headers=both)).headers["Content-Language"] == "en"
    assert (await client.get("/?lang=ar", headers=both)).headers["Content-Language"] == "ar"


async def test_a_language_that_was_chosen_is_remembered(client: Client) -> None:
    chosen = await client.get("/?lang=en")

    (cookie,) = chosen.headers.getall("Set-Cookie")
    assert sorted(cookie.split("; ")) == [
        *("HttpOnly", "Max-Age=31536000", "Path=/", "SameSite=Lax", "Secure", "__Host-lang=en")
    ]
    assert (await client.get("/docs", headers={"Cookie": "__Host-lang=en"})).headers["Content-Language"] == "en"


@pytest.mark.parametrize("asked", ["fr", "EN", "", "ar%00", "../en", "ar&lang=en"])
async def test_a_language_that_is_not_spoken_changes_nothing(client: Client, asked: str) -> None:
    response = await client.get(f"/?lang={asked}")

    assert response.status == 200
    assert response.headers["Content-Language"] == "ar"
    if not asked.startswith("ar&"):
        assert "Set-Cookie" not in response.headers


async def test_a_page_varies_by_what_chooses_its_language(client: Client) -> None:
    response = await client.get("/")

    assert {part.strip() for part in response.headers["Vary"].split(",")} == {"Accept", "Accept-Language", "Cookie"}


async def test_a_page_may_load_our_own_style_fonts_and_pictures_and_no_script(client: Client) -> None:
    policy = (await client.get("/docs")).headers["Content-Security-Policy"]

    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules
    assert rules["style-src"] == rules["font-src"] == rules["img-src"] == rules["form-action"] == "'self'"
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_a_form_may_lead_only_where_the_page_says() -> None:
    assert "form-action 'self' https://id.example;" in content_policy(["https://id.example"])


async def test_pages_hold_no_script_no_inline_style_and_no_foreign_address(client: Client) -> None:
    for path in PAGES:
        text = (await (await client.get(path)).text()).lower()
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick" not in text
        assert 'src="http' not in text
        assert "url(http" not in text


async def test_words_of_services_are_shown_as_words() -> None:
    words = Text(ar=HOSTILE, en=HOSTILE)
    async with TestClient(TestServer(sample_app([Offer("odd", words, words)]))) as client:
        text = await (await client.get("/?lang=en")).text()

    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{7*7}}" in text
    assert "49" not in text.split("<main", 1)[1].split("</main>", 1)[0]


async def test_what_comes_from_elsewhere_is_kept_apart_in_direction(client: Client) -> None:
    text = await (await client.get("/?lang=en")).text()

    for service in sample_services():
        assert f"<bdi>{service.name.en}</bdi>" in text
        assert f'<bdi dir="ltr">{service.id}</bdi>' in text


async def test_a_gateway_without_services_still_has_its_pages() -> None:
    async with TestClient(TestServer(sample_app([]))) as client:
        statuses = [(await client.get(path)).status for path in PAGES]

    assert statuses == [200] * len(PAGES)


@pytest.mark.parametrize(("participation", "said"), [("agreed", False), ("sandbox", True)])
async def test_stand_ins_are_said_to_be_stand_ins(participation: str, said: bool) -> None:
    words = Text(ar="أ", en="A")
    offer = Offer("odd", words, words, (Body(Country.KW), Body(Country.QA, participation)))
    title = sample_pages().catalogue.text("home.stand_ins.title", "en")
    async with TestClient(TestServer(sample_app([offer]))) as client:
        text = await (await client.get("/?lang=en")).text()

    assert (title in text) is said


async def test_head_is_answered_like_get(client: Client) -> None:
    response = await client.head("/docs")

    assert response.status == 200
    assert await response.read() == b""


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=0.2, application/json;q=0.9", False),
        ("text/html;q=0", False),
        ("TEXT/HTML", True),
        ("text/html;level=1;q=0.7, application/json;q=0.6", True),
        ("text/html;q=nonsense", True),
    ],
)
def test_only_a_reader_of_pages_prefers_pages(accept: str, expected: bool) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept": accept})

    assert prefers_page(request) is expected


def test_facts_of_a_sentence_are_escaped_unless_they_are_markup() -> None:
    pages = sample_pages()
    template = pages.environment.from_string('{{ t("problem.body_too_large.detail", limit=limit) }}')

    def render(limit: object) -> str:
        return template.render(t=pages.translator("en"), limit=limit)

    assert "<i>9</i>" not in render("<i>9</i>")
    assert "&lt;i&gt;9&lt;/i&gt;" in render("<i>9</i>")
    assert "<i>9</i>" in render(Markup("<i>9</i>"))
    assert "{limit.__class__}" in render("{limit.__class__}")


def test_a_name_that_nobody_gave_is_an_error() -> None:
    pages = sample_pages()

    with pytest.raises(UndefinedError):
        pages.environment.from_string("{{ nothing }}").render()


def test_what_stands_between_backticks_is_code_and_nothing_more() -> None:
    assert ticked("a `b` c") == "a <code><bdi>b</bdi></code> c"
    assert ticked("`<b>`") == "<code><bdi>&lt;b&gt;</bdi></code>"
    assert ticked("a ` b") == "a ` b"


async def test_the_language_switch_keeps_the_rest_of_the_query() -> None:
    pages = sample_pages()

    async def show(request: web.Request) -> web.Response:
        return pages.render(request, "problem.html", problem=request.query)

    app = web.Application()
    app.router.add_get("/x", show)
    query = {"title": "t", "detail": "d", "code": "c", "request_id": 'r"&<', "lang": "en"}
    async with TestClient(TestServer(app)) as client:
        text = await (await client.get("/x", params=query)).text()

    href = text.split('class="switch" href="', 1)[1].split('"', 1)[0]
    assert href.endswith("&amp;lang=ar")
    assert "lang=en" not in href
    assert "title=t&amp;detail=d" in href
    assert "<" not in href


@pytest.mark.parametrize(("path", "language"), [(path, language) for path in PAGES for language in ("ar", "en")])
async def test_no_backtick_and_no_gap_is_left_in_a_sentence(client: Client, path: str, language: str) -> None:
    text = await (await client.get(f"{path}?lang={language}")).text()

    words = re.sub(r"<(pre|code)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert "`" not in words
    assert re.findall(r"\{\w*\}", words) == []


async def test_the_home_page_follows_how_far_the_gateway_reaches() -> None:
    reached: dict[str, tuple[Country, ...]] = {"pensions": (Country.OM,)}
    app = web.Application()
    add_pages(app, sample_pages(), (), sample_services(), lambda service: reached.get(service, ()))
    mark = sample_pages().catalogue.text("catalogue.listing_only", "en")
    marks = list[int]()
    async with TestClient(TestServer(app)) as client:
        for change in ({}, {"traffic-fines": (Country.KW,)}, {"traffic-fines": (), "pensions": ()}):
            reached.update(change)
            marks.append((await (await client.get("/?lang=en")).text()).count(mark))

    assert marks == [1, 0, 2]
