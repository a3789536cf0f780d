"""What a token must say to be believed, one named rule each (RFC 8725, RFC 9068)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.identity.confirmation import is_claim
from gateway.identity.keys import SigningKey
from gateway.identity.principal import Assurance
from gateway.identity.strict import Limits, TokenError
from gateway.schema.country import Country

TOKEN_TYPE = "at+jwt"  # noqa: S105
EXPIRY_LEEWAY = 5
"""Seconds that a token outlives ``exp``: enough for the request already on its way, and no more."""
SKEW_LEEWAY = 30
"""Seconds that the minting machine's clock may be ahead of ours, for ``nbf`` and ``iat``."""
LONGEST_LIFE = 12 * 3600
"""Seconds: a token that claims to live longer was not minted by us, whoever signed it."""

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token is measured against: who issued it, for whom, the moment, the longest life it may have."""

    issuer: str
    audience: str
    now: float
    longest_life: int


HeaderRule = Callable[[Mapping[str, Any], SigningKey], bool]
ClaimRule = Callable[[Claims, Expected], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_time(value: object) -> bool:
    # A bool is an int to Python; to a token it is a forgery.
    return type(value) is int and value > 0


def _are_countries(value: object) -> bool:
    known = list(Country)  # a list: what is not hashable can be asked about too
    return isinstance(value, list) and bool(value) and all(item in known for item in value)


REQUIRED: Mapping[str, Callable[[object], bool]] = {
    "iss": _is_text,
    "aud": _is_text,
    "sub": _is_text,
    "client_id": _is_text,
    "jti": _is_text,
    "ids": _is_text,
    "scope": lambda value: isinstance(value, str),
    "acr": lambda value: value in list(Assurance),
    "iat": _is_time,
    "nbf": _is_time,
    "exp": _is_time,
}
OPTIONAL: Mapping[str, Callable[[object], bool]] = {
    "sid": _is_text,
    "auth_time": _is_time,
    "countries": _are_countries,
    "cnf": is_claim,
}


def _types(claims: Claims, _expected: Expected) -> bool:
    required = all(name in claims and check(claims[name]) for name, check in REQUIRED.items())
    return required and all(check(claims[name]) for name, check in OPTIONAL.items() if name in claims)


HEADER_RULES: Mapping[str, HeaderRule] = {
    # Only what we write ourselves: crit, b64, zip, jku, x5u, x5c, jwk and whatever comes next fall at once.
    "header_names": lambda header, _key: header.keys() == {"alg", "kid", "typ"},
    "typ": lambda header, _key: header.get("typ") == TOKEN_TYPE,
    "alg": lambda header, key: header.get("alg") == key.alg,
}

CLAIM_RULES: Mapping[str, ClaimRule] = {
    "types": _types,
    "issuer": lambda claims, expected: claims["iss"] == expected.issuer,
    "audience": lambda claims, expected: claims["aud"] == expected.audience,
    "not_before": lambda claims, expected: claims["nbf"] <= expected.now + SKEW_LEEWAY,
    "issued_at": lambda claims, expected: claims["iat"] <= expected.now + SKEW_LEEWAY,
    "life": lambda claims, expected: 0 < claims["exp"] - claims["iat"] <= expected.longest_life,
    "expired": lambda claims, expected: expected.now < claims["exp"] + EXPIRY_LEEWAY,
}


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Every rule by name, in the order they are asked; the name is what the log gives as the reason."""

    limits: Limits = field(default_factory=Limits)
    header: Mapping[str, HeaderRule] = field(default_factory=lambda: HEADER_RULES)
    claims: Mapping[str, ClaimRule] = field(default_factory=lambda: CLAIM_RULES)

    def check_header(self, header: Mapping[str, Any], key: SigningKey) -> None:
        """Raises ``TokenError`` with the name of the first rule that the header breaks."""
        for name, rule in self.header.items():
            if not rule(header, key):
                raise TokenError(name)

    def check_claims(self, claims: Claims, expected: Expected) -> None:
        """Raises ``TokenError`` with the name of the first rule that the claims break."""
        for name, rule in self.claims.items():
            if not rule(claims, expected):
                raise TokenError(name, "token_expired" if name == "expired" else "invalid_token")
