"""The RSA keys with which the stand-in of Nafath signs, changed while it runs."""

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm

from gateway.identity.keys import base64url

BITS: Final = 2048


class SigningKeys:
    """One key signs; those before it stay in the set until ``forget``. A key is made when it is first needed."""

    def __init__(self, bits: int = BITS) -> None:
        self._bits = bits
        self._keys: dict[str, RSAPrivateKey] = {}
        self._made = 0
        self._lock = Lock()

    @property
    def current(self) -> tuple[str, RSAPrivateKey]:
        """The key that signs, and its name."""
        self.prepare()
        return list(self._keys.items())[-1]

    def prepare(self) -> None:
        """Makes the first key, which takes a moment."""
        with self._lock:
            if not self._keys:
                self._make()

    def rotate(self) -> None:
        """A new key signs from now on."""
        self.prepare()
        with self._lock:
            self._make()

    def forget(self) -> None:
        """Takes every key but the current one out of the set."""
        kid, key = self.current
        self._keys = {kid: key}

    def sign(self, claims: Mapping[str, object], header: Mapping[str, object] | None = None) -> str:
        """A compact token by RS256; ``header`` changes what its header says."""
        kid, key = self.current
        return signed({"alg": "RS256", "typ": "JWT", "kid": kid, **(header or {})}, json.dumps(claims).encode(), key)

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public halves."""
        self.prepare()
        return {"keys": [public_jwk(kid, key) for kid, key in self._keys.items()]}

    def _make(self) -> None:
        self._made += 1
        self._keys[f"nafath-{self._made}"] = generate_private_key(public_exponent=65_537, key_size=self._bits)


def public_jwk(kid: str, key: RSAPrivateKey) -> dict[str, Any]:
    """The public half as a JWK (RFC 7517)."""
    members = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": members["n"], "e": members["e"]}


def signed(header: Mapping[str, object], payload: bytes, key: RSAPrivateKey) -> str:
    """The three parts of a token (RFC 7515, 7.1) whatever header and payload say."""
    signing_input = f"{base64url(json.dumps(header).encode())}.{base64url(payload)}"
    return f"{signing_input}.{base64url(key.sign(signing_input.encode(), PKCS1v15(), SHA256()))}"
