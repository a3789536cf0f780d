"""Nobody becomes somebody else at the door of Nafath: not by a forged token, nor by one of another sign-in."""

import asyncio
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from gateway.errors import ProviderDown, ProviderGarbled, ProviderLate, SignInError, SignInRejected
from gateway.identity.keys import base64url
from gateway.identity.principal import Assurance
from gateway.identity.providers.nafath import Nafath
from gateway.identity.providers.nafath_token import LEEWAY, LONGEST_LIFE
from gateway.identity.providers.oidc.kept import Ages
from gateway.sandbox.providers.nafath import Request
from gateway.sandbox.providers.nafath_keys import SigningKeys, public_jwk, signed
from gateway.schema.country import Country
from gateway.sdk.sandbox import population
from tests.support.attempts import attempt, now, number, plate
from tests.support.backend import answered, backend
from tests.support.disbelief import disbelieved
from tests.support.nafath import NUMBER, OTHERS, PLATE, RESIDENT, SAUDI, Desk, completed, nafath_desk

MARKUP = "<script>alert(1)</script>\u202e\u2066{{7*7}}"
SOMEBODY_ELSE = next(
    person.identifier
    for person in population(Country.SA).people
    if person.standing == "citizen" and person.identifier != NUMBER
)


def now_and(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


def part(members: object) -> str:
    return base64url(json.dumps(members).encode())


async def test_the_token_of_another_person_is_refused() -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        for name in ("nationalId", "iqamaNumber"):
            desk.stand_in.change = lambda claims, name=name: claims.update({name: SOMEBODY_ELSE})
            with disbelieved("person"):
                await desk.sign_in()


@pytest.mark.parametrize("said", [None, "null", "", 0, True, [NUMBER], {"value": NUMBER}, f"{NUMBER}\u202e", "1"])
async def test_a_token_that_names_nobody_is_refused(said: object) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda claims: claims.update(nationalId=said)
        with disbelieved("person"):
            await desk.sign_in()


async def test_a_token_of_another_sign_in_of_the_same_person_is_refused() -> None:
    """Somebody whose telephone approves one push has not approved the one that a stranger began."""
    async with nafath_desk() as desk:
        first = await desk.push()
        approved = desk.stand_in.decide(SAUDI, "approve")
        token = desk.stand_in.token(approved)
        assert await desk.provider.poll(first)

        second = await desk.push()
        desk.stand_in.answer = lambda _request: completed(token=token)
        with disbelieved("transaction"):
            await desk.provider.poll(second)


@pytest.mark.parametrize("said", [None, "", "null", 7, ["x"]])
async def test_a_token_that_names_no_transaction_is_refused(said: object) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda claims: claims.update(transId=said)
        with disbelieved("transaction"):
            await desk.sign_in()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://nafath.api.elm.sa/"}, "issuer"),
        ({"iss": "https://nafath.example"}, "issuer"),
        ({"iss": ["https://nafath.api.elm.sa"]}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": "bawab"}, "audience"),
        ({"aud": ["bawaba", "another"]}, "audience"),
        ({"aud": None}, "audience"),
        ({"status": "WAITING"}, "status"),
        ({"status": "REJECTED"}, "status"),
        ({"status": None}, "status"),
        ({"ServiceName": "OpenAccount"}, "service"),
        ({"ServiceName": None}, "service"),
    ],
)
async def test_a_token_that_was_not_meant_for_this_sign_in_is_refused(claims: dict[str, object], reason: str) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda said: said.update(claims)
        with disbelieved(reason):
            await desk.sign_in()


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"exp": -LEEWAY - 1, "iat": -LEEWAY}, "life"),
        ({"exp": -LEEWAY, "iat": -LEEWAY}, "life"),
        ({"exp": -LEEWAY - 1, "iat": -LEEWAY - 100}, "clock_behind"),
        ({"iat": LEEWAY + 10}, "clock_ahead"),
        ({"nbf": LEEWAY + 10}, "not_before"),
        ({"iat": -LEEWAY - 10}, "clock_behind"),
        ({"exp": LONGEST_LIFE + 10}, "life"),
    ],
)
async def test_a_token_of_another_time_is_refused(times: dict[str, int], reason: str) -> None:
    """J07, T14, T15."""
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        issued = int(time.time())
        desk.stand_in.change = lambda claims: claims.update({name: issued + at for name, at in times.items()})
        with disbelieved(reason):
            await desk.sign_in()


