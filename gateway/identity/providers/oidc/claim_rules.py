"""What a provider's token must say to be believed, one named rule each (OpenID Connect Core 1.0, 3.1.3.7)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from gateway.identity.keys import base64url
from gateway.identity.strict import TokenError

LEEWAY: Final = 120
"""Seconds that a provider's clock may differ from ours, either way."""
LONGEST_NAME: Final = 255
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LIFE: Final = 120
"""Seconds that a logout token is good for after it was issued, the leeway aside."""
_LATEST: Final = 10**11

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token is measured against; times are in seconds since 1970.

    ``begun`` is when the sign-in was. ``max_age`` is the greatest age of the authentication, where one was asked.
    """

    issuer: str
    client: str
    now: float
    alg: str = ""
    nonce: str = ""
    access_token: str = ""
    begun: float = 0
    max_age: int | None = None


ClaimRule = Callable[[Claims, Expected], bool]


def _is_name(value: object) -> bool:
    # Subjects are ASCII (OpenID Connect Core 1.0, 2): no mark can turn them round, none looks like another.
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isascii() and value.isprintable()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_time(value: object) -> bool:
    # A bool is an int to Python; to a token it is a forgery. Fractions are allowed (RFC 7519, 2).
    return type(value) in (int, Decimal) and 0 < value < _LATEST  # type: ignore[operator]


def _is_audience(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_text, value)) and len(set(value)) == len(value)
    return _is_text(value)


_REQUIRED: Mapping[str, Callable[[object], bool]] = {
    "iss": _is_text,
    "aud": _is_audience,
    "exp": _is_time,
    "iat": _is_time,
}
_OPTIONAL: Mapping[str, Callable[[object], bool]] = {
    "sub": _is_name,
    "sid": _is_name,
    "jti": _is_name,
    "nonce": _is_text,
    "azp": _is_text,
    "at_hash": _is_text,
    "nbf": _is_time,
    "auth_time": _is_time,
}


def _types(claims: Claims, _expected: Expected) -> bool:
    required = all(name in claims and check(claims[name]) for name, check in _REQUIRED.items())
    return required and all(check(claims[name]) for name, check in _OPTIONAL.items() if name in claims)


def _audiences(claims: Claims) -> list[str]:
    audience = claims["aud"]
    return audience if isinstance(audience, list) else [audience]


def _authorised_party(claims: Claims, expected: Expected) -> bool:
    """With several audiences the token must say that it was made for us, and it may never say that it was not."""
    party = claims.get("azp")
    return party == expected.client if party is not None else len(_audiences(claims)) == 1


def _access_token_hash(claims: Claims, expected: Expected) -> bool:
    """The left half of the access token's hash, where the provider gives it (3.1.3.6)."""
    return "at_hash" not in claims or same(claims["at_hash"], left_half(expected.alg, expected.access_token))


def _authenticated_lately(claims: Claims, expected: Expected) -> bool:
    """``auth_time`` is required once ``max_age`` was asked for (2), and a provider may have ignored the wish."""
    if "auth_time" not in claims:
        return expected.max_age is None
    at = claims["auth_time"]
    oldest = expected.now - expected.max_age - LEEWAY if expected.max_age is not None else 0
    return bool(oldest <= at <= expected.now + LEEWAY)


_FOR_US: Mapping[str, ClaimRule] = {
    "types": _types,
    "issuer": lambda claims, expected: claims["iss"] == expected.issuer,
    "audience": lambda claims, expected: expected.client in _audiences(claims),
    "authorised_party": _authorised_party,
    "clock_ahead": lambda claims, expected: claims["iat"] <= expected.now + LEEWAY,
    "not_before": lambda claims, expected: claims.get("nbf", 0) <= expected.now + LEEWAY,
}
ID_TOKEN_RULES: Mapping[str, ClaimRule] = {
    **_FOR_US,
    # Made for this sign-in, it cannot be older than it.
    "clock_behind": lambda claims, expected: claims["iat"] >= int(expected.begun) - LEEWAY,
    "expired": lambda claims, expected: expected.now < claims["exp"] + LEEWAY,
    "subject": lambda claims, _expected: "sub" in claims,
    "nonce": lambda claims, expected: same(claims.get("nonce", ""), expected.nonce),
    "at_hash": _access_token_hash,
    "auth_time": _authenticated_lately,
    "events": lambda claims, _expected: "events" not in claims,
}
LOGOUT_RULES: Mapping[str, ClaimRule] = {
    **_FOR_US,
    "clock_behind": lambda claims, expected: claims["iat"] >= expected.now - LOGOUT_LIFE - LEEWAY,
    "expired": lambda claims, expected: expected.now < claims["exp"] + LEEWAY,
    "jti": lambda claims, _expected: "jti" in claims,
    "events": lambda claims, _expected: (
        isinstance(claims.get("events"), dict) and isinstance(claims["events"].get(LOGOUT_EVENT), dict)
    ),
    # With one it would pass for an ID token somewhere (Back-Channel Logout 1.0, 2.4).
    "nonce": lambda claims, _expected: "nonce" not in claims,
    "whom": lambda claims, _expected: "sub" in claims or "sid" in claims,
}
CLOCK_RULES: Final = frozenset({"clock_ahead", "clock_behind", "not_before", "expired"})
"""The rules that a wrong clock breaks, at the provider's or here."""


def check(rules: Mapping[str, ClaimRule], claims: Claims, expected: Expected) -> None:
    """Raises ``TokenError`` with the name of the first rule that the claims break."""
    for name, rule in rules.items():
        if not rule(claims, expected):
            raise TokenError(name)


def left_half(alg: str, text: str) -> str:
    """What ``at_hash`` must be; Ed25519 hashes with SHA-512 itself, and so its tokens do."""
    digest = hashlib.sha512 if alg == "EdDSA" else hashlib.sha256
    hashed = digest(text.encode()).digest()
    return base64url(hashed[: len(hashed) // 2])


def same(left: str, right: str) -> bool:
    """Whether two secrets are equal and not empty, in a time that tells nothing."""
    return bool(right) and hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode())
