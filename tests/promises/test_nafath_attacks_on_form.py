"""No key but the keys of Nafath, and no answer that could be read in two ways, signs anybody in."""

import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import ProviderGarbled
from gateway.identity.keys import base64url
from gateway.identity.providers.nafath import Nafath
from gateway.identity.providers.oidc.kept import Ages
from gateway.sandbox.providers.nafath import Request
from gateway.sandbox.providers.nafath_keys import SigningKeys, public_jwk, signed
from gateway.schema.country import Country
from tests.support.attempts import attempt, now, number, plate
from tests.support.backend import answered, backend
from tests.support.disbelief import disbelieved
from tests.support.nafath import NUMBER, OTHERS, PLATE, SOMEBODY_ELSE, Desk, completed, nafath_desk


def part(members: object) -> str:
    return base64url(json.dumps(members).encode())


def none_token(desk: Desk, request: Request) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(desk.stand_in.claims(request))}."


def unsigned_token(desk: Desk, request: Request) -> str:
    kid, _ = desk.stand_in.keys.current
    return f"{part({'alg': 'RS256', 'kid': kid})}.{part(desk.stand_in.claims(request))}.AAAA"


def mac_token(desk: Desk, request: Request) -> str:
    """T02: the public key, which is no secret, as one."""
    kid, key = desk.stand_in.keys.current
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = f"{part({'alg': 'HS256', 'kid': kid})}.{part(desk.stand_in.claims(request))}"
    return f"{signing_input}.{base64url(hmac.digest(pem, signing_input.encode(), 'sha256'))}"


def other_key_token(desk: Desk, request: Request) -> str:
    """Another's signature under the name of a key of Nafath's."""
    kid, _ = desk.stand_in.keys.current
    claims = json.dumps(desk.stand_in.claims(request)).encode()
    return signed({"alg": "RS256", "kid": kid}, claims, OTHERS.current[1])


def own_key_token(desk: Desk, request: Request) -> str:
    """T07: the key that signed it comes along."""
    kid, key = "the-attacker-s", OTHERS.current[1]
    header = {"alg": "RS256", "kid": kid, "jwk": public_jwk(kid, key), "jku": "http://127.0.0.1:9/keys"}
    return signed(header, json.dumps(desk.stand_in.claims(request)).encode(), key)


def other_algorithm_token(desk: Desk, request: Request) -> str:
    return desk.stand_in.keys.sign(desk.stand_in.claims(request), {"alg": "PS256"})


def critical_token(desk: Desk, request: Request) -> str:
    return desk.stand_in.keys.sign(desk.stand_in.claims(request), {"crit": ["exp"]})


def logout_token(desk: Desk, request: Request) -> str:
    return desk.stand_in.keys.sign(desk.stand_in.claims(request), {"typ": "logout+jwt"})


def twice_token(desk: Desk, request: Request) -> str:
    """T16: a claim twice, the second time what is wanted."""
    kid, key = desk.stand_in.keys.current
    claims = json.dumps({**desk.stand_in.claims(request), "nationalId": SOMEBODY_ELSE})
    payload = claims[:-1] + f', "nationalId": "{NUMBER}"' + "}"
    return signed({"alg": "RS256", "kid": kid}, payload.encode(), key)


