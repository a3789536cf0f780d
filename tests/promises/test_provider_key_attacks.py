"""Only a provider's own fit keys are believed, and asking for them cannot be abused: attacks J01, J02 and J05."""

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from gateway.errors import ProviderDown, ProviderGarbled, SignInError
from gateway.identity.providers.oidc.kept import Ages
from tests.support.hostile_provider import HostileProvider
from tests.support.openid import disbelieved, hostile_house, make_attempt, sign_in
from tests.support.openid_keys import ProviderKey, make_key, octets, rsa_key, small_rsa_key

JWKS = "/jwks"
AT_ONCE = Ages(fresh=0, longest=3600, cooldown=0, pause=0)
"""Asks again at every sign-in."""


# --- J01 and J02: rotation and floods


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
async def test_after_a_rotation_the_next_sign_in_works_with_one_refetch(alg: str) -> None:
    """J01."""
    async with hostile_house(alg) as (hostile, provider):
        await sign_in(provider)
        await sign_in(provider)
        assert hostile.asked[JWKS] == 1

        hostile.rotate()
        await sign_in(provider)

        assert hostile.asked[JWKS] == 2
        await sign_in(provider)
        assert hostile.asked[JWKS] == 2


async def test_many_sign_ins_at_once_after_a_rotation_make_one_refetch() -> None:
    """J01."""
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.rotate()

        await asyncio.gather(*(sign_in(provider) for _ in range(30)))

        assert hostile.asked[JWKS] == 2


@pytest.mark.parametrize("named", [True, False])
async def test_a_provider_may_rotate_without_naming_its_keys_anew(named: bool) -> None:
    """J01."""
    async with hostile_house() as (hostile, provider):
        if not named:
            _leave_unnamed(hostile)
        await sign_in(provider)

        hostile.rotate("first")
        if not named:
            _leave_unnamed(hostile)

        assert (await sign_in(provider)).subject == "subject-1"
        assert hostile.asked[JWKS] == 2


async def test_a_thousand_tokens_of_unknown_keys_make_one_refetch_in_a_cooldown() -> None:
    """J02: anybody may post logout tokens, and no signature is needed to name a key."""
    async with hostile_house(ages=Ages(cooldown=0.5)) as (hostile, provider):
        await sign_in(provider)
        began = time.monotonic()

        for count in range(1000):
            with pytest.raises(SignInError):
                await provider.logout_notice({"logout_token": _unsigned(hostile, f"unknown-{count}")})

        cooldowns = int((time.monotonic() - began) / 0.5) + 1
        assert hostile.asked[JWKS] <= 1 + cooldowns
        assert (await sign_in(provider)).subject == "subject-1"


async def test_a_flood_at_a_provider_that_cannot_be_reached_asks_it_once_a_pause() -> None:
    """J02: while there are no keys at all, strangers do not make the gateway hammer the provider."""
    async with hostile_house(ages=Ages(pause=30)) as (hostile, provider):
        hostile.bodies[JWKS] = lambda: web.Response(status=500)

        for count in range(200):
            with pytest.raises(ProviderGarbled):
                await provider.logout_notice({"logout_token": _unsigned(hostile, f"unknown-{count}")})

        assert hostile.asked[JWKS] == 1


async def test_a_key_that_is_published_no_more_is_forgotten_with_the_next_refresh() -> None:
    async with hostile_house(ages=AT_ONCE) as (hostile, provider):
        old = hostile.key
        await sign_in(provider)

        hostile.rotate()
        hostile.published = [hostile.key.jwk]
        hostile.key = old

        await disbelieved(provider, "id_token_kid")


# --- J05: key sets that cannot be used


def _bomb() -> bytes:
    return gzip.compress(b" " * 50_000_000)


