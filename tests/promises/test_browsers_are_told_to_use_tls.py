"""Where the public address is one of TLS, every answer tells browsers to use nothing else; elsewhere none does."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.card_browser import at_door
from tests.support.house import House, house

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEADER, SAID = "strict-transport-security", "max-age=31536000; includeSubDomains"
PATHS = (
    *("/", "/services", "/signin", "/account", "/docs", "/docs/problems", "/openapi.json", "/ledger/checkpoint"),
    *("/nothing", "/v1/services", "/v1/me", "/v1/receipts/0", "/static/nothing", "/auth/login/om-pki"),
    *("/auth/callback/om-pki?state=x", "/oauth/authorize", "/.well-known/openid-configuration"),
)
UNREADABLE = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA B: c\r\n\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_tls(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway behind a proxy that ends TLS."""
    address = {"public_url": "https://bawaba.example"}
    async with house(tmp_path_factory.mktemp("tls"), rooms=(), providers=["om-pki"], server=address) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway that is tried on one machine."""
    async with house(tmp_path_factory.mktemp("plain"), rooms=(), providers=["om-pki"]) as running:
        yield running


async def answers(house: House) -> set[tuple[int, str | None]]:
    """Status and header of each; redirects are answers, too."""
    heard = set()
    for path in PATHS:
        for accept in ("text/html", "application/json"):
            async with house.session.get(house.url + path, headers={"Accept": accept}, allow_redirects=False) as answer:
                heard.add((answer.status, answer.headers.get(HEADER)))
    return heard


async def to_nobody_readable(house: House) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.doors.public_port)
    writer.write(UNREADABLE)
    try:
        return (await asyncio.wait_for(reader.read(), 10)).decode().lower()
    finally:
        writer.close()


async def at_the_card_port(house: House, path: str) -> str | None:
    async with (
        at_door(house, None) as session,
        session.get(f"https://127.0.0.1:{house.doors.card_port}{path}", allow_redirects=False) as answer,
    ):
        return answer.headers.get(HEADER)


async def test_every_answer_says_it_for_a_year_and_for_the_names_below(by_tls: House) -> None:
    heard = await answers(by_tls)

    assert {200, 303, 400, 401, 404} <= {status for status, _ in heard}
    assert {said for _, said in heard} == {SAID}


async def test_what_could_not_even_be_read_is_answered_so_too(by_tls: House) -> None:
    assert f"{HEADER}: {SAID}".lower() in await to_nobody_readable(by_tls)


@pytest.mark.parametrize("path", [f"/auth/card/om-pki?state={'A' * 43}", "/auth/card/om-pki", "/nothing"])
async def test_the_card_port_says_it(by_tls: House, path: str) -> None:
    assert await at_the_card_port(by_tls, path) == SAID


async def test_no_answer_says_it_where_the_public_address_is_plain(plain: House) -> None:
    """A browser that believed it could not come any more."""
    assert {said for _, said in await answers(plain)} == {None}
    assert HEADER not in await to_nobody_readable(plain)
    assert await at_the_card_port(plain, "/auth/card/om-pki") is None
