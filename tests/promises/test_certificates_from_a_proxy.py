"""``Client-Cert`` and ``Client-Cert-Chain`` (RFC 9440) are believed from our proxies' addresses, and from no others."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.card_browser import CardBrowser, authority, browser
from tests.support.cards import SALIM, structured
from tests.support.house import House, house

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROXY, ELSEWHERE = "127.0.0.2", "127.0.0.1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def oman(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway behind a proxy at one address of this machine, reachable from the others too."""
    folder = tmp_path_factory.mktemp("house")
    trusted = {"trusted_proxies": (f"{PROXY}/32", "2001:db8::/32")}
    async with house(folder, rooms=["oman"], providers=["om-pki"], server=trusted) as running:
        yield running


async def through(visitor: CardBrowser, *headers: tuple[str, str]) -> str:
    """A sign-in whose certificate comes by the headers; the code of the refusal, or empty."""
    state = await visitor.begin()
    door = f"{visitor.house.url}/auth/card/om-pki?state={state}"
    shown = await visitor.get(door, headers=headers)
    return shown.code or (await visitor.get(shown.location)).code


async def test_a_trusted_proxy_brings_the_certificate(oman: House) -> None:
    card = authority(oman).card(SALIM)
    async with browser(oman, PROXY) as visitor:
        assert await through(visitor, ("Client-Cert", structured(card.certificate))) == ""
        assert SALIM in (await visitor.get(f"{oman.url}/account", accept="text/html")).text


async def test_the_same_headers_from_anybody_else_are_as_if_they_were_not_there(oman: House) -> None:
    card = authority(oman).card(SALIM)
    async with browser(oman, ELSEWHERE) as visitor:
        for more in ((), (("X-Forwarded-For", PROXY), ("Forwarded", f"for={PROXY}"), ("X-Real-IP", PROXY))):
            code = await through(visitor, ("Client-Cert", structured(card.certificate)), *more)
            assert code == "signin_certificate_missing"
        assert (await visitor.get(f"{oman.url}/account")).status == 401


async def test_the_chain_is_read_from_one_header_or_from_several(oman: House) -> None:
    card = authority(oman).card(SALIM)
    own, (between, root) = structured(card.certificate), card.above
    async with browser(oman, PROXY) as visitor:
        for chain in (
            (("Client-Cert-Chain", structured(between)),),
            (("Client-Cert-Chain", structured(between, root)),),
            (("Client-Cert-Chain", structured(between)), ("Client-Cert-Chain", f" {structured(root)}\t")),
        ):
            assert await through(visitor, ("Client-Cert", own), *chain) == ""


async def test_a_proxy_that_saw_no_certificate_says_nothing(oman: House) -> None:
    async with browser(oman, PROXY) as visitor:
        assert await through(visitor) == "signin_certificate_missing"


async def test_headers_that_are_malformed_are_refused(oman: House) -> None:
    own = structured(authority(oman).card(SALIM).certificate)
    async with browser(oman, PROXY) as visitor:
        assert await through(visitor, ("Client-Cert", own)) == ""
        for headers in (
            (("Client-Cert", own), ("Client-Cert", own)),
            (("Client-Cert", f"{own}, {own}"),),
            (("Client-Cert", own.strip(":")),),
            (("Client-Cert", f"{own};a=1"),),
            (("Client-Cert", own.replace("A", "-", 1)),),
            (("Client-Cert", f"{own[:-2]}:"),),
            (("Client-Cert", "::"),),
            (("Client-Cert", ""),),
            (("Client-Cert", ":QQ==:"),),
            (("Client-Cert-Chain", own),),
            (("Client-Cert", own), ("Client-Cert-Chain", ":AAAA:, , :AAAA:")),
            (("Client-Cert", own), ("Client-Cert-Chain", ", ".join([":AAAA:"] * 6))),
        ):
            assert await through(visitor, *headers) == "signin_certificate_unreadable", headers


async def test_a_card_by_proxy_is_judged_as_at_the_door(oman: House) -> None:
    other = structured(authority(oman).issuing.certificate)
    async with browser(oman, PROXY) as visitor:
        assert await through(visitor, ("Client-Cert", other)) == "signin_certificate_purpose"
