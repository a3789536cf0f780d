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


def _are_words(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(item) for item in value)


def _is_actor(value: object) -> bool:
    # One actor: whoever acts for a person hands that on to nobody (RFC 8693, 4.1, would nest them).
    return isinstance(value, dict) and value.keys() == {"sub"} and _is_text(value["sub"])


REQUIRED: Mapping[str, Callable[[object], bool]] = {
    "iss": _is_text,
    "aud": _is_text,
    "sub": _is_text,
    "client_id": _is_text,
    "jti": _is_text,
    "scope": lambda value: isinstance(value, str),
    "iat": _is_time,
    "nbf": _is_time,
    "exp": _is_time,
}
OF_A_PERSON: Mapping[str, Callable[[object], bool]] = {
    "ids": _is_text,
    "acr": lambda value: value in list(Assurance),
}
"""What stands in a token that speaks for a person, and never in one that a program holds for itself."""

OPTIONAL: Mapping[str, Callable[[object], bool]] = {
    "sid": _is_text,
    "auth_time": _is_time,
    "countries": _are_countries,
    "cnf": is_claim,
    "purposes": _are_words,
    "act": _is_actor,
}
_ABOUT_A_PERSON = frozenset({*OF_A_PERSON, "sid", "auth_time", "purposes", "act"})


def is_of_a_program(claims: Claims) -> bool:
    """Whether a program holds the token for itself: then its subject is the program (RFC 9068, 2.2)."""
    return bool(claims.get("sub") == claims.get("client_id"))


def _types(claims: Claims, _expected: Expected) -> bool:
    required = {**REQUIRED, **({} if is_of_a_program(claims) else OF_A_PERSON)}
    if not all(name in claims and check(claims[name]) for name, check in required.items()):
        return False
    return all(check(claims[name]) for name, check in OPTIONAL.items() if name in claims)


HEADER_RULES: Mapping[str, HeaderRule] = {
    # Only what we write ourselves: crit, b64, zip, jku, x5u, x5c, jwk and whatever comes next fall at once.
    "header_names": lambda header, _key: header.keys() == {"alg", "kid", "typ"},
    "typ": lambda header, _key: header.get("typ") == TOKEN_TYPE,
    "alg": lambda header, key: header.get("alg") == key.alg,
}

CLAIM_RULES: Mapping[str, ClaimRule] = {
    "types": _types,
    # Nobody calls a program by the name of a person, or a person by that of a program (RFC 9068, 5).
    "speaks_for": lambda claims, _expected: not (is_of_a_program(claims) and _ABOUT_A_PERSON & claims.keys()),
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
