"""The keys of both sides: a private one that signs messages, and public ones that are known by their names."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.errors import ConfigurationError

Algorithm: TypeAlias = Literal["ed25519", "ecdsa-p256-sha256"]
PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey

MOST_KEYS: Final = 16
DEMO_PEM: Final = b"DEMO KEY, refused in production\n"
"""What stands before a key of the demo, so that a copy of it is known too."""

_LARGEST: Final = 65_536
_HALF: Final = 32
_KID: Final = re.compile(r"[A-Za-z0-9._~:/@+-]{1,100}")
_JOSE: Final[Mapping[Algorithm, frozenset[str]]] = {
    "ed25519": frozenset({"EdDSA", "Ed25519"}),
    "ecdsa-p256-sha256": frozenset({"ES256"}),
}


class Signer(Protocol):
    """The private half of a key, wherever it is kept."""

    @property
    def kid(self) -> str:
        """The name under which the other side knows it."""
        ...

    @property
    def alg(self) -> Algorithm:
        """The one algorithm that it signs by, as RFC 9421 names it."""
        ...

    @property
    def jwk(self) -> Mapping[str, str]:
        """The public half as a JWK (RFC 7517)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes (of ECDSA: r and s, 32 bytes each)."""
        ...


@dataclass(frozen=True, slots=True)
class HeldSigner:
    """A private key in this process's memory; ``kid`` is its RFC 7638 thumbprint."""

    kid: str
    alg: Algorithm
    private: Ed25519PrivateKey | EllipticCurvePrivateKey

    @classmethod
    def of(cls, private: object) -> "HeldSigner":
        """The key with its name; raises ``ValueError`` unless it is Ed25519 or on P-256."""
        if isinstance(private, Ed25519PrivateKey):
            return cls(_thumbprint(private.public_key()), "ed25519", private)
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1):
            return cls(_thumbprint(private.public_key()), "ecdsa-p256-sha256", private)
        raise ValueError("must be an Ed25519 key, or one on the curve P-256")

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(message)
        r, s = decode_dss_signature(self.private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as a JWK (RFC 7517)."""
        return {**_members(self.private.public_key()), "kid": self.kid, "use": "sig"}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, bound to one algorithm whatever a message says."""

    kid: str
    alg: Algorithm
    public: PublicKey

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the key's other half made ``signature`` over ``message``."""
        if len(signature) != 2 * _HALF:
            return False
        try:
            if isinstance(self.public, Ed25519PublicKey):
                self.public.verify(signature, message)
            else:
                r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
                self.public.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


Keys: TypeAlias = Mapping[str, VerifyingKey]
"""The keys of one other side, by their names."""


def read_keys(document: object, field: str) -> Keys:
    """The keys of a JWK Set (RFC 7517), or of a list of JWKs; raises ``ConfigurationError`` naming ``field``."""
    listed = document.get("keys") if isinstance(document, Mapping) else document
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes) or not 1 <= len(listed) <= MOST_KEYS:
        raise ConfigurationError(field=field, problem=f"must be a JWK Set of 1 to {MOST_KEYS} public keys")
    keys: dict[str, VerifyingKey] = {}
    for place, each in enumerate(listed):
        try:
            key = _key_of(each)
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise ConfigurationError(field=f"{field}.keys[{place}]", problem=str(problem)) from problem
        if key.kid in keys:
            raise ConfigurationError(field=f"{field}.keys[{place}].kid", problem="stands twice")
        keys[key.kid] = key
    return keys


def load_keys(path: Path, field: str) -> Keys:
    """The keys of a JWK Set in a file; raises ``ConfigurationError`` naming ``field``."""
    try:
        return read_keys(orjson.loads(_content(path, field)), field)
    except orjson.JSONDecodeError as problem:
        raise ConfigurationError(field=field, problem=f"{path} is not JSON") from problem


def load_signer(path: Path, field: str, *, production: bool = False) -> HeldSigner:
    """The private key in a PEM file, unencrypted; raises ``ConfigurationError`` naming ``field``.

    In ``production`` a key that was made for the demo is refused.
    """
    content = _content(path, field)
    if production and DEMO_PEM in content:
        raise ConfigurationError(field=field, problem=f"{path} was made for the demo; make a key of your own")
    try:
        return HeldSigner.of(load_pem_private_key(content, password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        said = "holds no Ed25519 or P-256 private key in PEM, unencrypted"
        raise ConfigurationError(field=field, problem=f"{path} {said}") from problem


def _content(path: Path, field: str) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigurationError(field=field, problem=f"{path} is larger than {_LARGEST} bytes")
        return path.read_bytes()
    except OSError as problem:
        raise ConfigurationError(field=field, problem=f"{path} cannot be read: {problem.strerror}") from problem


def _key_of(jwk: Any) -> VerifyingKey:
    if not isinstance(jwk, Mapping):
        raise TypeError("is not a JWK")
    if "d" in jwk or "k" in jwk:
        raise ValueError("holds a private key: give the public half alone")
    kid, use, alg = jwk.get("kid"), jwk.get("use", "sig"), jwk.get("alg")
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise ValueError("needs a kid of 1 to 100 letters, digits and . _ ~ : / @ + -")
    if use != "sig":
        raise ValueError("its use must be sig")
    key = _made(kid, jwk)
    if alg is not None and alg not in _JOSE[key.alg]:
        raise ValueError(f"its alg must be {' or '.join(sorted(_JOSE[key.alg]))}")
    return key


def _made(kid: str, jwk: Mapping[str, Any]) -> VerifyingKey:
    match jwk.get("kty"), jwk.get("crv"):
        case "OKP", "Ed25519":
            return VerifyingKey(kid, "ed25519", Ed25519PublicKey.from_public_bytes(_octets(jwk, "x")))
        case "EC", "P-256":
            x, y = (int.from_bytes(_octets(jwk, name), "big") for name in ("x", "y"))
            return VerifyingKey(kid, "ecdsa-p256-sha256", EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key())
    raise ValueError("must be of kty OKP and crv Ed25519, or of kty EC and crv P-256")


def _octets(jwk: Mapping[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        raise ValueError(f"its {name} must be 32 bytes in base64url without padding")
    data = urlsafe_b64decode(text + "=")
    if _base64url(data) != text:
        raise ValueError(f"its {name} is not canonical base64url")
    return data


def _members(public: PublicKey) -> dict[str, str]:
    if isinstance(public, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public.public_bytes_raw())}
    numbers = public.public_numbers()
    x, y = (_base64url(number.to_bytes(_HALF, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _thumbprint(public: PublicKey) -> str:
    return _base64url(hashlib.sha256(orjson.dumps(_members(public), option=orjson.OPT_SORT_KEYS)).digest())


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
