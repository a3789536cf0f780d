"""The signed assertion by which the gateway proves who it is (RFC 7523, section 3)."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ALGORITHM: Final = "ES256"
LIFE: Final = 60
"""Seconds for which an assertion is good: it is used at once, and once."""


class Signer:
    """Signs assertions with the ES256 private key of the room's secrets, which is read once."""

    def __init__(self, given: Mapping[str, str]) -> None:
        key = load_pem_private_key(given["private_key"].encode(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise ValueError("private_key must be an elliptic curve key on P-256")
        self._key = key
        self._header = {"kid": given["key_id"]}
        self._claims = {"iss": given["client_id"], "sub": given["client_id"], "aud": given["audience"]}

    def sign(self, now: datetime) -> str:
        """A new assertion, made at ``now``; its ``jti`` holds 128 random bits, so no two are alike."""
        moment = int(now.timestamp())
        claims = {**self._claims, "iat": moment, "exp": moment + LIFE, "jti": secrets.token_urlsafe(16)}
        return jwt.encode(claims, self._key, ALGORITHM, self._header)