BODIES: dict[str, Callable[[], web.Response]] = {
    "50 MB": lambda: web.Response(body=b" " * 50_000_000 + b'{"keys":[]}'),
    "a compressed bomb": lambda: web.Response(body=_bomb(), headers={"Content-Encoding": "gzip"}),
    "a deep one": lambda: web.Response(body=b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "brackets only": lambda: web.Response(body=b"[" * 900_000),
    "65 keys": lambda: web.json_response({"keys": [{}] * 65}),
    "no keys": lambda: web.json_response({"keys": []}),
    "keys as an object": lambda: web.json_response({"keys": {}}),
    "a list": lambda: web.json_response([]),
    "two members of one name": lambda: web.Response(body=b'{"keys":[],"keys":[]}'),
    "HTML": lambda: web.Response(text="<html></html>", content_type="text/html"),
    "another status": lambda: web.json_response({"keys": []}, status=404),
    "a redirect": lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
    "out of order": lambda: web.Response(status=503),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_an_unusable_key_set_is_refused_and_the_last_good_one_kept(body: Callable[[], web.Response]) -> None:
    """J05."""
    async with hostile_house(ages=AT_ONCE) as (hostile, provider):
        await sign_in(provider)
        hostile.bodies[JWKS] = body
        began = time.monotonic()

        assert (await sign_in(provider)).subject == "subject-1"

        assert time.monotonic() - began < 4
        assert hostile.asked[JWKS] > 1
        assert hostile.asked["/elsewhere"] == 0


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_without_a_good_one_before_nobody_is_signed_in(body: Callable[[], web.Response]) -> None:
    """J05."""
    async with hostile_house() as (hostile, provider):
        hostile.bodies[JWKS] = body

        with pytest.raises((ProviderGarbled, ProviderDown)):
            await sign_in(provider)


async def test_the_last_good_key_set_is_kept_until_its_greatest_age() -> None:
    """J05."""
    async with hostile_house(ages=Ages(fresh=0, longest=0.3, cooldown=0, pause=0)) as (hostile, provider):
        attempt = make_attempt()
        await sign_in(provider)
        hostile.bodies[JWKS] = lambda: web.Response(status=404)
        await sign_in(provider, attempt)

        await asyncio.sleep(0.4)

        with pytest.raises(ProviderGarbled):
            await sign_in(provider)


# --- J05: keys that nothing is verified with


def _jwk(key: ProviderKey, **changes: object) -> Mapping[str, Any]:
    return {name: value for name, value in {**key.jwk, **changes}.items() if value is not ...}


def _off_curve() -> tuple[ProviderKey, Mapping[str, Any]]:
    key = make_key("ES256")
    return key, _jwk(key, y=key.jwk["x"])


def _unfit() -> dict[str, tuple[ProviderKey, Mapping[str, Any]]]:
    ec, rsa, okp = make_key("ES256"), make_key("RS256"), make_key("EdDSA")
    even = rsa_key("RS256", "first", rsa.private)
    small = small_rsa_key()
    return {
        "RSA of 1,024 bits": (small, small.jwk),
        "an exponent of 1": (rsa, _jwk(rsa, e=octets(1))),
        "an exponent of 3": (rsa, _jwk(rsa, e=octets(3))),
        "an even exponent": (even, _jwk(even, e=octets(65_538))),
        "an endless exponent": (rsa, _jwk(rsa, e=octets(2**4000 + 1))),
        "RSA of 16,384 bits": (rsa, _jwk(rsa, n=octets(2**16_383 + 1))),
        "a point off its curve": _off_curve(),
        "a point at infinity": (ec, _jwk(ec, x="A" * 43, y="A" * 43)),
        "a short coordinate": (ec, _jwk(ec, x="AQ")),
        "another curve": (ec, _jwk(ec, crv="P-384")),
        "another curve's Ed448": (okp, _jwk(okp, crv="Ed448")),
        "Ed25519 of 31 bytes": (okp, _jwk(okp, x="A" * 42)),
        "for encryption": (ec, _jwk(ec, use="enc")),
        "for signing only": (ec, _jwk(ec, key_ops=["sign"])),
        "operations as text": (ec, _jwk(ec, key_ops="verify")),
        "a private half": (ec, _jwk(ec, d="AQ")),
        "a symmetric key": (ec, {"kty": "oct", "k": "c2VjcmV0", "kid": "first"}),
        "no kind": (ec, _jwk(ec, kty=...)),
        "a kind as a list": (ec, _jwk(ec, kty=["EC"])),
        "padded": (ec, _jwk(ec, x=f"{ec.jwk['x']}=")),
        "a number for a coordinate": (ec, _jwk(ec, x=7)),
        "a number for a name": (ec, _jwk(ec, kid=7)),
        "a name of 10 KB": (ec, _jwk(ec, kid="k" * 10_000)),
        "bound to another algorithm": (ec, _jwk(ec, alg="ES384")),
    }


@pytest.mark.parametrize("case", _unfit())
async def test_an_unfit_key_verifies_nothing(case: str) -> None:
    """J05: the token is signed by it, and its name is right."""
    key, jwk = _unfit()[case]
    async with hostile_house() as (hostile, provider):
        hostile.published = [make_key("ES256", "other").jwk, jwk]
        hostile.key = key

        await disbelieved(provider, "id_token_kid")


async def test_a_key_for_another_use_beside_a_good_one_does_no_harm() -> None:
    """J05: sets rightly hold keys for encryption, and of kinds that are not known yet."""
    async with hostile_house() as (hostile, provider):
        other = make_key("RS256", "other")
        hostile.published = [_jwk(other, use="enc"), {"kty": "AKP", "kid": "new"}, hostile.key.jwk]

        with capture_logs() as logs:
            assert (await sign_in(provider)).subject == "subject-1"

        told = next(entry for entry in logs if entry["event"] == "provider.keys_refused")
        assert told["reasons"] == ["kty", "use"]


async def test_two_keys_of_one_name_make_the_set_ambiguous() -> None:
    """J05."""
    async with hostile_house() as (hostile, provider):
        hostile.published = [hostile.key.jwk, make_key("ES256").jwk]

        with pytest.raises(ProviderGarbled):
            await sign_in(provider)


async def test_a_token_without_a_name_is_verified_by_the_only_key_and_never_by_one_of_two() -> None:
    async with hostile_house() as (hostile, provider):
        _leave_unnamed(hostile)
        assert (await sign_in(provider)).subject == "subject-1"
    async with hostile_house() as (hostile, provider):
        _leave_unnamed(hostile)
        hostile.published = [hostile.key.jwk, make_key("ES256", "second").jwk]

        await disbelieved(provider, "id_token_kid")


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "\x00", "k" * 10_000, 7, ["first"], {}])
async def test_the_name_of_a_key_is_looked_up_and_nothing_else(kid: object) -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.header = lambda header: {**header, "kid": kid}

        await disbelieved(provider, "id_token_kid")


def _leave_unnamed(hostile: HostileProvider) -> None:
    hostile.header = lambda header: {name: value for name, value in header.items() if name != "kid"}


def _unsigned(hostile: HostileProvider, kid: str) -> str:
    header = {**hostile.honest_header("logout+jwt"), "kid": kid}
    return hostile.signed_text(json.dumps(header), "{}")