def deep_token(desk: Desk, request: Request) -> str:
    """T18."""
    kid, key = desk.stand_in.keys.current
    return signed({"alg": "RS256", "kid": kid}, b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", key)


def large_token(desk: Desk, request: Request) -> str:
    """T17."""
    return desk.stand_in.keys.sign({**desk.stand_in.claims(request), "x": "y" * 100_000})


def list_token(desk: Desk, request: Request) -> str:
    """T19."""
    kid, key = desk.stand_in.keys.current
    return signed({"alg": "RS256", "kid": kid}, json.dumps([desk.stand_in.claims(request)]).encode(), key)


def padded_token(desk: Desk, request: Request) -> str:
    """T20."""
    return desk.stand_in.keys.sign(desk.stand_in.claims(request)) + "="


def bent_token(desk: Desk, request: Request) -> str:
    """T05: the claims of one token under the signature of another."""
    kept = desk.stand_in.keys.sign(desk.stand_in.claims(request))
    header, _, signature = kept.split(".")
    return f"{header}.{part({**desk.stand_in.claims(request), 'nationalId': NUMBER, 'x': 1})}.{signature}"


@pytest.mark.parametrize(
    ("forge", "reasons"),
    [
        (none_token, {"alphabet", "alg"}),
        (unsigned_token, {"signature"}),
        (mac_token, {"alg"}),
        (other_key_token, {"signature"}),
        (own_key_token, {"kid"}),
        (other_algorithm_token, {"alg"}),
        (critical_token, {"crit"}),
        (logout_token, {"typ"}),
        (twice_token, {"duplicate_key"}),
        (deep_token, {"json_too_deep"}),
        (large_token, {"token_missing"}),
        (list_token, {"claims_form"}),
        (padded_token, {"alphabet"}),
        (bent_token, {"signature"}),
        (lambda _desk, _request: "", {"token_missing"}),
        (lambda _desk, _request: "a.b", {"segments"}),
        (lambda _desk, _request: "\u202e.b.c", {"token_missing"}),
    ],
)
async def test_a_forged_token_is_refused(forge: Callable[[Desk, Request], str], reasons: set[str]) -> None:
    """T01 to T20: no algorithm but RS256, no key but Nafath's, nothing that could be read in two ways."""
    async with nafath_desk(ages=Ages(cooldown=0)) as desk:
        assert await desk.sign_in()
        desk.stand_in.forge = lambda request: forge(desk, request)
        with disbelieved(*reasons):
            await desk.sign_in()


async def test_a_yes_without_a_token_is_no_yes() -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.answer = lambda request: completed(nationalId=NUMBER, transId=request.transaction)
        with disbelieved("token_missing"):
            await desk.sign_in()


@pytest.mark.parametrize("token", [None, 7, ["a.b.c"], {"token": "a.b.c"}])
async def test_a_token_that_is_no_text_is_refused(token: object) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.answer = lambda _request: completed(token=token)
        with disbelieved("token_missing"):
            await desk.sign_in()


@pytest.mark.parametrize("status", ["completed", "OK", "", None, 1, True, ["COMPLETED"], "COMPLETED\u202e"])
async def test_a_status_that_is_none_of_the_four_is_refused(status: object) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.answer = lambda _request: json.dumps({"status": status}).encode()
        with disbelieved("status"):
            await desk.sign_in()


@pytest.mark.parametrize(
    "body",
    [
        b'{"status": "REJECTED", "status": "COMPLETED"}',
        b"[" * 50_000,
        b'{"status": "WAITING", "x": NaN}',
        b'\xef\xbb\xbf{"status": "WAITING"}',
        b"WAITING",
        b'["WAITING"]',
        b'{"status": "WAITING", "x": "' + b"y" * 2_000_000 + b'"}',
    ],
    ids=["a name twice", "endless lists", "not a number", "byte order mark", "a word", "a list", "two megabytes"],
)
async def test_a_status_answer_that_cannot_be_read_in_one_way_is_not_believed(body: bytes) -> None:
    """O01, P04."""
    async with nafath_desk() as desk:
        waiting = await desk.push()
        assert await desk.provider.poll(waiting) is None
        desk.stand_in.answer = lambda _request: body
        with pytest.raises(ProviderGarbled):
            await desk.provider.poll(waiting)


@pytest.mark.parametrize("bits", [1024, 2040])
async def test_a_key_below_2048_bits_signs_nothing(bits: int) -> None:
    """J05."""
    async with nafath_desk() as desk:
        desk.stand_in.keys = SigningKeys(bits)
        with disbelieved("jwks_no_fit_key"):
            await desk.sign_in()


async def test_keys_that_are_none_do_not_take_the_place_of_those_that_were_good() -> None:
    """J05: the last good set is kept while the provider publishes rubbish."""
    async with nafath_desk(ages=Ages(fresh=0, pause=0)) as desk:
        assert await desk.sign_in()
        for rubbish in (b"", b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "AAAA"}]}', b"[" * 90_000, b"<html>"):
            desk.stand_in.keys_body = rubbish
            assert await desk.sign_in()
        assert desk.stand_in.keys_asked >= 6


async def test_a_flood_of_tokens_under_unknown_names_fetches_the_keys_once() -> None:
    """J02."""
    async with nafath_desk(ages=Ages(cooldown=60)) as desk:
        assert await desk.sign_in()
        asked = desk.stand_in.keys_asked
        desk.stand_in.forge = lambda request: own_key_token(desk, request)
        for _ in range(20):
            with pytest.raises(ProviderGarbled):
                await desk.sign_in()
        assert desk.stand_in.keys_asked == asked + 1

        desk.stand_in.forge = None
        assert await desk.sign_in()


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"random": "47"}, "transaction"),
        ({"transId": "1", "random": "47"}, "transaction"),
        ({"transId": "../../status", "random": "47"}, "transaction"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e"}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": "7"}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": "07"}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": "147"}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": 47}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": "<b>47</b>"}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": "\u202e47"}, "number"),
        ({"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e", "random": "٤٧"}, "number"),
    ],
)
async def test_a_number_that_a_page_could_not_plainly_show_is_not_shown(
    members: dict[str, object], reason: str
) -> None:
    """F01."""
    body = json.dumps(members).encode()
    asked = attempt(PLATE, identifier=number(Country.SA, NUMBER))

    async with backend(answered(body, status=b"201 Created")) as system:
        provider = Nafath(plate(PLATE), {"main": system.url}, {"app_id": "a", "app_key": "b"}, now)
        with disbelieved(reason):
            await provider.begin(asked)
        await provider.close()
