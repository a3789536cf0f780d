"""A provider's public key, judged before anything is believed for its sake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from jwt import get_algorithm_by_name

from gateway.identity.strict import TokenError, decode_segment

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
RSA_BITS: Final = range(2048, 8193)
# FIPS 186-5, 5.4: an odd number above 2 ** 16; more than 32 bits only make the checking slow.
RSA_EXPONENTS: Final = range(65_537, 2**32, 2)
_LONGEST_KID: Final = 256
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ED25519: Final = frozenset({"EdDSA", "Ed25519"})
"""One algorithm by its old name, which could mean another curve, and by its own (RFC 9864)."""

_VERIFIERS: Final[Mapping[str, Any]] = {
    **{alg: get_algorithm_by_name(alg) for alg in ALGORITHMS},
    "Ed25519": get_algorithm_by_name("EdDSA"),
}

Members = Mapping[str, object]


class UnfitJwkError(ValueError):
    """A key that nothing is verified with; its text is a keyword for the log."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """One key and the algorithms that its kind, and its own ``alg``, leave to it."""

    kid: str | None
    algorithms: frozenset[str]
    public: Any

    def verifies(self, alg: str, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature by ``alg``, which must be one of its own."""
        return alg in self.algorithms and bool(_VERIFIERS[alg].verify(message, self.public, signature))


def read_jwk(jwk: object) -> VerifyingKey:
    """The key in a JWK (RFC 7517); raises ``UnfitJwkError``.

    Refused: symmetric and private keys, keys for another use, RSA below 2,048 bits or with a small exponent,
    points off their curve, and every kind that no algorithm of ours is bound to.
    """
    if not isinstance(jwk, dict):
        raise UnfitJwkError("not_an_object")
    _check_use(jwk)
    kty = jwk.get("kty")
    reader = _READERS.get(kty) if isinstance(kty, str) else None
    if reader is None:
        raise UnfitJwkError("kty")
    try:
        algorithms, public = reader(jwk)
    except (ValueError, TokenError, UnsupportedAlgorithm) as problem:
        raise UnfitJwkError(str(problem) if isinstance(problem, UnfitJwkError) else "numbers") from problem
    return VerifyingKey(_kid(jwk), _own(jwk, algorithms), public)


def _check_use(jwk: Members) -> None:
    if _PRIVATE & jwk.keys():
        raise UnfitJwkError("not_public")
    if jwk.get("use", "sig") != "sig":
        raise UnfitJwkError("use")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise UnfitJwkError("key_ops")


def _kid(jwk: Members) -> str | None:
    kid = jwk.get("kid")
    if kid is None:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
        raise UnfitJwkError("kid")
    return kid


def _own(jwk: Members, algorithms: frozenset[str]) -> frozenset[str]:
    alg = jwk.get("alg")
    if alg is None:
        return algorithms
    if not isinstance(alg, str) or alg not in algorithms:
        raise UnfitJwkError("alg")
    return _ED25519 if alg in _ED25519 else frozenset({alg})


def _rsa(jwk: Members) -> tuple[frozenset[str], Any]:
    modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
    if modulus.bit_length() not in RSA_BITS:
        raise UnfitJwkError("rsa_size")
    if exponent not in RSA_EXPONENTS:
        raise UnfitJwkError("rsa_exponent")
    return frozenset({"RS256", "PS256"}), RSAPublicNumbers(exponent, modulus).public_key()


def _ec(jwk: Members) -> tuple[frozenset[str], Any]:
    if jwk.get("crv") != "P-256":
        raise UnfitJwkError("crv")
    if any(len(_bytes(jwk, name)) != 32 for name in ("x", "y")):
        raise UnfitJwkError("numbers")
    # Raises where the point is not on the curve.
    numbers = EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), SECP256R1())
    return frozenset({"ES256"}), numbers.public_key()


def _okp(jwk: Members) -> tuple[frozenset[str], Any]:
    if jwk.get("crv") != "Ed25519":
        raise UnfitJwkError("crv")
    return _ED25519, Ed25519PublicKey.from_public_bytes(_bytes(jwk, "x"))


def _number(jwk: Members, name: str) -> int:
    return int.from_bytes(_bytes(jwk, name), "big")


def _bytes(jwk: Members, name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise UnfitJwkError("numbers")
    return decode_segment(value)


_READERS: Mapping[str, Callable[[Members], tuple[frozenset[str], Any]]] = {"RSA": _rsa, "EC": _ec, "OKP": _okp}
