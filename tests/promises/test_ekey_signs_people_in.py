"""Bahrain's eKey signs people in by its name plate, and releases what was asked and consented to, and no more."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import jwt
import pytest

from gateway.errors import ProviderDown, ProviderGarbled, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse
from gateway.identity.providers.kinds import ProviderParts, build_provider
from gateway.identity.providers.oidc import OpenIdProvider
from gateway.identity.providers.plate import ProviderPlate
from gateway.sandbox.providers.ekey import StandIn
from gateway.schema.country import Country
from tests.support.openid import CALLBACK, Letters, make_attempt, utc

PLATE = ProviderPlate.load(Path(__file__).parents[2] / "config" / "providers" / "bh-ekey.toml")


@asynccontextmanager
async def ekey() -> AsyncIterator[tuple[StandIn, OpenIdProvider]]:
    stand_in = StandIn(StandIn.make_secrets())
    async with stand_in.running():
        parts = ProviderParts(PLATE, stand_in.endpoints(), stand_in.secrets, utc, Letters(), "http://127.0.0.1")
        provider = build_provider(parts)
        assert isinstance(provider, OpenIdProvider)
        try:
            yield stand_in, provider
        finally:
            await provider.close()


async def choose(url: str, persona: str, **more: Any) -> ProviderResponse:
    """What the person does on the consent page."""
    fields = dict(parse_qsl(urlsplit(url).query))
    parts = urlsplit(url)
    data = [*fields.items(), ("persona", persona)]
    for name, value in more.items():
        data += [(name, each) for each in (value if isinstance(value, list) else [value])]
    async with aiohttp.ClientSession() as browser:
        post = browser.post(f"{parts.scheme}://{parts.netloc}/choose", data=data, allow_redirects=False)
        async with post as answer:
            assert answer.status == 302, await answer.text()
            return ProviderResponse(query=dict(parse_qsl(urlsplit(answer.headers["Location"]).query)))


async def sign_in(provider: OpenIdProvider, persona: str, attempt: Attempt | None = None, **more: Any) -> Evidence:
    attempt = attempt or make_attempt()
    return await provider.complete(attempt, await choose((await provider.begin(attempt)).url, persona, **more))


async def test_a_citizen_signs_in_and_is_known_by_the_cpr_in_under_a_second() -> None:
    async with ekey() as (_, provider):
        began = time.monotonic()

        evidence = await sign_in(provider, "bahraini-citizen")

        assert time.monotonic() - began < 1
        assert evidence.identifier is not None
        assert (evidence.identifier.country, evidence.identifier.value) == (Country.BH, "010345570")
        assert evidence.assurance is Assurance.SUBSTANTIAL
        assert evidence.provider == "bh-ekey"
        assert evidence.provider_session


async def test_a_resident_signs_in_with_the_cpr_that_bahrain_gave() -> None:
    async with ekey() as (_, provider):
        evidence = await sign_in(provider, "resident")

        assert evidence.identifier is not None
        assert evidence.identifier.value == "791162871"


@pytest.mark.parametrize(("persona", "level"), [("bahraini-citizen", "high"), ("resident", "substantial")])
async def test_liveness_is_asked_for_only_when_the_level_needs_it_and_makes_it_high(persona: str, level: str) -> None:
    async with ekey() as (_, provider):
        plain = make_attempt()
        assert "liveness" not in (await provider.begin(plain)).url
        high = make_attempt(wanted=Assurance.HIGH, max_age=60)
        assert "liveness_proof" in (await provider.begin(high)).url

        assert (await sign_in(provider, persona, high)).assurance == level


async def test_whoever_has_no_cpr_has_no_ekey() -> None:
    async with ekey() as (_, provider):
        with pytest.raises(AssertionError, match="no eKey"):
            await sign_in(provider, "omani-citizen")


async def test_whoever_declines_is_not_signed_in() -> None:
    async with ekey() as (_, provider):
        with pytest.raises(SignInRejected) as refusal:
            await sign_in(provider, "", decision="decline")

        assert refusal.value.code == "signin_declined"


async def test_whoever_withholds_the_cpr_is_told_that_nothing_can_be_asked_without_it() -> None:
    async with ekey() as (_, provider):
        await sign_in(provider, "bahraini-citizen", listed="yes", release=["id-bhr"])

        with pytest.raises(SignInRejected) as refusal:
            await sign_in(provider, "bahraini-citizen", listed="yes")

        assert refusal.value.code == "signin_withheld"


async def test_the_page_lists_what_is_asked_for_and_says_that_it_is_a_stand_in() -> None:
    async with ekey() as (_, provider), aiohttp.ClientSession() as browser:
        url = (await provider.begin(make_attempt(wanted=Assurance.HIGH))).url
        page = await (await browser.get(url)).text()
        more = await (await browser.get(url.replace("id-bhr", "id-bhr+ekyc-bhr-birth"))).text()

        assert "stand-in" in page
        assert 'value="id-bhr" checked> Personal number (CPR)' in page
        assert 'value="liveness_proof" checked>' in page
        assert "Date of birth" not in page
        assert "Date of birth" in more
        assert page.count('name="persona"') == 2


RELEASED = [
    ("openid", {"sub"}),
    ("openid id-bhr", {"sub", "cpr"}),
    ("openid ekyc-bhr-name", {"sub", "name_en", "name_ar"}),
    ("openid ekyc-bhr-birth ekyc-bhr-nationality", {"sub", "birthdate", "nationality"}),
    ("openid ekyc-bhr-contact ekyc-bhr-address ekyc-bhr-resident", {"sub", "phone_number", "address", "residence"}),
]


@pytest.mark.parametrize(("scope", "claims"), RELEASED)
async def test_each_scope_releases_its_own_attribute_and_no_other(scope: str, claims: set[str]) -> None:
    async with ekey() as (stand_in, provider), aiohttp.ClientSession() as client:
        attempt = make_attempt()
        url = (await provider.begin(attempt)).url
        response = await choose(url.replace("openid+id-bhr", scope.replace(" ", "+")), "bahraini-citizen")
        tokens = await redeem(client, stand_in, attempt, response.query["code"])

        me = f"{stand_in.url}/oidc/me"
        answer = await client.get(me, headers={"Authorization": f"Bearer {tokens['access_token']}"})
        told = await answer.json()

        assert set(told) == claims
        id_token = jwt.decode(tokens["id_token"], options={"verify_signature": False})
        assert not set(id_token) & {"cpr", "name_en", "birthdate"}


async def redeem(
    client: aiohttp.ClientSession, stand_in: StandIn, attempt: Attempt, code: str, **changes: str | None
) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": attempt.verifier,
        **changes,
    }
    pair = aiohttp.encode_basic_auth(stand_in.secrets["client_id"], stand_in.secrets["client_secret"])
    data = {name: value for name, value in form.items() if value is not None}
    async with client.post(f"{stand_in.url}/oidc/token", data=data, headers={"Authorization": pair}) as answer:
        return await answer.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": "short"},
        {"response_type": "token"},
        {"scope": "id-bhr"},
        {"scope": "openid everything"},
    ],
)
async def test_ekey_refuses_a_request_without_its_proof(changes: dict[str, str | None]) -> None:
    """O04: absent, plain or malformed; told where the request came from, with the state."""
    async with ekey() as (_, provider), aiohttp.ClientSession() as browser:
        parts = urlsplit((await provider.begin(attempt := make_attempt())).url)
        query = {**dict(parse_qsl(parts.query)), **changes}
        kept = {name: value for name, value in query.items() if value is not None}
        answer = await browser.get(f"{parts.scheme}://{parts.netloc}{parts.path}", params=kept, allow_redirects=False)
        back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

        assert back["error"] in ("invalid_request", "invalid_scope", "unsupported_response_type")
        assert back["state"] == attempt.id
        assert "code" not in back


async def test_ekey_gives_tokens_for_a_code_once_and_only_to_its_verifier_and_takes_them_back_at_a_replay() -> None:
    """O04, O05."""
    async with ekey() as (stand_in, provider), aiohttp.ClientSession() as client:
        for bad in ({"code_verifier": None}, {"code_verifier": "another"}, {"redirect_uri": f"{CALLBACK}/"}):
            attempt = make_attempt()
            code = (await choose((await provider.begin(attempt)).url, "bahraini-citizen")).query["code"]
            assert await redeem(client, stand_in, attempt, code, **bad) == {"error": "invalid_grant"}
            # A wrong try uses the code up.
            assert await redeem(client, stand_in, attempt, code) == {"error": "invalid_grant"}

        attempt = make_attempt()
        code = (await choose((await provider.begin(attempt)).url, "bahraini-citizen")).query["code"]
        tokens = await redeem(client, stand_in, attempt, code)
        header = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await client.get(f"{stand_in.url}/oidc/me", headers=header)).status == 200

        assert await redeem(client, stand_in, attempt, code) == {"error": "invalid_grant"}
        assert (await client.get(f"{stand_in.url}/oidc/me", headers=header)).status == 401


async def test_ekey_sends_nobody_to_an_address_that_was_not_registered() -> None:
    async with ekey() as (stand_in, provider), aiohttp.ClientSession() as browser:
        stand_in.redirect_uris = frozenset({CALLBACK})
        url = (await provider.begin(make_attempt())).url
        assert (await browser.get(url, allow_redirects=False)).status == 200

        for evil in (
            "https://evil.example/",
            f"{CALLBACK}/more",
            f"{CALLBACK}%3F",
            "https://bawaba.example@evil.example/",
        ):
            changed = (await provider.begin(make_attempt(redirect_uri=evil))).url
            assert (await browser.get(changed, allow_redirects=False)).status == 400


async def test_ekey_rotates_goes_down_comes_back_and_lies_as_it_is_told() -> None:
    async with ekey() as (stand_in, provider):
        await sign_in(provider, "bahraini-citizen")
        stand_in.rotate()
        await sign_in(provider, "bahraini-citizen")

        attempt = make_attempt()
        response = await choose((await provider.begin(attempt)).url, "bahraini-citizen")
        stand_in.behave(down=True)
        with pytest.raises(ProviderDown):
            await provider.complete(attempt, response)

        stand_in.behave("nonce")
        with pytest.raises(ProviderGarbled):
            await sign_in(provider, "bahraini-citizen")

        stand_in.behave()
        assert (await sign_in(provider, "bahraini-citizen")).identifier


async def test_ekey_says_when_somebody_signed_out_there() -> None:
    async with ekey() as (stand_in, provider):
        evidence = await sign_in(provider, "bahraini-citizen")
        session = evidence.provider_session
        assert session is not None

        notice = await provider.logout_notice({"logout_token": stand_in.logout_token(session)})

        assert (notice.issuer, notice.session) == (evidence.issuer, session)
        with pytest.raises(SignInError):
            await provider.logout_notice({"logout_token": json.dumps({"sid": session})})


async def test_the_gateway_asks_for_nothing_that_it_does_not_read() -> None:
    assert PLATE.scopes == ("openid", "id-bhr")
    assert PLATE.accepts == ("cpr", "acr")
