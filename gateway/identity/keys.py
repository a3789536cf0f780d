"""The keys that sign access tokens, each bound to exactly one algorithm."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

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

_ALGORITHMS: Mapping[Algorithm, Any] = {alg: get_algorithm_by_name(alg) for alg in ("ES256", "EdDSA")}


class UnfitKeyError(ValueError):
    """A key of a kind, curve or size that no token may be signed with."""


class Signer(Protocol):
    """The private half of a key, wherever it is kept."""

    def sign(self, message: bytes) -> bytes:
        """The signature as JOSE writes it: 64 bytes of ES256 or EdDSA. Raises ``Unavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A private key in this process's memory."""

    alg: Algorithm
    private: PrivateKey

    def sign(self, message: bytes) -> bytes:
        return bytes(_ALGORITHMS[self.alg].sign(message, self.private))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair; ``kid`` is its RFC 7638 thumbprint, so that a name cannot outlive its key."""

    kid: str
    alg: Algorithm
    signer: Signer
    public: PublicKey
    jwk: Mapping[str, str]

    @classmethod
    def of(cls, private: object) -> Self:
        """The key with its name and algorithm; raises ``UnfitKeyError`` unless it is P-256 or Ed25519."""
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1):
            return cls.kept_by(HeldKey("ES256", private), private.public_key())
        if isinstance(private, Ed25519PrivateKey):
            return cls.kept_by(HeldKey("EdDSA", private), private.public_key())
        raise UnfitKeyError("the key must be an elliptic curve key on P-256, or an Ed25519 key")

    @classmethod
    def kept_by(cls, signer: Signer, public: object) -> Self:
        """The key whose private half ``signer`` keeps, as ``of`` names it; raises ``UnfitKeyError``."""
        if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
            return cls._named("ES256", signer, public, _ec_members(public))
        if isinstance(public, Ed25519PublicKey):
            return cls._named("EdDSA", signer, public, _okp_members(public))
        raise UnfitKeyError("the key must be an elliptic curve key on P-256, or an Ed25519 key")

    @classmethod
    def generate(cls, alg: Algorithm = "ES256") -> Self:
        """A new key from the system's randomness."""
        return cls.of(generate_private_key(SECP256R1()) if alg == "ES256" else Ed25519PrivateKey.generate())

    @classmethod
    def _named(cls, alg: Algorithm, signer: Signer, public: PublicKey, members: Mapping[str, str]) -> Self:
        kid = thumbprint(members)
        return cls(kid, alg, signer, public, {**members, "kid": kid, "use": "sig", "alg": alg})

    @property
    def private(self) -> PrivateKey:
        """The private half, where this process holds it; raises ``UnfitKeyError`` for one that a device keeps."""
        if not isinstance(self.signer, HeldKey):
            raise UnfitKeyError("the key never leaves the device that keeps it")
        return self.signer.private

    def signed(self, claims: Mapping[str, Any], **header: str) -> str:
        """The claims as a compact JWS (RFC 7515) that names this key; ``header`` is what else its header says.

        Raises ``Unavailable`` when the device that keeps the key does not sign.
        """
        head = {"alg": self.alg, "kid": self.kid, **header}
        message = ".".join(base64url(_compact(part)) for part in (head, claims))
        return f"{message}.{base64url(self.signer.sign(message.encode()))}"

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made ``signature`` over ``message``, by its own algorithm whatever a header may say."""
        return bool(_ALGORITHMS[self.alg].verify(message, self.public, signature))


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
    return base64url(hashlib.sha256(_compact(dict(sorted(members.items())))).digest())


def base64url(data: bytes) -> str:
    """base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _ec_members(public: EllipticCurvePublicKey) -> Mapping[str, str]:
    numbers = public.public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _okp_members(public: Ed25519PublicKey) -> Mapping[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": base64url(public.public_bytes_raw())}
