"""A program signs a person out of everything: at once where it proves whom it means, else after they were asked."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import jwt
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import html
from sqlalchemy import select

from gateway.storage.oauth_tables import oauth_logouts
from tests.support.entrance import Browser, Seen
from tests.support.programs import confidential
from tests.support.token_house import TokenHouse, token_house

GOODBYE = "https://app.moi.example/goodbye"


class Listener:
    """A program's back channel: it keeps what it hears, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.statuses = [200]
        self._news = asyncio.Event()

    async def hear(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.heard.append(str(form["logout_token"]))
        self._news.set()
        return web.Response(status=self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])

    async def hears(self, count: int = 1) -> list[str]:
        """What was heard, once it is so many."""
        async with asyncio.timeout(15):
            while len(self.heard) < count:
                await self._news.wait()
                self._news.clear()
        return self.heard

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/logout", self.hear)
        async with TestServer(app) as server:
            yield f"http://127.0.0.1:{server.port}/logout"


@pytest.fixture
async def listener() -> Listener:
    return Listener()


@pytest.fixture
async def house(tmp_path: Path, storage_url: str, listener: Listener) -> AsyncIterator[TokenHouse]:
    outward = {"outward_allowed": ("127.0.0.1/32",)}
    async with listener.listening() as url, token_house(tmp_path, storage_url, server=outward) as house:
        await house.askers.admit(
            confidential(
                jwks=house.askers.prover.jwks,
                scopes=("openid", "offline_access", "lookups:traffic-fines"),
                post_logout_redirect_uris=(GOODBYE,),
                backchannel_logout_uri=url,
            )
        )
        yield house


async def leave(browser: Browser, **fields: str) -> Seen:
    """The address that a program sends the browser to."""
    return await browser.get(f"/oauth/logout?{urlencode(fields)}")


async def signed_out(browser: Browser) -> bool:
    """Whether the browser's session is over, by what the account page does."""
    return (await browser.account()).status == 303


async def test_with_an_id_token_the_person_is_signed_out_and_sent_back(house: TokenHouse) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    assert not await signed_out(browser)
    secret = dict(browser.cookies)

    gone = await leave(
        browser, id_token_hint=told["id_token"], post_logout_redirect_uri=GOODBYE, state="s 1", client_id="kw-moi-app"
    )

    assert (gone.status, gone.location) == (303, f"{GOODBYE}?state=s+1")
    assert gone.headers["Clear-Site-Data"] == '"cache"'
    browser.cookies = secret
    assert await signed_out(browser)
    await house.soon_refused(told["access_token"])
    assert (await house.refresh(told["refresh_token"])).error == "invalid_grant"


async def test_a_program_may_post_it_from_its_own_site_without_the_cookie(house: TokenHouse) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    bare = house.askers.browser()

    gone = await bare.post("/oauth/logout", {"id_token_hint": told["id_token"]}, Origin="https://app.moi.example")
    assert (gone.status, gone.location) == (303, f"{house.url}/")
    assert await signed_out(browser)


async def test_an_id_token_that_has_expired_will_do(house: TokenHouse) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    claims = jwt.decode(told["id_token"], options={"verify_signature": False})
    ring = house.askers.entrance.house.mint._keys

    old = ring.current.signed(claims | {"iat": 1_700_000_000, "exp": 1_700_000_300}, typ="JWT")
    assert (await leave(browser, id_token_hint=old)).status == 303
    assert await signed_out(browser)


async def test_without_one_the_person_is_asked(house: TokenHouse) -> None:
    browser = house.askers.browser()
    await house.tokens(browser)

    page = await leave(browser, client_id="kw-moi-app", post_logout_redirect_uri=GOODBYE, state="s")
    assert page.status == 200
    assert "Do you want to sign out?" in page.words
    assert "https://app.moi.example" in page.headers["Content-Security-Policy"]
    (switch,) = html.fromstring(page.text).xpath("//a[@class='switch']/@href")
    assert (await browser.get(switch)).field("post_logout_redirect_uri") == GOODBYE
    assert not await signed_out(browser)
    names = ("form", "client_id", "post_logout_redirect_uri", "state")
    gone = await browser.post("/oauth/logout", {name: page.field(name) for name in names})
    assert (gone.status, gone.location) == (303, f"{GOODBYE}?state=s")
    assert await signed_out(browser)


async def test_nobody_is_signed_out_by_a_form_of_another_site(house: TokenHouse) -> None:
    browser, other = house.askers.browser(), house.askers.browser()
    await house.tokens(browser)
    page, theirs = await leave(browser), await leave(other)
    good = {"form": page.field("form")}

    for fields, headers in (
        ({"form": ""}, {}),
        ({"form": "x"}, {}),
        ({"form": theirs.field("form") if theirs.status == 200 else "y"}, {}),
        (good, {"Origin": "https://evil.example"}),
        (good, {"Sec_Fetch_Site": "cross-site"}),
    ):
        refused = await browser.post("/oauth/logout", fields, **headers)
        assert refused.status == 403, (fields, headers)
    assert (await browser.post("/oauth/logout", {})).status == 200
    assert not await signed_out(browser)
    assert (await browser.post("/oauth/logout", good)).status == 303


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        GOODBYE + "/",
        GOODBYE + "?next=//evil.example",
        GOODBYE.upper(),
        "https://app.moi.example@evil.example/goodbye",
        "https://app.moi.example/back",
        "//evil.example",
        "javascript:alert(1)",
        "",
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_the_programs(house: TokenHouse, uri: str) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)

    refused = await leave(browser, id_token_hint=told["id_token"], post_logout_redirect_uri=uri)
    assert (refused.status, "Location" in refused.headers) == (400, False)
    assert not await signed_out(browser)
    page = await leave(browser)
    fields = {"form": page.field("form"), "client_id": "kw-moi-app", "post_logout_redirect_uri": uri}
    assert (await browser.post("/oauth/logout", fields)).status == 400
    assert not await signed_out(browser)


