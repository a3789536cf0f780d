"""What a proof must say to be believed, one named rule each (RFC 9449, 4.3)."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from gateway.identity.keys import base64url
from gateway.identity.providers.oidc.jwk import VerifyingKey
from gateway.identity.strict import Limits, TokenError
from gateway.oauth.address import normal
from gateway.oauth.confirmation import PROOF_ALGORITHMS

PROOF_TYPE: Final = "dpop+jwt"

LEEWAY: Final = 30
"""Seconds that the program's clock may be wrong, either way, while it has no nonce of ours."""

LONGEST_JTI: Final = 256
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a proof is measured against: the request that it came with, the moment, and whether its nonce is ours.

    ``fresh`` is ``None`` where the proof has no nonce; ``needed`` says that it must have one.
    """

    method: str
    url: str
    token: str | None
    now: float
    fresh: bool | None
    needed: bool


HeaderRule = Callable[[Mapping[str, Any]], bool]
ClaimRule = Callable[[Claims, Asked], bool]


def _types(claims: Claims, _asked: Asked) -> bool:
    jti, issued = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        return False
    # A bool is an int to Python; to a proof it is a forgery.
    return type(issued) is int and all(isinstance(claims.get(name), str) for name in ("htm", "htu"))


def _address(claims: Claims, asked: Asked) -> bool:
    named = normal(claims["htu"])
    return named is not None and named == normal(asked.url)


def _token(claims: Claims, asked: Asked) -> bool:
    if asked.token is None:
        return True
    named = claims.get("ath")
    return isinstance(named, str) and hmac.compare_digest(named.encode(), hash_of(asked.token).encode())


def _moment(claims: Claims, asked: Asked) -> bool:
    # A nonce of ours tells the time better than the clock of a telephone.
    return asked.fresh is True or abs(claims["iat"] - asked.now) <= LEEWAY


def hash_of(token: str) -> str:
    """The ``ath`` of a token."""
    return base64url(sha256(token.encode()).digest())


HEADER_RULES: Mapping[str, HeaderRule] = {
    # crit, b64, zip, jku, x5u and x5c fall at once, and kid, which could name another key than the one that is here.
    "header_names": lambda header: header.keys() == {"typ", "alg", "jwk"},
    "typ": lambda header: header.get("typ") == PROOF_TYPE,
    "alg": lambda header: isinstance(header.get("alg"), str) and header["alg"] in PROOF_ALGORITHMS,
}

CLAIM_RULES: Mapping[str, ClaimRule] = {
    "types": _types,
    "htm": lambda claims, asked: claims["htm"] == asked.method,
    "htu": _address,
    "ath": _token,
    "nonce_wrong": lambda _claims, asked: asked.fresh is not False,
    "nonce_missing": lambda _claims, asked: asked.fresh is True or not asked.needed,
    "iat": _moment,
}

NONCE_HELPS: Final = frozenset({"nonce_wrong", "nonce_missing", "iat"})
"""The rules that a proof would not break with a nonce of ours."""


@dataclass(frozen=True, slots=True)
class ProofRules:
    """Every rule by name, in the order they are asked; the name is what the log gives as the reason."""

    limits: Limits = field(default_factory=Limits)
    header: Mapping[str, HeaderRule] = field(default_factory=lambda: HEADER_RULES)
    claims: Mapping[str, ClaimRule] = field(default_factory=lambda: CLAIM_RULES)

    def check_header(self, header: Mapping[str, Any]) -> None:
        """Raises ``TokenError`` with the name of the first rule that the header breaks."""
        for name, rule in self.header.items():
            if not rule(header):
                raise TokenError(name)

    def check_claims(self, claims: Claims, asked: Asked) -> None:
        """Raises ``TokenError`` with the name of the first rule that the claims break, and whether a nonce helps."""
        for name, rule in self.claims.items():
            if not rule(claims, asked):
                raise TokenError(name, "use_dpop_nonce" if name in NONCE_HELPS else "invalid_token")


def signed_by(key: VerifyingKey, alg: object, message: bytes, signature: bytes) -> bool:
    """Whether the key made the signature by the algorithm that the header names, and is of that kind."""
    return isinstance(alg, str) and key.verifies(alg, message, signature)
