"""A browser that signs in with a card by real TLS, step by step, so that a test can do something else at each."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from gateway.sandbox.providers.card_authority import Card, CardAuthority
from gateway.sandbox.providers.card_reader import CardReader, client_context
from tests.support.house import House


@dataclass(frozen=True)
class Heard:
    """One answer; ``code`` is that of the problem, and empty where there is none."""

    status: int
    location: str
    code: str
    text: str
    cookies: tuple[str, ...]


class CardBrowser:
    """One browser in front of a running gateway, with cookies of its own."""

    def __init__(self, house: House, session: aiohttp.ClientSession) -> None:
        self.house = house
        self._session = session

    @property
    def door(self) -> str:
        """The address that asks for certificates."""
        return f"https://127.0.0.1:{self.house.doors.card_port}"

    async def begin(self, provider: str = "om-pki") -> str:
        """Begins a sign-in; the state comes back."""
        begun = await self.get(f"{self.house.url}/auth/login/{provider}")
        assert begun.status == 303
        parts = urlsplit(begun.location)
        assert parts.path == f"/auth/card/{provider}"
        return parse_qs(parts.query)["state"][0]

    async def show(self, card: Card | None, state: str, provider: str = "om-pki", **headers: str) -> str:
        """Shows the card at the door, by TLS; where the door sends the browser comes back."""
        async with at_door(self.house, card) as session:
            address = f"{self.door}/auth/card/{provider}"
            async with session.get(address, params={"state": state}, headers=headers, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
                return answer.headers["Location"]

    async def sign_in(self, card: Card | None, provider: str = "om-pki") -> Heard:
        """The whole way, to where the sign-in ends."""
        return await self.get(await self.show(card, await self.begin(provider), provider))

    async def get(
        self,
        address: str,
        *,
        accept: str = "application/json",
        language: str = "en",
        headers: Sequence[tuple[str, str]] = (),
    ) -> Heard:
        """One request at the public port, with the browser's cookies; a header may come more than once."""
        sent = CIMultiDict([("Accept", accept), ("Accept-Language", language), *headers])
        async with self._session.get(address, headers=sent, allow_redirects=False) as answer:
            text = await answer.text()
            document: dict[str, Any] = await answer.json(content_type=None) if "json" in answer.content_type else {}
            return Heard(
                answer.status,
                answer.headers.get("Location", ""),
                str(document.get("code", "")),
                text,
                tuple(answer.headers.getall("Set-Cookie", [])),
            )


@asynccontextmanager
async def browser(house: House, source: str = "127.0.0.1") -> AsyncIterator[CardBrowser]:
    """A new browser, whose connections come from ``source``, an address of this machine."""
    # Browsers take secure cookies from loopback, and send them there, without TLS too.
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(house.url))
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as session:
        yield CardBrowser(house, session)


@asynccontextmanager
async def at_door(house: House, card: Card | None) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the door with the card in its reader, or none."""
    tls = client_context(card, reader(house).secrets["stand_in_door_authorities"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:
        yield session


def reader(house: House, provider: str = "om-pki") -> CardReader:
    """The stand-in of the provider."""
    return cast(CardReader, house.stand_ins[provider])


def authority(house: House) -> CardAuthority:
    """Oman's."""
    return next(iter(reader(house).authorities.values()))
