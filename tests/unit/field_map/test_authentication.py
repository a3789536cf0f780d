"""A map proves who asks by one of a closed list of schemes; secrets stand where they belong and nowhere else."""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.errors import BackendGarbled, BackendRefused, ConfigurationError
from gateway.field_map import build
from gateway.schema import Country
from gateway.sdk import Connection, Gate, Inbox
from tests.support.mapped import NOW, PERMIT, PERMITS, ask, changed, parsed, played, reply

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ANSWER = reply({"permits": [PERMIT]})
UNAUTHORIZED = reply({}, 401)


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


SECRETS = {
    "key": "k-1",
    "user": "gateway",
    "password": "p:1",
    "id": "client 1",
    "secret": "s+1",
    "audience": "https://auth.example.om",
    "kid": "k1",
    "pem": pem(KEY),
}
CLIENT = {
    "scheme": "client_credentials",
    "endpoint": "auth",
    "path": "/token",
    "client_id": "id",
    "client_secret": "secret",
    "scope": "read more",
}
ASSERTION = {
    "scheme": "jwt_assertion",
    "endpoint": "auth",
    "path": "/token",
    "client_id": "id",
    "audience": "audience",
    "key_id": "kid",
    "private_key": "pem",
}


def token(value: str = "t-1") -> bytes:
    return reply({"access_token": value, "token_type": "Bearer", "expires_in": 300})


def proven(scheme: dict[str, Any]) -> dict[str, Any]:
    return changed(PERMITS, authentication=scheme)


def basic(header: str) -> str:
    return b64decode(header.removeprefix("Basic ")).decode()


async def test_nothing_is_sent_where_nothing_is_said() -> None:
    async with played(PERMITS, ANSWER, secrets=SECRETS) as adapter:
        await adapter.ask(ask())

    assert "authorization" not in adapter.headers(0)


async def test_a_key_stands_in_its_header() -> None:
    scheme = {"scheme": "api_key", "header": "X-Api-Key", "secret": "key"}
    async with played(proven(scheme), ANSWER, secrets=SECRETS) as adapter:
        await adapter.ask(ask())

    assert adapter.headers(0)["x-api-key"] == "k-1"


async def test_user_and_password_are_basic() -> None:
    scheme = {"scheme": "basic", "user": "user", "password": "password"}
    async with played(proven(scheme), ANSWER, secrets=SECRETS) as adapter:
        await adapter.ask(ask())

    assert basic(adapter.headers(0)["authorization"]) == "gateway:p:1"


async def test_without_a_token_a_401_is_a_refusal() -> None:
    async with played(PERMITS, UNAUTHORIZED) as adapter:
        with pytest.raises(BackendRefused):
            await adapter.ask(ask())

    assert len(adapter.requests) == 1


async def test_client_credentials_buy_one_token_for_many_calls() -> None:
    async with played(proven(CLIENT), token(), ANSWER, secrets=SECRETS) as adapter:
        await adapter.ask(ask())
        await adapter.ask(ask())

    assert adapter.lines[0] == "POST /token HTTP/1.1"
    assert basic(adapter.headers(0)["authorization"]) == "client+1:s%2B1"
    assert parse_qs(adapter.requests[0].body.decode()) == {"grant_type": ["client_credentials"], "scope": ["read more"]}
    assert [adapter.headers(number)["authorization"] for number in (1, 2)] == ["Bearer t-1"] * 2


async def test_client_credentials_may_stand_in_the_body() -> None:
    scheme = {**CLIENT, "sent": "body", "scope": ""}
    async with played(proven(scheme), token(), ANSWER, secrets=SECRETS) as adapter:
        await adapter.ask(ask())

    assert "authorization" not in adapter.headers(0)
    assert parse_qs(adapter.requests[0].body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client 1"],
        "client_secret": ["s+1"],
    }


async def test_a_token_that_is_refused_is_replaced_once() -> None:
    async with played(proven(CLIENT), token(), UNAUTHORIZED, token("t-2"), ANSWER, secrets=SECRETS) as adapter:
        assert len(await adapter.ask(ask())) == 1

    assert adapter.headers(3)["authorization"] == "Bearer t-2"


async def test_a_token_that_is_refused_again_is_a_refusal() -> None:
    replies = (token(), UNAUTHORIZED, token("t-2"), UNAUTHORIZED)
    async with played(proven(CLIENT), *replies, secrets=SECRETS) as adapter:
        with pytest.raises(BackendRefused):
            await adapter.ask(ask())


async def test_an_assertion_is_signed_anew_for_each_exchange_and_used_once() -> None:
    """The first may have been used up on the way: a second try is another assertion."""
    async with played(proven(ASSERTION), reply({}, 503), token(), ANSWER, secrets=SECRETS) as adapter:
        await adapter.ask(ask())

    forms = [parse_qs(adapter.requests[number].body.decode()) for number in (0, 1)]
    assert forms[0]["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    read = [
        jwt.decode(
            form["assertion"][0],
            PUBLIC,
            ["ES256"],
            audience="https://auth.example.om",
            options={"verify_exp": False, "verify_iat": False},
        )
        for form in forms
    ]
    assert {claims["iss"] for claims in read} == {claims["sub"] for claims in read} == {"client 1"}
    assert [claims["exp"] - claims["iat"] for claims in read] == [60, 60]
    assert read[0]["jti"] != read[1]["jti"]
    assert jwt.get_unverified_header(forms[0]["assertion"][0])["kid"] == "k1"


async def test_a_token_that_is_none_is_not_sent() -> None:
    bad = reply({"access_token": "t\r\nX: y", "token_type": "Bearer", "expires_in": 300})
    async with played(proven(CLIENT), bad, secrets=SECRETS) as adapter:
        with pytest.raises(BackendGarbled):
            await adapter.ask(ask())

    assert len(adapter.requests) == 1


@pytest.mark.parametrize(
    ("scheme", "secret", "value", "key"),
    [
        (ASSERTION, "pem", "no key at all", "private_key"),
        (ASSERTION, "pem", pem(ec.generate_private_key(ec.SECP384R1())), "private_key"),
        (ASSERTION, "pem", pem(rsa.generate_private_key(65537, 2048)), "private_key"),
        ({"scheme": "api_key", "header": "X-Api-Key", "secret": "key"}, "key", "k\r\nX: y", "secret"),
    ],
)
async def test_a_secret_of_no_use_is_named_and_not_repeated(
    scheme: dict[str, Any], secret: str, value: str, key: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        async with played(proven(scheme), ANSWER, secrets={**SECRETS, secret: value}):
            pass

    assert refusal.value.field == f"services.fishing-permits.map.authentication.{key}"
    assert value not in str(refusal.value)


async def test_maps_that_prove_themselves_alike_share_their_token() -> None:
    gates = {name: Gate("om_fisheries", "http://127.0.0.1:9") for name in ("auth", "permits")}
    connection = Connection(gates, SECRETS, Inbox("http://127.0.0.1"), lambda: NOW)
    maps = {"one": parsed(proven(CLIENT)), "two": parsed(proven(CLIENT)), "three": parsed(proven(ASSERTION))}

    _, lookups = build(maps, dict.fromkeys(maps, "evidence"), Country.OM, connection)

    provers = {name: lookup._fetcher._authenticator for name, lookup in lookups.items()}  # type: ignore[attr-defined]
    assert provers["one"] is provers["two"] is not provers["three"]
