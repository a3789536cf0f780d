"""Attacks where programs get tokens: what is stolen, repeated or guessed gives nothing, and ends what it came of."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.serve import Doors
from tests.support.openid_keys import make_key
from tests.support.programs import VERIFIER, Prover, challenge, confidential
from tests.support.proofs import Holder
from tests.support.token_house import TokenHouse, Told, token_house


@pytest.fixture
async def house(tmp_path: Path, storage_url: str) -> AsyncIterator[TokenHouse]:
    async with token_house(tmp_path, storage_url) as house:
        yield house


@pytest.fixture
async def other(house: TokenHouse) -> AsyncIterator[str]:
    """Another worker on the same database."""
    async with house.askers.entrance.another_worker() as doors:
        yield url_of(doors)


def url_of(doors: Doors) -> str:
    return f"http://127.0.0.1:{doors.public_port}"


async def ended(house: TokenHouse, told: Told, other: str = "") -> None:
    """All that was given is worth nothing, on both workers, within a second."""
    await house.soon_refused(told["access_token"], *([other] if other else []))
    refused = await house.refresh(told["refresh_token"])
    assert (refused.status, refused.error) == (400, "invalid_grant")


async def test_a_code_that_comes_again_ends_what_it_gave(house: TokenHouse, other: str) -> None:
    code = await house.code()
    told = await house.redeem(code)
    assert told.status == 200
    assert await house.works(told["access_token"], url=other)

    replayed = await house.redeem(code, url=other)
    assert (replayed.status, replayed.error) == (400, "invalid_grant")
    await ended(house, told, other)


@pytest.mark.parametrize("verifier", ["", challenge(), "x" * 43, VERIFIER + "x"])
async def test_a_code_without_its_verifier_gives_nothing(house: TokenHouse, verifier: str) -> None:
    """O04; ``plain`` would have the challenge itself for its verifier."""
    assert (await house.redeem(await house.code())).status == 200
    code = await house.code()

    refused = await house.redeem(code, code_verifier=verifier)
    assert (refused.status, refused.error) == (400, "invalid_grant")
    assert "access_token" not in refused.document
    assert (await house.redeem(code)).status == 400


async def test_a_code_is_nothing_to_another_program(house: TokenHouse) -> None:
    thief = Prover(client_id="om-thief", issuer=house.askers.issuer)
    await house.askers.admit(confidential(client_id="om-thief", jwks=thief.jwks))
    code = await house.code()
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}

    stolen = await house.post("/oauth/token", {**fields, "redirect_uri": "https://app.moi.example/back"}, prover=thief)
    assert (stolen.status, stolen.error) == (400, "invalid_grant")
    assert (await house.redeem(code)).status == 200


async def test_a_code_is_nothing_to_who_cannot_prove_to_be_the_program(house: TokenHouse) -> None:
    code = await house.code()
    strangers = (None, Prover(issuer=house.askers.issuer), Prover(make_key("ES256"), issuer="https://other.example"))
    fields = {
        "client_id": "kw-moi-app",
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": "https://app.moi.example/back",
    }

    for stranger in strangers:
        refused = await house.post("/oauth/token", fields, prover=stranger)
        assert (refused.status, refused.error) == (401, "invalid_client")
    assert (await house.redeem(code)).status == 200


async def test_a_refresh_token_that_was_used_ends_the_whole_family(house: TokenHouse, other: str) -> None:
    """T28, for a token of a public program, whose thief has another key or none."""
    first = await house.redeem_plain(await house.plain_code())
    fields = {"grant_type": "refresh_token", "client_id": "bh-pocket", "refresh_token": first["refresh_token"]}
    second = await house.post("/oauth/token", fields)
    assert second.status == 200

    proof = Holder(make_key("ES256"), clock=time.time).proof("POST", f"{house.url}/oauth/token")
    stolen = await house.post("/oauth/token", fields, url=other, DPoP=proof)
    assert (stolen.status, stolen.error) == (400, "invalid_grant")
    await house.soon_refused(second["access_token"], other)
    newest = await house.post("/oauth/token", fields | {"refresh_token": second["refresh_token"]})
    assert (newest.status, newest.error) == (400, "invalid_grant")


async def test_a_stolen_refresh_token_of_a_public_program_is_nothing_without_its_key(house: TokenHouse) -> None:
    first = await house.redeem_plain(await house.plain_code())
    fields = {"grant_type": "refresh_token", "client_id": "bh-pocket", "refresh_token": first["refresh_token"]}
    proof = Holder(make_key("ES256"), clock=time.time).proof("POST", f"{house.url}/oauth/token")

    stolen = await house.post("/oauth/token", fields, DPoP=proof)
    assert (stolen.status, stolen.error) == (400, "invalid_grant")
    assert (await house.post("/oauth/token", fields)).status == 200


async def test_an_id_token_opens_nothing(house: TokenHouse) -> None:
    """T11."""
    told = await house.tokens()
    assert await house.works(told["access_token"])

    for token in (told["id_token"], told["refresh_token"]):
        for path in ("/v1/me", "/oauth/userinfo"):
            for scheme in ("Bearer", "DPoP"):
                shown = {
                    "Authorization": f"{scheme} {token}",
                    "DPoP": house.holder.proof("GET", house.url + path, token),
                }
                refused = await house.get(path, **shown)
                assert refused.status == 401, (path, scheme)
                assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
        assert (await house.introspect(token)).document["active"] is (token == told["refresh_token"])


async def test_a_revoked_token_is_dead_everywhere_within_a_second(house: TokenHouse, other: str) -> None:
    """T23, by the token itself, and by its grant."""
    first, second = await house.tokens(), await house.tokens()
    assert await house.works(first["access_token"], url=other)

    assert (await house.revoke(first["access_token"])).status == 200
    await house.soon_refused(first["access_token"], other)
    assert (await house.refresh(first["refresh_token"])).status == 200

    assert (await house.revoke(second["refresh_token"], url=other, token_type_hint="access_token")).status == 200
    await ended(house, second, other)


async def test_signing_out_ends_what_came_of_the_sign_in(house: TokenHouse, other: str) -> None:
    """T23: the sid that was logged out."""
    browser = house.askers.browser()
    bound, offline = await house.tokens(browser), await house.tokens(browser, scope="openid offline_access")

    await browser.act("signout")
    await ended(house, bound, other)
    assert (await house.refresh(offline["refresh_token"])).status == 200


async def test_what_a_suspended_program_holds_is_dead(house: TokenHouse, other: str) -> None:
    """T23: the client that was disabled."""
    told, code = await house.tokens(), await house.code()
    assert await house.works(told["access_token"], url=other)

    await house.askers.clients.suspend("kw-moi-app")
    await house.soon_refused(told["access_token"], other)
    for answer in (await house.refresh(told["refresh_token"]), await house.redeem(code)):
        assert (answer.status, answer.error) == (401, "invalid_client")


async def test_another_programs_token_is_neither_ended_nor_told_of(house: TokenHouse) -> None:
    spy = Prover(client_id="om-spy", issuer=house.askers.issuer)
    await house.askers.admit(confidential(client_id="om-spy", jwks=spy.jwks))
    told = await house.tokens()

    answers = {
        (await house.introspect(token, prover=spy)).body
        for token in (told["access_token"], told["refresh_token"], told["id_token"], "no.such.token", "x", "ü" * 50)
    }
    assert answers == {b'{"active":false}'}
    revoked = {
        (answer.status, answer.body)
        for answer in [
            await house.revoke(token, prover=spy) for token in (told["access_token"], told["refresh_token"], "x")
        ]
    }
    assert revoked == {(200, b"")}
    assert await house.works(told["access_token"])
    assert (await house.refresh(told["refresh_token"])).status == 200


async def test_introspection_is_for_programs_that_prove_themselves(house: TokenHouse) -> None:
    told = await house.redeem_plain(await house.plain_code())

    for fields in ({"client_id": "bh-pocket"}, {"client_id": "kw-moi-app"}, {}):
        refused = await house.post("/oauth/introspect", {**fields, "token": told["access_token"]})
        assert (refused.status, refused.error) == (401, "invalid_client")
        assert "active" not in refused.document


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "x", "password": "y"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "a.b.c"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "a.b.c", "client_secret": "x"}, 401, "invalid_client"),
    ],
    ids=str,
)
async def test_what_is_asked_wrongly_is_refused_in_the_words_of_the_standard(
    house: TokenHouse, fields: dict[str, str], status: int, error: str
) -> None:
    refused = await house.post("/oauth/token", fields, prover=house.askers.prover)

    assert (refused.status, refused.error) == (status, error)
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.document.keys() == {"error", "error_description"}
    (entry,) = await house.askers.sealed("token")
    assert (entry["outcome"], entry["code"]) == ("refused", error)


async def test_a_program_gets_tokens_only_in_the_ways_it_is_registered_for(house: TokenHouse) -> None:
    prover = Prover(client_id="qa-once", issuer=house.askers.issuer)
    await house.askers.admit(confidential(client_id="qa-once", jwks=prover.jwks, grants=("authorization_code",)))

    refused = await house.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": "x"}, prover=prover)
    assert (refused.status, refused.error) == (400, "unauthorized_client")


async def test_tokens_are_asked_for_by_post_and_a_form(house: TokenHouse) -> None:
    session = house.askers.entrance.session
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        async with session.request(method, f"{house.url}/oauth/token?grant_type=authorization_code") as answer:
            assert answer.status == 405
    async with session.post(f"{house.url}/oauth/token", json={"grant_type": "refresh_token"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_request")


async def test_a_token_in_a_form_or_a_query_opens_nothing(house: TokenHouse) -> None:
    """T21."""
    token = (await house.tokens())["access_token"]
    assert (await house.userinfo(token)).status == 200
    session = house.askers.entrance.session

    async with session.post(f"{house.url}/oauth/userinfo", data={"access_token": token}) as answer:
        assert answer.status == 401
    async with session.get(f"{house.url}/oauth/userinfo?access_token={token}") as answer:
        assert answer.status == 401


async def test_a_browsers_session_is_no_programs_token(house: TokenHouse) -> None:
    browser = house.askers.browser()
    await house.tokens(browser)
    assert (await browser.account()).status == 200

    assert (await browser.get("/oauth/userinfo", Accept="application/json")).status == 401


async def test_a_token_is_good_for_the_purposes_that_were_allowed(house: TokenHouse) -> None:
    """A07."""
    token = (await house.tokens(purpose="service_delivery"))["access_token"]

    allowed = await house.ask("traffic-fines", token, purpose="service_delivery")
    refused = await house.ask("traffic-fines", token, purpose="enforcement")
    assert allowed["code"] == "service_not_in_country"
    assert (refused.status, refused["code"]) == (403, "purpose_not_consented")


async def test_no_secret_of_the_doors_is_in_the_log(house: TokenHouse, capfd: pytest.CaptureFixture[str]) -> None:
    code = await house.code()
    told = await house.redeem(code)
    await house.refresh(told["refresh_token"])
    await house.redeem(code)
    written = "".join(capfd.readouterr())

    assert "code.refused" in written
    for secret in (code, told["access_token"], told["refresh_token"], told["id_token"]):
        assert secret not in written
