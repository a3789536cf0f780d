"""Only the browser that began a sign-in ends it, once, with the provider it went to: attacks O02, O04
to O06, O09 and O13 to O15."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from gateway.errors import (
    AssuranceTooLow,
    IdentifierTaken,
    SignInError,
)
from gateway.identity.keys import base64url
from gateway.identity.principal import Assurance
from tests.support.hostile_provider import HostileProvider
from tests.support.openid import (
    changed,
    disbelieved,
    hostile_house,
    make_attempt,
    make_plate,
    make_provider,
    sent_back,
    sign_in,
)
from tests.support.signin_house import SignInHouse, signin_house


@asynccontextmanager
async def two_houses(url: str) -> AsyncIterator[tuple[HostileProvider, HostileProvider, SignInHouse]]:
    """Two providers and one gateway that knows both."""
    async with (
        hostile_house() as (first, seventh),
        hostile_house(plate=make_plate(id="eighth")) as (second, eighth),
        signin_house(url, {"seventh": seventh, "eighth": eighth}) as house,
    ):
        yield first, second, house


# --- O02: state


async def test_a_good_sign_in_makes_a_session(storage_url: str) -> None:
    async with two_houses(storage_url) as (_, _, house):
        state, url = await house.begin()

        done = await house.complete(state, await sent_back(url))

        assert (await house.session(done)).assurance is Assurance.HIGH


async def test_a_state_is_good_once_in_its_own_browser_and_in_no_other(storage_url: str) -> None:
    """O02, O05 and O09: a replay, and an attacker's code in a victim's browser."""
    async with two_houses(storage_url) as (first, _, house):
        state, url = await house.begin("the attacker's browser")
        response = await sent_back(url)
        for browser in ("the victim's browser", ""):
            with pytest.raises(SignInError):
                await house.complete(state, response, browser)
        assert first.asked["/token"] == 0

        await house.complete(state, response, "the attacker's browser")
        with pytest.raises(SignInError):
            await house.complete(state, response, "the attacker's browser")
        assert first.asked["/token"] == 1


@pytest.mark.parametrize("state", ["", "another", "\x00", "é", "s" * 10_000])
async def test_an_unknown_state_makes_no_session(storage_url: str, state: str) -> None:
    """O02."""
    async with two_houses(storage_url) as (first, _, house):
        _, url = await house.begin()

        with pytest.raises(SignInError):
            await house.complete(state, await sent_back(url))

        assert first.asked["/token"] == 0


@pytest.mark.parametrize("state", [None, "", "another"])
async def test_the_provider_itself_compares_the_state(state: str | None) -> None:
    """O02: a second time, where the code is taken."""
    async with hostile_house() as (hostile, provider):
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)

        with pytest.raises(SignInError):
            await provider.complete(attempt, changed(response, state=state))
        assert hostile.asked["/token"] == 0
        assert (await provider.complete(attempt, response)).subject == "subject-1"


async def test_two_tabs_sign_in_at_once_and_both_succeed(storage_url: str) -> None:
    """O15."""
    async with two_houses(storage_url) as (_, _, house):
        begun = [await house.begin(), await house.begin()]

        done = [await house.complete(state, await sent_back(url)) for state, url in reversed(begun)]

        sessions = [await house.session(each) for each in done]
        assert sessions[0].id != sessions[1].id
        assert sessions[0].person == sessions[1].person


# --- O04 and O05: PKCE and codes


async def test_each_sign_in_has_a_challenge_of_its_own_and_only_s256(storage_url: str) -> None:
    """O04."""
    async with two_houses(storage_url) as (first, _, house):
        state, url = await house.begin()
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

        await house.complete(state, await sent_back(url))

        verifier = first.seen[0]["code_verifier"]
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] == base64url(hashlib.sha256(verifier.encode()).digest())
        assert len(verifier) >= 43
        assert verifier not in url
        other = parse_qs(urlsplit((await house.begin())[1]).query)
        assert other["code_challenge"][0] != asked["code_challenge"]
        assert other["nonce"][0] != asked["nonce"]
        assert other["state"][0] != asked["state"]


async def test_a_code_that_was_injected_does_not_fit_the_verifier(storage_url: str) -> None:
    """O04, O09: another sign-in's code, in a response that is right in all else."""
    async with two_houses(storage_url) as (_, _, house):
        stolen = (await sent_back((await house.begin("the victim's browser"))[1])).query["code"]
        state, url = await house.begin()

        with pytest.raises(SignInError):
            await house.complete(state, changed(await sent_back(url), code=stolen))


@pytest.mark.parametrize("code", [None, "", "c" * 5000, "a\r\nb", "\u202e"])
async def test_what_is_no_code_is_not_sent_on(code: str | None) -> None:
    async with hostile_house() as (hostile, provider):
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)

        with pytest.raises(SignInError):
            await provider.complete(attempt, changed(response, code=code))
        assert hostile.asked["/token"] == 0


async def test_a_code_that_the_provider_refuses_ends_the_sign_in() -> None:
    """O05."""
    async with hostile_house() as (hostile, provider):
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)
        await provider.complete(attempt, response)

        with pytest.raises(SignInError):
            await provider.complete(attempt, response)
        assert hostile.asked["/token"] == 2


