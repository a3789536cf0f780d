"""A provider that holds real keys is believed in nothing that it may not say: attacks O01, O03 and J07."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from structlog.testing import capture_logs

from gateway.errors import ProviderGarbled
from gateway.identity.keys import base64url
from gateway.identity.principal import Assurance
from tests.support.hostile_provider import CLIENT
from tests.support.openid import disbelieved, hostile_house, make_attempt, make_plate, make_provider, sign_in
from tests.support.openid_keys import make_key

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
Bend = Callable[[dict[str, Any]], Any]


def says(**changes: object) -> Bend:
    """The claims, or the header, with some that differ; ``...`` leaves one out."""

    def bend(members: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**members, **changes}.items() if value is not ...}

    return bend


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_a_good_token_of_each_algorithm_is_believed(alg: str) -> None:
    async with hostile_house(alg) as (_, provider):
        assert (await sign_in(provider)).subject == "subject-1"


# --- claims: each is refused by the rule of its name, and by no other

CLAIMS: list[tuple[str, str, dict[str, Any]]] = [
    ("another issuer", "issuer", {"iss": "https://evil.example"}),
    ("the issuer with a slash more", "issuer", {"iss": "http://127.0.0.1/"}),
    ("another audience", "audience", {"aud": "another", "azp": CLIENT}),
    ("an audience that begins like ours", "audience", {"aud": f"{CLIENT}-two", "azp": CLIENT}),
    ("several audiences and no authorised party", "authorised_party", {"aud": [CLIENT, "another"]}),
    ("another authorised party", "authorised_party", {"azp": "another"}),
    ("several audiences, made for the other", "authorised_party", {"aud": [CLIENT, "another"], "azp": "another"}),
    ("no nonce", "nonce", {"nonce": ...}),
    ("another nonce", "nonce", {"nonce": "another"}),
    ("another access token's hash", "at_hash", {"at_hash": base64url(b"0" * 16)}),
    ("no subject", "subject", {"sub": ...}),
    ("the events of a logout token", "events", {"events": {}}),
]


@pytest.mark.parametrize(("rule", "claims"), [each[1:] for each in CLAIMS], ids=[each[0] for each in CLAIMS])
async def test_a_wrong_claim_is_refused_by_the_rule_of_its_name(rule: str, claims: dict[str, Any]) -> None:
    """O01, O03."""
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.claims = says(**claims)

        await disbelieved(provider, f"id_token_{rule}")

        if rule != "subject":
            careless = make_provider(hostile.url, without=rule)
            assert (await sign_in(careless)).issuer
            await careless.close()


MALFORMED: list[tuple[str, Any]] = [
    ("exp", "1999999999"),
    ("exp", True),
    ("exp", None),
    ("exp", ...),
    ("exp", -1),
    ("exp", 2**62),
    ("iat", "now"),
    ("iat", ...),
    ("nbf", [1]),
    ("auth_time", "yesterday"),
    ("iss", ["https://evil.example"]),
    ("aud", []),
    ("aud", ...),
    ("aud", {"0": CLIENT}),
    ("aud", [CLIENT, CLIENT]),
    ("aud", [CLIENT, 1]),
    ("azp", [CLIENT]),
    ("nonce", 0),
    ("at_hash", None),
    ("sub", ""),
    ("sub", 7),
    ("sub", "s" * 256),
    ("sub", "two\nlines"),
    ("sub", "\u202egnimraH"),
    ("sub", "<script>alert(1)</script>\x00"),
    ("sid", {"a": 1}),
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
async def test_a_claim_of_another_type_is_refused(name: str, value: object) -> None:
    """O01."""
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.claims = says(**{name: value})

        await disbelieved(provider, "id_token_types")


async def test_the_audience_may_be_a_list_and_others_may_be_in_it_when_we_are_the_authorised_party() -> None:
    async with hostile_house() as (hostile, provider):
        for claims in ({"aud": [CLIENT]}, {"aud": [CLIENT, "another"], "azp": CLIENT}, {"azp": CLIENT}):
            hostile.claims = says(**claims)
            assert (await sign_in(provider)).subject == "subject-1"


async def test_times_may_have_a_fraction_and_a_hash_may_be_left_out() -> None:
    async with hostile_house() as (hostile, provider):
        now = time.time()
        hostile.claims = says(iat=now, exp=now + 60.5, auth_time=now - 0.25, at_hash=..., sid=...)

        evidence = await sign_in(provider)

        assert evidence.authenticated_at == datetime.fromtimestamp(int(now - 0.25), UTC)
        assert evidence.provider_session is None


# --- headers and algorithms


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "application/at+jwt", "dpop+jwt", "", 7, None])
async def test_a_token_of_another_type_is_no_id_token(typ: object) -> None:
    """O01: signed by the same key, for the same audience."""
    async with hostile_house() as (hostile, provider):
        for fine in ("JWT", "jwt", "application/jwt", ...):
            hostile.header = says(typ=fine)
            await sign_in(provider)
        hostile.header = says(typ=typ)
        if typ is None:
            # A null is the same as nothing to a reader in Python, and there is nothing to be gained by it.
            assert (await sign_in(provider)).subject
            return

        await disbelieved(provider, "id_token_typ")


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS512", "ES384", "PS256", "", 0, None, ["ES256"]])
async def test_an_algorithm_that_the_plate_does_not_list_is_refused(alg: object) -> None:
    """O01: the algorithm changes."""
    async with hostile_house(plate=make_plate(algorithms=("ES256",))) as (hostile, provider):
        await sign_in(provider)
        hostile.header = says(alg=alg)

        await disbelieved(provider, "id_token_alg")


async def test_a_mac_under_the_public_key_is_refused() -> None:
    """O01: what everybody can read must not serve as a secret."""
    async with hostile_house("RS256") as (hostile, provider):
        await sign_in(provider)
        pem = jwt.algorithms.RSAAlgorithm.from_jwk(dict(hostile.key.jwk))
        hostile.write = lambda header, claims: _mac({**header, "alg": "HS256"}, claims, repr(pem).encode())

        await disbelieved(provider, "id_token_alg")


@pytest.mark.parametrize(("signs", "says_alg"), [("RS256", "PS256"), ("PS256", "RS256")])
async def test_a_key_that_is_bound_to_one_algorithm_speaks_no_other(signs: str, says_alg: str) -> None:
    """O01: both are of RSA, both are on the plate, and the token is rightly signed."""
    async with hostile_house(signs) as (hostile, provider):
        hostile.published = [{**hostile.key.jwk, "alg": signs}]
        await sign_in(provider)
        hostile.write = lambda header, claims: hostile.signed_text(
            json.dumps({**header, "alg": says_alg}), json.dumps(claims), says_alg
        )

        await disbelieved(provider, "id_token_key_alg")


@pytest.mark.parametrize("says_alg", ["RS256", "EdDSA"])
async def test_a_key_of_another_kind_is_not_tried(says_alg: str) -> None:
    """O01."""
    async with hostile_house("ES256") as (hostile, provider):
        await sign_in(provider)
        hostile.header = says(alg=says_alg)

        await disbelieved(provider, "id_token_key_alg")


async def test_a_signature_by_another_key_or_of_other_bytes_is_refused() -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        stranger = make_key("ES256")
        honest = hostile.key
        hostile.published = [honest.jwk]
        hostile.key = stranger
        await disbelieved(provider, "id_token_signature")

        hostile.key = honest
        hostile.write = lambda header, claims: _flipped(hostile.signed(header, claims))
        await disbelieved(provider, "id_token_signature")


@pytest.mark.parametrize("name", ["crit", "b64", "zip"])
async def test_what_changes_the_meaning_of_a_header_is_refused(name: str) -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.header = says(**{name: {"crit": ["exp"], "b64": False, "zip": "DEF"}[name]})

        await disbelieved(provider, "id_token_crit")


async def test_addresses_and_keys_in_a_header_are_not_looked_at() -> None:
    async with hostile_house() as (hostile, provider):
        stranger = make_key("ES256")
        hostile.header = says(jku=f"{hostile.url}/elsewhere", x5u=f"{hostile.url}/elsewhere", jwk=dict(stranger.jwk))
        await sign_in(provider)
        hostile.published = [hostile.key.jwk]
        hostile.key = stranger

        await disbelieved(provider, "id_token_signature")

        assert hostile.asked["/elsewhere"] == 0


# --- who the person is


async def test_a_lower_level_than_was_asked_for_is_told_as_it_is() -> None:
    """O01: the evidence carries the level that the provider reached, and an unknown one is low."""
    async with hostile_house() as (hostile, provider):
        attempt = make_attempt(wanted=Assurance.HIGH)
        assert (await sign_in(provider, attempt)).assurance is Assurance.HIGH

        for said, level in (("mid", Assurance.SUBSTANTIAL), ("HIGH", Assurance.LOW), (["high"], Assurance.LOW)):
            hostile.claims = says(acr=said)
            evidence = await sign_in(provider, make_attempt(wanted=Assurance.HIGH))
            assert evidence.assurance is level
            assert (evidence.identifier is None) == (level is Assurance.LOW)


@pytest.mark.parametrize("number", ["123", "01034557O", "0103\u202e45570", "<b>010345570</b>", 10345570, ["010345570"]])
async def test_a_number_that_the_state_would_not_issue_is_refused(number: object) -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.claims = says(cpr=number)

        await disbelieved(provider, "identifier")


async def test_names_with_markup_or_turned_letters_reach_nothing() -> None:
    """O01: what the plate does not accept is not read, whatever it holds."""
    async with hostile_house() as (hostile, provider):
        good = await sign_in(provider, same := make_attempt())
        hostile.claims = says(name="<script>alert(1)</script>", given_name="\u202egnimraH\x00", cpr_country="XX")

        with capture_logs() as logs:
            bent = await sign_in(provider, make_attempt(nonce=same.nonce))

        assert (bent.subject, bent.identifier, bent.assurance) == (good.subject, good.identifier, good.assurance)
        assert "script" not in str(logs)
        assert {"provider": "seventh", "claims": 2, "event": "provider.claims_unknown", "log_level": "info"} in logs


# --- clocks


@pytest.mark.parametrize("ahead", [-120, -90, 0, 90, 120])
async def test_a_clock_that_is_two_minutes_off_is_forgiven(ahead: int) -> None:
    """J07. The clock stands still, so that a slow machine decides nothing."""
    moment = datetime.now(UTC)
    async with hostile_house(clock=lambda: moment) as (hostile, provider):
        hostile.claims = _at(moment + timedelta(seconds=ahead))

        evidence = await sign_in(provider, make_attempt(lambda: moment))

        assert evidence.subject == "subject-1"


@pytest.mark.parametrize(("ahead", "rule"), [(-600, "clock_behind"), (600, "clock_ahead"), (86_400, "clock_ahead")])
async def test_a_clock_that_is_ten_minutes_off_is_told_to_the_operators(ahead: int, rule: str) -> None:
    """J07."""
    moment = datetime.now(UTC)
    async with hostile_house(clock=lambda: moment) as (hostile, provider):
        hostile.claims = _at(moment)
        await sign_in(provider, make_attempt(lambda: moment))
        hostile.claims = _at(moment + timedelta(seconds=ahead), life=86_400)

        with capture_logs() as logs, pytest.raises(ProviderGarbled):
            await sign_in(provider, make_attempt(lambda: moment))

        alert = next(entry for entry in logs if entry["event"] == "provider.clock_differs")
        assert alert["log_level"] == "error"
        assert alert["rule"] == rule
        assert abs(alert["seconds_ahead"] - ahead) <= 1


@pytest.mark.parametrize(("rule", "claim", "seconds"), [("expired", "exp", -121), ("not_before", "nbf", 122)])
async def test_a_token_is_good_neither_before_nor_after_its_time(rule: str, claim: str, seconds: int) -> None:
    moment = datetime.now(UTC)
    now = int(moment.timestamp())
    async with hostile_house(clock=lambda: moment) as (hostile, provider):
        hostile.claims = says(**{claim: now + (-88 if seconds < 0 else 89)})
        await sign_in(provider, make_attempt(lambda: moment))
        hostile.claims = says(**{claim: now + seconds})

        await disbelieved(provider, f"id_token_{rule}", make_attempt(lambda: moment))

        careless = make_provider(hostile.url, clock=lambda: moment, without=rule)
        assert (await sign_in(careless, make_attempt(lambda: moment))).subject
        await careless.close()


def _at(moment: datetime, life: int = 300) -> Bend:
    now = int(moment.timestamp())
    return says(iat=now, auth_time=now, exp=now + life)


def _flipped(token: str) -> str:
    """One bit of the claims is another, and the token still reads well."""
    header, payload, signature = token.split(".")
    claims = jwt.utils.base64url_decode(payload).replace(b"subject-1", b"subject-3")
    return f"{header}.{base64url(claims)}.{signature}"


def _mac(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    signing_input = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"
    mac = jwt.get_algorithm_by_name("HS256").sign(signing_input.encode(), secret)
    return f"{signing_input}.{base64url(mac)}"
