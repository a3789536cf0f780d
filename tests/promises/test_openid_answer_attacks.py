"""What a provider answers besides a token is believed as little: attacks O06, O11 and O16."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from gateway.errors import ProviderDown, ProviderGarbled, SignInError, SignInRejected
from gateway.identity.keys import SigningKey
from tests.support.hostile_provider import CLIENT
from tests.support.openid import (
    CALLBACK,
    changed,
    disbelieved,
    hostile_house,
    make_attempt,
    make_plate,
    refused,
    sent_back,
    sign_in,
)

# --- O11: refusals


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ("access_denied", SignInRejected, "signin_declined"),
        ("consent_required", SignInRejected, "signin_declined"),
        ("login_required", SignInRejected, "signin_rejected"),
        ("invalid_scope", SignInRejected, "signin_rejected"),
        ("<script>alert(1)</script>", SignInRejected, "signin_rejected"),
        ("\u202edeined", SignInRejected, "signin_rejected"),
        ("temporarily_unavailable", ProviderDown, "provider_down"),
    ],
)
async def test_a_refusal_is_told_in_our_words_and_none_of_its_own(error: str, kind: type[Any], code: str) -> None:
    """O11."""
    async with hostile_house() as (_, provider):
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)
        bent = changed(response, code=None, error=error, error_description="<img src=x onerror=alert(1)>\u202e")

        with capture_logs() as logs, pytest.raises(kind) as refusal:
            await provider.complete(attempt, bent)

        assert refusal.value.code == code
        assert "alert" not in f"{refusal.value} {logs}"
        assert "\u202e" not in f"{refusal.value} {logs}"


async def test_a_refusal_from_a_stranger_is_not_believed() -> None:
    """O06."""
    async with hostile_house() as (_, provider):
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)

        bent = changed(response, code=None, error="access_denied", iss="https://evil.example")
        await disbelieved(provider, "response_issuer", attempt, bent)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda: web.json_response({"error": "invalid_grant"}, status=400), SignInError),
        (lambda: web.json_response({"error": "invalid_client"}, status=401), ProviderGarbled),
        (lambda: web.json_response({"error": ["x"]}, status=400), ProviderGarbled),
        (lambda: web.Response(text="<html>", status=403), ProviderGarbled),
        (lambda: web.Response(text="oops", status=500), ProviderDown),
        (lambda: web.Response(text="busy", status=503), ProviderDown),
    ],
)
async def test_each_refusal_of_the_token_endpoint_is_told_apart(
    answer: Callable[[], web.Response], kind: type[Any]
) -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.bodies["/token"] = answer

        await refused(provider, kind)


# --- O16: redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_of_the_token_endpoint_is_not_followed_and_nothing_is_sent_on(status: int) -> None:
    """O16."""
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.bodies["/token"] = lambda: web.Response(status=status, headers={"Location": "/elsewhere"})

        await disbelieved(provider, "backend_redirected")

        assert hostile.asked["/elsewhere"] == 0
        async with aiohttp.ClientSession() as careless:
            await careless.post(f"{hostile.url}/token", data={"code": "secret"})
        assert hostile.asked["/elsewhere"] == 1


# --- userinfo and credentials


async def test_userinfo_of_another_subject_is_not_believed() -> None:
    async with hostile_house(plate=make_plate(options={"userinfo": "yes"})) as (hostile, provider):
        await sign_in(provider)
        for answer, reason in (
            ({"sub": "another"}, "userinfo_sub"),
            ({"cpr": "010345570"}, "userinfo_sub"),
            ({"sub": "subject-1", "cpr": "791162871"}, "claims_disagree"),
        ):
            hostile.userinfo = lambda _claims, answer=answer: answer  # type: ignore[misc]
            await disbelieved(provider, reason)


async def test_a_number_that_was_not_released_is_asked_for_again() -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.claims = lambda claims: {name: value for name, value in claims.items() if name != "cpr"}

        assert (await refused(provider, SignInRejected)).code == "signin_withheld"


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
@pytest.mark.parametrize("audience", ["issuer", "token_endpoint"])
async def test_the_gateway_may_show_a_key_instead_of_a_secret(alg: str, audience: str) -> None:
    key = SigningKey.generate("ES256" if alg == "ES256" else "EdDSA")
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    plate = make_plate(options={"client_auth": "private_key_jwt", "client_assertion_audience": audience})
    secrets = {"client_id": CLIENT, "client_key": pem}
    async with hostile_house(plate=plate, provider_secrets=secrets) as (hostile, provider):
        hostile.client_key = key

        await sign_in(provider)
        await sign_in(provider)

        assertions = [form["client_assertion"] for form in hostile.seen]
        assert len(set(assertions)) == 2
        assert all("client_secret" not in form for form in hostile.seen)


async def test_the_redirect_address_is_sent_as_it_was_registered() -> None:
    async with hostile_house() as (hostile, provider):
        attempt = make_attempt()
        step = await provider.begin(attempt)
        await provider.complete(attempt, await sent_back(step.url))

        assert parse_qs(urlsplit(step.url).query)["redirect_uri"] == [CALLBACK]
        assert hostile.seen[0]["redirect_uri"] == CALLBACK
        assert await provider.poll(attempt) is None