async def test_a_token_that_was_left_lying_has_expired() -> None:
    """The sign-in is as old as the token, and the token's 150 seconds and the leeway are over."""
    late = [0.0]
    async with nafath_desk(clock=lambda: now_and(late[0])) as desk:
        waiting = await desk.push()
        token = desk.stand_in.token(desk.stand_in.decide(SAUDI, "approve"))
        desk.stand_in.answer = lambda _request: completed(token=token)
        assert await desk.provider.poll(waiting)

        late[0] = 150 + LEEWAY + 1
        with disbelieved("expired"):
            await desk.provider.poll(waiting)


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize("said", ["1700000000", True, -1, 0, 1.5, None, [1]])
async def test_a_time_that_is_no_time_is_refused(name: str, said: object) -> None:
    """T14."""
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda claims: claims.update({name: said})
        with disbelieved("times"):
            await desk.sign_in()


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


async def test_the_push_of_one_person_cannot_be_asked_about_as_another_s() -> None:
    async with nafath_desk() as desk:
        waiting = await desk.push()
        resident = await desk.push(identifier=number(Country.SA, RESIDENT))
        desk.stand_in.decide(SAUDI, "approve")
        assert await desk.provider.poll(waiting)

        swapped = attempt(PLATE, identifier=resident.identifier, memory=waiting.memory)
        with disbelieved("status_refused"):
            await desk.provider.poll(swapped)


async def test_keys_of_the_application_that_nafath_does_not_know_are_the_operators_affair() -> None:
    async with nafath_desk() as desk:
        waiting = await desk.push()
        desk.stand_in.secrets = {"app_id": "other", "app_key": "other"}
        with disbelieved("client_refused"):
            await desk.push()
        with disbelieved("client_refused"):
            await desk.provider.poll(waiting)


async def test_names_with_markup_and_marks_of_direction_are_neither_kept_nor_logged() -> None:
    """L01."""
    names = ("firstName", "lastName", "englishFirstName", "nationalityDesc", "nationalAddress", "sub", "invented")

    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(dict.fromkeys(names, MARKUP))
        with capture_logs() as lines:
            evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.assurance is Assurance.HIGH
    for word in ("script", "\u202e", "{{"):
        assert word not in repr(lines) + repr(evidence)


async def test_neither_number_nor_token_nor_key_is_logged_when_a_sign_in_fails() -> None:
    """L01."""
    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(nationalId=SOMEBODY_ELSE)
        with capture_logs() as lines, pytest.raises(ProviderGarbled):
            await desk.sign_in()

    assert lines
    for secret in (NUMBER, SOMEBODY_ELSE, "eyJ", *desk.stand_in.secrets.values()):
        assert secret not in repr(lines)


async def test_a_provider_that_is_down_is_said_by_name_and_found_again_without_a_restart() -> None:
    """J03."""
    async with nafath_desk() as desk:
        waiting = await desk.push()
        desk.stand_in.decide(SAUDI, "approve")
        desk.stand_in.behave(down=True)
        for _ in range(8):
            with pytest.raises(ProviderDown) as problem:
                await desk.provider.poll(waiting)
            assert problem.value.facts == {"provider": PLATE}
        with pytest.raises(ProviderDown):
            await desk.push()

        desk.stand_in.behave()
        await asyncio.sleep(2.1)
        assert await desk.provider.poll(waiting)


async def test_a_slow_provider_is_waited_for_no_longer_than_its_plate_says_and_holds_up_no_other() -> None:
    """J04."""
    async with nafath_desk(timeout_ms=300) as slow, nafath_desk() as quick:
        slow.stand_in.behave(seconds=60)

        async def late() -> float:
            began = time.monotonic()
            with pytest.raises(ProviderLate):
                await slow.push()
            return time.monotonic() - began

        waited, evidence = await asyncio.gather(late(), quick.sign_in())

    assert waited < 1.5
    assert evidence is not None


async def test_a_push_is_sent_once_even_when_its_answer_is_lost() -> None:
    """A person must not get two numbers for one sign-in: the request is not repeated."""
    async with backend(b"") as system:
        secrets = {"app_id": "a", "app_key": "b"}
        provider = Nafath(plate(PLATE, timeout_ms=200), {"main": system.url}, secrets, now)
        with pytest.raises(ProviderLate):
            await provider.begin(attempt(PLATE, identifier=number(Country.SA, NUMBER)))
        await provider.close()

        assert len(system.requests) == 1


async def test_a_refused_sign_in_can_be_begun_again() -> None:
    async with nafath_desk() as desk:
        for decision in ("decline", "wrong", "expire"):
            with pytest.raises(SignInRejected):
                await desk.sign_in(decision)

        assert await desk.sign_in()


async def test_a_sign_in_with_another_provider_is_not_polled_here() -> None:
    async with nafath_desk() as desk:
        with pytest.raises(SignInError):
            await desk.provider.poll(attempt("kw-mobile-id", memory={"reference": "x"}))
