"""``/openapi.json`` is served in the language asked for; a program that asks for none reads English."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.unit.web.samples import sample_app

Client = TestClient[web.Request, web.Application]
ENGLISH, ARABIC = "Ask one state or several", "سؤال دولة أو أكثر"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(sample_app())) as client:
        yield client


async def summary(client: Client, query: str = "", accept_language: str | None = None) -> str:
    headers = {"Accept-Language": accept_language} if accept_language is not None else {}
    response = await client.get(f"/openapi.json{query}", headers=headers)
    assert response.content_type == "application/json"
    found: str = (await response.json())["paths"]["/v1/lookups/{service}"]["post"]["summary"]
    return found


@pytest.mark.parametrize(
    ("accept_language", "expected"),
    [
        (None, ENGLISH),
        ("", ENGLISH),
        ("*", ENGLISH),
        ("fr-FR, fr;q=0.9", ENGLISH),
        ("ar-KW", ARABIC),
        ("fr, ar;q=0.5", ARABIC),
        ("ar;q=0.4, en;q=0.8", ENGLISH),
        ("ar;q=0", ENGLISH),
    ],
)
async def test_the_language_is_the_callers(client: Client, accept_language: str | None, expected: str) -> None:
    assert await summary(client, accept_language=accept_language) == expected


async def test_the_address_goes_before_the_header(client: Client) -> None:
    assert await summary(client, "?lang=ar", "en") == ARABIC


async def test_the_document_may_be_kept_a_while_for_each_language(client: Client) -> None:
    response = await client.get("/openapi.json", headers={"Accept-Language": "ar"})

    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Vary"] == "Accept-Language"
    assert response.headers["Content-Language"] == "ar"


async def test_pages_link_to_the_document_in_their_language(client: Client) -> None:
    text = await (await client.get("/docs?lang=en")).text()

    assert 'href="/openapi.json?lang=en"' in text
