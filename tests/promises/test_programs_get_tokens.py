"""A person's yes becomes tokens that open what was allowed, for as long as it is, and tell no more than they must."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest

from gateway.identity.keys import base64url
from gateway.schema import Country
from tests.support.entrance import PEOPLE
from tests.support.token_house import TokenHouse, token_house


@pytest.fixture
async def house(tmp_path: Path, storage_url: str) -> AsyncIterator[TokenHouse]:
    async with token_house(tmp_path, storage_url, rooms=("bahrain",)) as house:
        yield house


async def test_a_code_becomes_tokens(house: TokenHouse) -> None:
    told = await house.tokens()

    assert told.headers["Cache-Control"] == "no-store"
    assert told.document.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("DPoP", 300, "lookups:traffic-fines openid")
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    assert jwt.get_unverified_header(told["access_token"])["typ"] == "at+jwt"
    assert (claims["client_id"], claims["exp"] - claims["iat"]) == ("kw-moi-app", 300)
    assert {"acr", "auth_time", "sid", "jti", "sub", "iss", "aud"} <= claims.keys()
    assert await house.works(told["access_token"])
    assert [entry["client"] for entry in await house.askers.sealed("token")] == ["kw-moi-app"]


async def test_an_id_token_says_who_signed_in_to_one_program(house: TokenHouse) -> None:
    told = await house.tokens(nonce="n-of-the-program")
    claims = await house.id_token(told)
    access = jwt.decode(told["access_token"], options={"verify_signature": False})

    assert claims["nonce"] == "n-of-the-program"
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["acr"], claims["auth_time"], claims["sid"]) == (access["acr"], access["auth_time"], access["sid"])
    half = hashlib.sha256(told["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64url(half)
    assert claims["sub"] != access["sub"]
    assert claims.keys() == {
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "sid", "at_hash", "nonce"),
    }


async def test_each_agency_knows_a_person_by_a_name_of_its_own(house: TokenHouse) -> None:
    first, again = await house.tokens(), await house.tokens()
    other = await house.redeem_plain(await house.plain_code())

    names = [jwt.decode(told["id_token"], options={"verify_signature": False})["sub"] for told in (first, again, other)]
    assert names[0] == names[1] != names[2]


async def test_without_openid_there_is_no_id_token_and_no_userinfo(house: TokenHouse) -> None:
    told = await house.tokens(scope="lookups:traffic-fines")
    refused = await house.userinfo(told["access_token"])

    assert "id_token" not in told.document
    assert refused.status == 403
    assert 'scope="openid"' in refused.headers["WWW-Authenticate"]


async def test_userinfo_tells_what_was_consented_to_and_nothing_more(house: TokenHouse) -> None:
    little, much = await house.tokens(), await house.tokens(scope="openid identity lookups:traffic-fines")
    narrowed = await house.refresh(much["refresh_token"], scope="openid")
    subject = (await house.id_token(little))["sub"]
    number = dict(PEOPLE["bahraini-citizen"].identifiers)[Country.BH]

    assert (await house.userinfo(little["access_token"])).document == {"sub": subject}
    assert (await house.userinfo(narrowed["access_token"])).document == {"sub": subject}
    told = (await house.userinfo(much["access_token"])).document
    assert told.keys() == {"sub", "home", "identifiers"}
    assert (told["sub"], told["home"]) == (subject, "BH")
    assert [each["value"] for each in told["identifiers"]] == [number]
    assert number not in str(little.document) + str(much.document)


async def test_a_refresh_token_gives_new_ones_for_as_much_or_less(house: TokenHouse) -> None:
    first = await house.tokens()
    second = await house.refresh(first["refresh_token"])
    less = await house.refresh(second["refresh_token"], scope="openid")
    more = await house.refresh(less["refresh_token"], scope="openid lookups")
    again = await house.refresh(less["refresh_token"])

    assert second.status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert await house.works(second["access_token"])
    assert (await house.id_token(second)).get("nonce") is None
    assert (await house.id_token(second))["auth_time"] == (await house.id_token(first))["auth_time"]
    assert less["scope"] == "openid"
    assert (more.status, more.error) == (400, "invalid_scope")
    assert (again.status, again["scope"]) == (200, "lookups:traffic-fines openid")


async def test_a_public_program_gets_its_own(house: TokenHouse) -> None:
    told = await house.redeem_plain(await house.plain_code())

    assert told.status == 200
    assert await house.works(told["access_token"])


async def test_a_token_opens_what_was_allowed_and_nothing_else(house: TokenHouse) -> None:
    token = (await house.tokens(scope="lookups"))["access_token"]
    little = (await house.tokens(scope="lookups:traffic-fines"))["access_token"]

    allowed = await house.ask("identity-verification", token, purpose="service_delivery")
    other = await house.ask("identity-verification", little, purpose="service_delivery")
    assert [each["status"] for each in allowed["answers"]] == ["ok"]
    assert (other.status, other["code"]) == (403, "insufficient_scope")
