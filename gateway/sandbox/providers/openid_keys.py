"""The RSA key that a stand-in signs its tokens with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.identity.keys import base64url, thumbprint


@dataclass(frozen=True, slots=True)
class RsaSigner:
    """One key and its public half as a JWK; the ``kid`` is its thumbprint."""

    private: rsa.RSAPrivateKey
    jwk: Mapping[str, str]

    @classmethod
    def generate(cls) -> Self:
        """A new key of 2,048 bits."""
        private = rsa.generate_private_key(65_537, 2048)
        numbers = private.public_key().public_numbers()
        members = {"e": _octets(numbers.e), "kty": "RSA", "n": _octets(numbers.n)}
        return cls(private, {**members, "kid": thumbprint(members), "use": "sig", "alg": "RS256"})

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        """A compact JWS over the claims, by RS256."""
        return jwt.encode(dict(claims), self.private, algorithm="RS256", headers={"kid": self.jwk["kid"], "typ": typ})


def _octets(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


__all__ = ["RsaSigner", "base64url"]
