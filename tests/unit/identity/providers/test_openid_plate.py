"""An OpenID Connect name plate that contradicts itself, or lacks a secret, stops the start and says where."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.errors import ConfigurationError
from gateway.identity.principal import Assurance
from gateway.identity.providers.oidc.jwk import UnfitJwkError, read_jwk
from gateway.identity.providers.oidc.options import read_options
from gateway.identity.providers.plate import AssuranceRule, IdentifierRule
from gateway.schema.country import Country
from tests.support.openid import make_plate, make_provider
from tests.support.openid_keys import make_key

ISSUER = "https://login.example"


def test_a_good_plate_needs_no_options() -> None:
    options = read_options(make_plate())

    assert (options.client_auth, options.userinfo, options.prompt) == ("client_secret_basic", "no", "")
    assert make_provider(ISSUER).plate.id == "seventh"


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("options.clientauth", {"options": {"clientauth": "private_key_jwt"}}),
    ("options.client_auth", {"options": {"client_auth": "client_secret_post"}}),
    ("options.prompt", {"options": {"prompt": "none"}}),
    ("options.scopes_high", {"options": {"scopes_high": 'liveness"'}}),
    ("scopes", {"scopes": ("profile",)}),
    ("ignores", {"ignores": ("cpr",)}),
    ("assurance.claim", {"assurance": AssuranceRule(claim="loa", levels={"a": Assurance.LOW})}),
    ("identifier.claim", {"identifier": IdentifierRule(claim="qid", country=Country.QA)}),
    ("identifier", {"identifier": IdentifierRule(claim="cpr")}),
    ("identifier", {"identifier": IdentifierRule(claim="cpr", country=Country.BH, country_claim="acr")}),
    ("identifier.country_claim", {"identifier": IdentifierRule(claim="cpr", country_claim="state")}),
    ("subject_claim", {"subject_claim": "email"}),
]


@pytest.mark.parametrize(("key", "changes"), WRONG)
def test_a_plate_that_contradicts_itself_is_refused_by_the_name_of_the_key(key: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        make_provider(ISSUER, make_plate(**changes))

    assert wrong.value.field == f"providers.seventh: {key}"


@pytest.mark.parametrize(
    ("key", "secrets", "auth"),
    [
        ("client_id", {"client_secret": "s"}, "client_secret_basic"),
        ("client_id", {"client_id": "", "client_secret": "s"}, "client_secret_basic"),
        ("client_secret", {"client_id": "c"}, "client_secret_basic"),
        ("client_key", {"client_id": "c", "client_secret": "s"}, "private_key_jwt"),
        ("client_key", {"client_id": "c", "client_key": "not a key"}, "private_key_jwt"),
    ],
)
def test_a_missing_secret_is_named(key: str, secrets: dict[str, str], auth: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        make_provider(ISSUER, make_plate(options={"client_auth": auth}), provider_secrets=secrets)

    assert wrong.value.field == f"providers.seventh: secrets.{key}"


def test_a_client_key_of_another_kind_is_refused() -> None:
    key = rsa.generate_private_key(65_537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with pytest.raises(ConfigurationError) as wrong:
        make_provider(
            ISSUER,
            make_plate(options={"client_auth": "private_key_jwt"}),
            provider_secrets={"client_id": "c", "client_key": pem},
        )

    assert "P-256" in str(wrong.value.facts["problem"])
    assert pem not in str(wrong.value)


@pytest.mark.parametrize(
    ("alg", "speaks"),
    [("RS256", {"RS256", "PS256"}), ("ES256", {"ES256"}), ("EdDSA", {"EdDSA", "Ed25519"})],
)
def test_a_key_speaks_the_algorithms_of_its_kind_or_the_one_that_it_names(alg: str, speaks: set[str]) -> None:
    key = make_key(alg)
    message = b"a message"

    read = read_jwk(dict(key.jwk))
    named = read_jwk({**key.jwk, "alg": alg})

    assert read.algorithms == speaks
    # Ed25519 is one algorithm by two names (RFC 9864).
    assert named.algorithms == (speaks if alg == "EdDSA" else {alg})
    assert all(named.verifies(name, message, key.sign(message)) for name in named.algorithms)
    assert not named.verifies(alg, b"another", key.sign(message))
    assert not named.verifies("none", message, b"")


@pytest.mark.parametrize("jwk", [None, [], "key", {}, {"kty": "EC"}, {"kty": "RSA", "n": "", "e": ""}])
def test_what_is_no_key_is_refused(jwk: object) -> None:
    with pytest.raises(UnfitJwkError):
        read_jwk(jwk)