# --- O06: mix-up


async def test_a_code_at_the_address_of_another_provider_is_refused(storage_url: str) -> None:
    """O06: one redirect address a provider."""
    async with two_houses(storage_url) as (first, second, house):
        state, url = await house.begin(provider="seventh")

        with capture_logs() as logs, pytest.raises(SignInError):
            await house.complete(state, await sent_back(url), name="eighth")

        assert "signin.mixed_up" in [entry["event"] for entry in logs]
        assert first.asked["/token"] == second.asked["/token"] == 0


@pytest.mark.parametrize("issuer", [None, "", "https://evil.example", "HTTP://127.0.0.1"])
async def test_a_response_must_name_its_issuer_where_that_was_promised(issuer: str | None) -> None:
    """O06."""
    async with hostile_house() as (hostile, provider):
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)

        await disbelieved(provider, "response_issuer", attempt, changed(response, iss=issuer))

        assert hostile.asked["/token"] == 0
        assert (await provider.complete(attempt, response)).subject == "subject-1"


async def test_without_a_promise_the_issuer_may_be_left_out_and_may_still_not_be_another() -> None:
    """O06."""
    hostile = HostileProvider()
    hostile.promises_iss = False
    async with hostile.running() as url:
        provider = make_provider(url)
        assert (await sign_in(provider)).subject == "subject-1"
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)

        await disbelieved(provider, "response_issuer", attempt, changed(response, iss="https://evil.example"))
        await provider.close()


# --- O13: people


async def test_one_subject_of_two_issuers_is_two_people(storage_url: str) -> None:
    """O13."""
    async with two_houses(storage_url) as (first, second, house):
        first.claims = second.claims = lambda claims: {**claims, "acr": "unknown"}
        people = []
        for name in ("seventh", "eighth", "seventh"):
            state, url = await house.begin(provider=name)
            people.append((await house.session(await house.complete(state, await sent_back(url), name=name))).person)

        assert people[0] == people[2]
        assert people[0] != people[1]


async def test_a_provider_that_gives_a_known_subject_somebody_elses_number_is_refused(storage_url: str) -> None:
    async with two_houses(storage_url) as (first, _, house):
        for subject, number in (("one", "010345570"), ("two", "791162871")):
            first.claims = lambda claims, s=subject, n=number: {**claims, "sub": s, "cpr": n}  # type: ignore[misc]
            state, url = await house.begin()
            await house.complete(state, await sent_back(url))
        first.claims = lambda claims: {**claims, "sub": "one", "cpr": "791162871"}
        state, url = await house.begin()

        with pytest.raises(IdentifierTaken):
            await house.complete(state, await sent_back(url))


# --- O14: step-up


@pytest.mark.parametrize("changes", [{"auth_time": ...}, {"auth_time": -500}, {"auth_time": 500}])
async def test_a_provider_that_ignores_how_recent_the_sign_in_must_be_is_refused(changes: dict[str, Any]) -> None:
    """O14."""
    async with hostile_house() as (hostile, provider):
        assert (await sign_in(provider, make_attempt(max_age=300))).authenticated_at.year > 2000

        def bend(claims: dict[str, Any]) -> dict[str, Any]:
            offset = changes["auth_time"]
            rest = {name: value for name, value in claims.items() if name != "auth_time"}
            return rest if offset is ... else {**rest, "auth_time": claims["iat"] + offset}

        hostile.claims = bend

        await disbelieved(provider, "id_token_auth_time", make_attempt(max_age=300))


async def test_what_is_wished_for_is_asked_for() -> None:
    """O14."""
    plate = make_plate(options={"scopes_high": "liveness_proof", "prompt": "consent"})
    async with hostile_house(plate=plate) as (_, provider):
        plain = parse_qs(urlsplit((await provider.begin(make_attempt())).url).query)
        high = make_attempt(wanted=Assurance.HIGH, max_age=0)
        stepped = parse_qs(urlsplit((await provider.begin(high)).url).query)

        assert (plain["scope"], plain["prompt"], plain["ui_locales"]) == (["openid"], ["consent"], ["ar"])
        assert not plain.keys() & {"max_age", "acr_values"}
        assert (stepped["scope"], stepped["max_age"], stepped["acr_values"]) == (
            ["openid liveness_proof"],
            ["0"],
            ["high"],
        )


async def test_a_moment_that_was_not_told_is_never_recent() -> None:
    """O14: nothing that asks for a recent sign-in is reached with it."""
    async with hostile_house() as (hostile, provider):
        hostile.claims = lambda claims: {name: value for name, value in claims.items() if name != "auth_time"}

        assert (await sign_in(provider)).authenticated_at.year == 2000


async def test_a_lower_level_than_was_asked_for_makes_no_session(storage_url: str) -> None:
    """O01."""
    async with two_houses(storage_url) as (first, _, house):
        state, url = await house.begin(wanted=Assurance.HIGH)
        await house.complete(state, await sent_back(url))
        first.claims = lambda claims: {**claims, "acr": "mid"}
        state, url = await house.begin(wanted=Assurance.HIGH)

        with pytest.raises(AssuranceTooLow):
            await house.complete(state, await sent_back(url))
