"""The keys that sign access tokens, each bound to exactly one algorithm."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import get_algorithm_by_name

Algorithm = Literal["ES256", "EdDSA"]
PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = EllipticCurvePublicKey | Ed25519PublicKey

_VERIFIERS: Mapping[Algorithm, Any] = {alg: get_algorithm_by_name(alg) for alg in ("ES256", "EdDSA")}


class UnfitKeyError(ValueError):
    """A key of a kind, curve or size that no token may be signed with."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair; ``kid`` is its RFC 7638 thumbprint, so that a name cannot outlive its key."""

    kid: str
    alg: Algorithm
    private: PrivateKey
    public: PublicKey
    jwk: Mapping[str, str]

    @classmethod
    def of(cls, private: object) -> Self:
        """The key with its name and algorithm; raises ``UnfitKeyError`` unless it is P-256 or Ed25519."""
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1):
            return cls._named("ES256", private, _ec_members(private.public_key()))
        if isinstance(private, Ed25519PrivateKey):
            return cls._named("EdDSA", private, _okp_members(private.public_key()))
        raise UnfitKeyError("the key must be an elliptic curve key on P-256, or an Ed25519 key")

    @classmethod
    def generate(cls, alg: Algorithm = "ES256") -> Self:
        """A new key from the system's randomness."""
        return cls.of(generate_private_key(SECP256R1()) if alg == "ES256" else Ed25519PrivateKey.generate())

    @classmethod
    def _named(cls, alg: Algorithm, private: PrivateKey, members: Mapping[str, str]) -> Self:
        kid = thumbprint(members)
        return cls(kid, alg, private, private.public_key(), {**members, "kid": kid, "use": "sig", "alg": alg})

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made ``signature`` over ``message``, by its own algorithm whatever a header may say."""
        return bool(_VERIFIERS[self.alg].verify(message, self.public, signature))


class KeyRing:
    """The key that signs now, the one that will, and those that have: all of them verify, one signs.

    ``following`` is published before it signs, and ``retired`` keys stay until the last token that they signed
    has expired: that overlap lets keys change without a failed verification. The ring changes in one
    assignment, so a reader sees the old keys or the new ones and never a mixture.
    """

    def __init__(
        self, current: SigningKey, *, following: SigningKey | None = None, retired: Iterable[SigningKey] = ()
    ) -> None:
        self._current = current
        self._following = following
        ordered = [current, *([following] if following else []), *retired]
        self._by_kid = {key.kid: key for key in ordered}

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._current

    @property
    def following(self) -> SigningKey | None:
        """The key that signs after the next rotation, published already."""
        return self._following

    def find(self, kid: str) -> SigningKey | None:
        """The key of that name, if it is on the ring."""
        return self._by_kid.get(kid)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public halves as a JWK Set (RFC 7517)."""
        return {"keys": [dict(key.jwk) for key in self._by_kid.values()]}

    def adopt(self, other: "KeyRing") -> None:
        """Takes over another ring's keys; tokens of a key that is gone are refused from here on."""
        self.__dict__.update(other.__dict__)

    def rotate(self, following: SigningKey) -> None:
        """The following key signs from now, the current one only verifies, and ``following`` is published."""
        current = self._following or following
        retired = [key for key in self._by_kid.values() if key.kid != current.kid]
        self.adopt(KeyRing(current, following=following, retired=retired))


def thumbprint(members: Mapping[str, str]) -> str:
    """The SHA-256 thumbprint of a public key's required JWK members (RFC 7638, RFC 8037)."""
    canonical = json.dumps(dict(sorted(members.items())), separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode()).digest())


def base64url(data: bytes) -> str:
    """base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _ec_members(public: EllipticCurvePublicKey) -> Mapping[str, str]:
    numbers = public.public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _okp_members(public: Ed25519PublicKey) -> Mapping[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": base64url(public.public_bytes_raw())}