async def test_an_address_is_nothing_without_a_program_that_has_it(house: TokenHouse) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    await house.askers.admit(confidential(client_id="om-other", post_logout_redirect_uris=(GOODBYE,)))

    for fields in ({}, {"client_id": "nobody"}, {"client_id": "om-other", "id_token_hint": told["id_token"]}):
        refused = await leave(browser, post_logout_redirect_uri=GOODBYE, **fields)
        assert (refused.status, "Location" in refused.headers) == (400, False), fields
    assert not await signed_out(browser)


async def test_a_hint_that_we_did_not_sign_signs_nobody_out(house: TokenHouse) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    head, claims, signature = told["id_token"].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    bent = base64.urlsafe_b64encode(orjson.dumps({"aud": "kw-moi-app", "sid": "x"})).rstrip(b"=").decode()

    for hint in (
        f"{none}.{claims}.",
        f"{head}.{bent}.{signature}",
        f"{head}.{claims}.{signature[:-2]}AA",
        told["access_token"],
        told["refresh_token"],
        "x",
        "ü",
    ):
        page = await leave(browser, id_token_hint=hint)
        assert page.status == 200, hint
    assert not await signed_out(browser)


async def test_a_browser_with_another_session_is_asked_before_anything_ends(house: TokenHouse) -> None:
    browser, other = house.askers.browser(), house.askers.browser()
    told = await house.tokens(browser)
    await other.sign_in("bh-ekey", "bahraini-citizen")

    assert (await leave(other, id_token_hint=told["id_token"])).status == 200
    assert not await signed_out(other)
    assert not await signed_out(browser)


async def test_programs_are_told_of_a_sign_out_by_a_token_of_its_own_kind(
    house: TokenHouse, listener: Listener
) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    id_token = await house.id_token(told)

    await browser.act("signout")
    (heard,) = await listener.hears()
    keys = jwt.PyJWKSet.from_dict((await house.get("/.well-known/jwks.json")).document)
    header = jwt.get_unverified_header(heard)
    key = next(each for each in keys.keys if each.key_id == header["kid"])
    claims = jwt.decode(heard, key.key, ["ES256"], audience="kw-moi-app", issuer=house.askers.issuer)
    assert header["typ"] == "logout+jwt"
    assert claims.keys() == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"}
    assert (claims["sub"], claims["sid"]) == (id_token["sub"], id_token["sid"])
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert claims["exp"] - claims["iat"] == 120


async def test_a_logout_token_opens_nothing_and_signs_nobody_out(house: TokenHouse, listener: Listener) -> None:
    browser = house.askers.browser()
    await house.tokens(browser)
    await browser.act("signout")
    (heard,) = await listener.hears()
    again = house.askers.browser()
    await house.tokens(again)

    assert not await house.works(heard)
    assert (await leave(again, id_token_hint=heard)).status == 200
    assert not await signed_out(again)


async def test_no_program_is_told_at_an_inner_address(tmp_path: Path, storage_url: str, listener: Listener) -> None:
    async with listener.listening() as url, token_house(tmp_path, storage_url) as house:
        address = {"backchannel_logout_uri": url}
        await house.askers.admit(confidential(jwks=house.askers.prover.jwks, **address))
        browser = house.askers.browser()
        told = await house.tokens(browser)
        await browser.act("signout")

        await house.soon_refused(told["access_token"])
        await untold(house)
        assert listener.heard == []


async def untold(house: TokenHouse) -> None:
    """Waits until the program was tried and is still on the list."""
    async with asyncio.timeout(10):
        while True:
            async with house.askers.entrance.house.doors.parts.storage.reading() as connection:
                (row,) = (await connection.execute(select(oauth_logouts))).all()
            if row.attempts:
                return
            await asyncio.sleep(0.1)


async def test_a_program_that_does_not_hear_is_told_again(house: TokenHouse, listener: Listener) -> None:
    listener.statuses = [503, 307, 200]
    browser = house.askers.browser()
    await house.tokens(browser)
    await browser.act("signout-everywhere")

    first, second, third = await listener.hears(3)
    assert len({first, second, third}) == 3


async def test_a_new_sign_in_in_the_same_browser_is_no_sign_out(house: TokenHouse, listener: Listener) -> None:
    browser = house.askers.browser()
    told = await house.tokens(browser)
    again = await house.tokens(browser, prompt="login")
    assert (await house.refresh(told["refresh_token"])).status == 200

    await browser.act("signout")
    await listener.hears(2)
    for each in (told, again):
        await house.soon_refused(each["access_token"])
