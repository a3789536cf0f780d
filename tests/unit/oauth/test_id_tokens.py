"""An ID token is for one program, of a type of its own, and what it is taken back for is only what we signed."""

import base64
import hashlib
from typing import Any

import jwt
import orjson
import pytest

from gateway.identity.keys import Algorithm, KeyRing, SigningKey, base64url
from gateway.identity.strict import TokenError
from gateway.identity.vault import Finder
from gateway.oauth.id_tokens import IdTokens
from gateway.oauth.pairwise import Pairwise
from tests.support.grants import a_grant
from tests.support.programs import confidential, public

ISSUER, NOW = "https://bawaba.example", 1_800_000_000
FINDER = Finder(bytes(range(32)))


def makers(alg: Algorithm = "ES256", issuer: str = ISSUER, ring: KeyRing | None = None) -> tuple[KeyRing, IdTokens]:
    """A ring, and who signs with it."""
    ring = ring or KeyRing(SigningKey.generate(alg))
    return ring, IdTokens(ring, Pairwise(FINDER), issuer=issuer, clock=lambda: NOW)


def read(ring: KeyRing, token: str) -> dict[str, Any]:
    """The claims, verified by a library that is not ours; its clock is another."""
    key = ring.current
    claims: dict[str, Any] = jwt.decode(
        token, key.public, [key.alg], audience="kw-moi-app", options={"verify_exp": False, "verify_iat": False}
    )
    return claims


@pytest.mark.parametrize(("alg", "hasher"), [("ES256", hashlib.sha256), ("EdDSA", hashlib.sha512)])
def test_it_is_tied_to_the_access_token_by_the_hash_of_its_algorithm(alg: Algorithm, hasher: Any) -> None:
    ring, makes = makers(alg)
    token = makes.sign(a_grant(now=NOW), confidential(), nonce="n", access_token="an.access.token")

    digest = hasher(b"an.access.token").digest()
    assert read(ring, token)["at_hash"] == base64url(digest[: len(digest) // 2])


def test_it_names_the_sign_in_and_not_the_moment() -> None:
    ring, makes = makers()
    grant = a_grant(now=NOW)
    claims = read(ring, makes.sign(grant, confidential(), nonce=None, access_token="x"))

    assert (claims["auth_time"], claims["acr"], claims["sid"]) == (NOW - 30, "high", grant.id)
    assert (claims["iss"], claims["iat"], claims["exp"]) == (ISSUER, NOW, NOW + 300)
    assert "nonce" not in claims


def test_programs_of_one_agency_know_a_person_by_one_name_and_others_by_another() -> None:
    pairwise = Pairwise(FINDER)
    names = [pairwise.of(client, "person") for client in (confidential(), confidential(client_id="kw-two"), public())]

    assert names[0] == names[1] != names[2]
    assert pairwise.of(confidential(), "other") != names[0]
    assert "person" not in names[0]


def test_it_is_taken_back_whenever_it_expired() -> None:
    ring, makes = makers()
    grant = a_grant(now=NOW)
    token = makes.sign(grant, confidential(), nonce=None, access_token="x")
    later = IdTokens(ring, Pairwise(FINDER), issuer=ISSUER, clock=lambda: NOW + 10**7)

    hint = later.read_hint(token)
    assert (hint.client_id, hint.grant_id) == ("kw-moi-app", grant.id)


GOOD: dict[str, Any] = {"iss": ISSUER, "aud": "kw-moi-app", "sid": "grant", "exp": NOW}


@pytest.mark.parametrize(
    ("claims", "typ"),
    [
        (GOOD, "at+jwt"),
        (GOOD, "logout+jwt"),
        (GOOD, "jwt"),
        (GOOD | {"iss": ISSUER + "/"}, "JWT"),
        (GOOD | {"aud": ["kw-moi-app"]}, "JWT"),
        (GOOD | {"sid": 7}, "JWT"),
        ({name: GOOD[name] for name in ("iss", "aud", "exp")}, "JWT"),
        ({name: GOOD[name] for name in ("iss", "sid", "exp")}, "JWT"),
    ],
    ids=str,
)
def test_another_token_of_ours_is_no_hint(claims: dict[str, Any], typ: str) -> None:
    ring, makes = makers()
    assert makes.read_hint(ring.current.signed(GOOD, typ="JWT")).client_id == "kw-moi-app"

    with pytest.raises(TokenError):
        makes.read_hint(ring.current.signed(claims, typ=typ))


def test_what_others_signed_is_no_hint() -> None:
    ring, makes = makers()
    stranger, _ = makers()
    token = ring.current.signed(GOOD, typ="JWT")
    head, claims, signature = token.split(".")
    none = base64.urlsafe_b64encode(orjson.dumps({"alg": "none", "kid": ring.current.kid, "typ": "JWT"}))
    more = ring.current.signed(GOOD, typ="JWT", jku="https://evil.example/keys")

    forged = stranger.current.signed(GOOD, typ="JWT").split(".")
    for bent in (
        stranger.current.signed(GOOD, typ="JWT"),
        ".".join((head, forged[1], forged[2])),
        f"{none.rstrip(b'=').decode()}.{claims}.",
        f"{none.rstrip(b'=').decode()}.{claims}.{signature}",
        f"{head}.{claims}",
        f"{head}.{claims}.{signature}=",
        more,
        "x" * 5000,
        "",
    ):
        with pytest.raises(TokenError):
            makes.read_hint(bent)
