"""Promises of the signing keys and their ring."""

import json
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.identity.keys import Algorithm, KeyRing, SigningKey, UnfitKeyError, thumbprint
from tests.unit.identity.examples import Office, accepted, naive, refused, sign

ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA")


def test_a_thumbprint_is_the_one_of_rfc_7638() -> None:
    """The example of its section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok"
        "njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHz"
        "u6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8"
        "awapJzKnqDKgw"
    )

    assert thumbprint({"n": modulus, "e": "AQAB", "kty": "RSA"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_name_of_an_ed25519_key_is_the_one_of_rfc_8037() -> None:
    """The example of its appendix A.3."""
    private = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

    key = SigningKey.of(Ed25519PrivateKey.from_private_bytes(private))

    assert key.jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "private",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        b"secret",
        None,
    ],
    ids=lambda private: type(private).__name__,
)
def test_only_p_256_and_ed25519_sign_tokens(private: object) -> None:
    with pytest.raises(UnfitKeyError, match="P-256"):
        SigningKey.of(private)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_verifies_what_it_signed_and_nothing_else(alg: Algorithm) -> None:
    key, other = SigningKey.generate(alg), SigningKey.generate(alg)
    signature = sign(key, b"message")

    assert key.alg == alg
    assert key.verifies(b"message", signature)
    assert not key.verifies(b"massage", signature)
    assert not key.verifies(b"message", signature[::-1])
    assert not other.verifies(b"message", signature)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_a_key_signs_is_read_by_a_library_that_is_not_ours(alg: Algorithm) -> None:
    key = SigningKey.generate(alg)

    token = key.signed({"sub": "somebody", "name": "شخص"}, typ="JWT")

    assert jwt.get_unverified_header(token) == {"alg": alg, "kid": key.kid, "typ": "JWT"}
    assert jwt.decode(token, key.public, algorithms=[alg]) == {"sub": "somebody", "name": "شخص"}


def test_a_key_that_is_kept_elsewhere_signs_and_shows_nobody_its_private_half() -> None:
    held = SigningKey.generate()
    kept = SigningKey.kept_by(Elsewhere(held), held.public)

    token = kept.signed({"sub": "somebody"})

    assert kept.kid == held.kid
    assert jwt.decode(token, held.public, algorithms=["ES256"]) == {"sub": "somebody"}
    with pytest.raises(UnfitKeyError, match="never leaves"):
        _ = kept.private


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_published_key_is_public_and_says_what_it_is_for(alg: Algorithm) -> None:
    office = Office(keys=KeyRing(SigningKey.generate(alg)))

    (published,) = office.keys.jwks()["keys"]

    assert (published["use"], published["alg"], published["kid"]) == ("sig", alg, office.key.kid)
    assert "d" not in published
    assert (
        thumbprint({name: published[name] for name in ("crv", "kty", "x", "y") if name in published}) == office.key.kid
    )
    # Somebody else's reader finds our key by its name and verifies our token with it.
    keys = jwt.PyJWKSet.from_json(json.dumps(office.keys.jwks()))
    assert naive(office.token(), keys[office.key.kid].key, alg)["jti"]


def test_coordinates_keep_their_leading_zeros() -> None:
    """A P-256 coordinate is 32 bytes, also when the first are zero (RFC 7518, 6.2.1.2)."""
    short = next(
        key for key in (SigningKey.of(ec.derive_private_key(n, ec.SECP256R1())) for n in range(2, 2000)) if small(key)
    )

    assert len(short.jwk["x"]) == len(short.jwk["y"]) == 43


def test_the_ring_signs_with_the_current_key_and_finds_all() -> None:
    current, following, retired = (SigningKey.generate() for _ in range(3))

    ring = KeyRing(current, following=following, retired=[retired])

    assert ring.current is current
    assert ring.following is following
    assert [key["kid"] for key in ring.jwks()["keys"]] == [current.kid, following.kid, retired.kid]
    assert ring.find(retired.kid) is retired
    assert ring.find("unknown") is None
    assert ring.find("") is None


def test_keys_change_without_a_failed_verification() -> None:
    """The overlap: a token of each generation is good for a verifier that has only seen the one before or after."""
    office = Office(keys=KeyRing(SigningKey.generate(), following=SigningKey.generate("EdDSA")))
    before = KeyRing(office.keys.current, following=office.keys.following)
    first = office.token()

    office.keys.rotate(SigningKey.generate())
    second = office.token()

    verifier = office.verifier()
    assert jwt.get_unverified_header(first)["kid"] != jwt.get_unverified_header(second)["kid"]
    accepted(verifier, first)
    accepted(verifier, second)
    behind = Office(keys=before, seal=office.seal, clock=office.clock).verifier()
    accepted(behind, first)
    accepted(behind, second)


def test_a_ring_without_a_following_key_can_rotate_too() -> None:
    ring = KeyRing(SigningKey.generate())
    old, new = ring.current, SigningKey.generate()

    ring.rotate(new)

    assert ring.current is new
    assert ring.find(old.kid) is old


def test_a_key_that_left_the_ring_is_believed_no_more_though_its_token_is_remembered() -> None:
    office = Office()
    token, verifier = office.token(), office.verifier()
    accepted(verifier, token)
    assert verifier.remembered == 1

    office.keys.adopt(KeyRing(SigningKey.generate()))

    refused(lambda: verifier.verify(token), "kid")
    assert verifier.remembered == 0


def test_a_key_never_shows_itself() -> None:
    private: Any = SigningKey.generate().private
    secret = private.private_numbers().private_value

    assert str(secret) not in repr(SigningKey.of(private))
    assert f"{secret:x}" not in repr(SigningKey.of(private))


@dataclass(frozen=True)
class Elsewhere:
    """A device that keeps a key and signs with it."""

    key: SigningKey

    def sign(self, message: bytes) -> bytes:
        return sign(self.key, message)


def small(key: SigningKey) -> bool:
    """Whether a coordinate of the public point begins with a zero byte."""
    assert isinstance(key.public, ec.EllipticCurvePublicKey)
    numbers = key.public.public_numbers()
    return min(numbers.x, numbers.y) < 1 << 248
