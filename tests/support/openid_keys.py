"""Real keys of every kind for a provider in a test, fit and unfit."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.identity.keys import base64url


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A key pair, the algorithm it signs by and its public half as a JWK."""

    alg: str
    private: Any
    jwk: Mapping[str, Any]

    @property
    def kid(self) -> str:
        return str(self.jwk["kid"])

    def sign(self, message: bytes, alg: str | None = None) -> bytes:
        return bytes(jwt.get_algorithm_by_name(alg or self.alg).sign(message, self.private))


def make_key(alg: str, kid: str = "first") -> ProviderKey:
    """A new key; RSA keys are slow to make, so there are few of them and they are used again."""
    if alg in ("RS256", "PS256"):
        return rsa_key(alg, kid, _rsa(2048, kid))
    if alg == "ES256":
        return _ec_key(ec.generate_private_key(ec.SECP256R1()), kid)
    private = Ed25519PrivateKey.generate()
    x = base64url(private.public_key().public_bytes_raw())
    return ProviderKey(alg, private, {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig"})


def small_rsa_key(kid: str = "first") -> ProviderKey:
    """RSA of 1,024 bits, which can be broken."""
    return rsa_key("RS256", kid, _rsa(1024, kid))


def rsa_key(alg: str, kid: str, private: rsa.RSAPrivateKey) -> ProviderKey:
    numbers = private.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": octets(numbers.n), "e": octets(numbers.e), "kid": kid, "use": "sig"}
    return ProviderKey(alg, private, jwk)


def octets(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


@cache
def _rsa(bits: int, _kid: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, bits)


def _ec_key(private: ec.EllipticCurvePrivateKey, kid: str) -> ProviderKey:
    numbers = private.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig"}
    return ProviderKey("ES256", private, jwk)
