"""The one place a token is taken from: the Authorization header (RFC 6750, 2.1; RFC 9449, 7.1)."""

from collections.abc import Sequence
from string import ascii_letters, digits

from multidict import MultiMapping, istr

from gateway.identity.verifier import refuse

# Folded once and not at each look.
AUTHORIZATION = istr("Authorization")
BEARER, DPOP = "bearer", "dpop"
_SCHEMES = (BEARER, DPOP)
_ALPHABET = f"{ascii_letters}{digits}-._~+/".encode()


def extract_token(headers: MultiMapping[str]) -> tuple[str, str]:
    """The scheme, in small letters, and the unverified token of a request; a query or a body is never looked at.

    Raises ``Unauthenticated``: ``token_missing`` without a header, ``invalid_token`` with two, or with one
    that is not ``Bearer`` or ``DPoP``, one space and a token.
    """
    values: Sequence[str] = headers.getall(AUTHORIZATION, ())
    if len(values) != 1:
        refuse("two_headers") if values else refuse("missing", "token_missing")
    # The scheme in any case (RFC 9110, 11.1), exactly one space, then the token.
    scheme, _, token = values[0].partition(" ")
    scheme, body = scheme.lower(), token.rstrip("=")
    # What RFC 6750 calls a b64token; a pattern takes four times as long for a token's length.
    if scheme not in _SCHEMES or not body.isascii() or not body or body.encode().translate(None, _ALPHABET):
        refuse("scheme")
    return scheme, token


def extract_bearer(headers: MultiMapping[str]) -> str:
    """The unverified token of a request that brings it as a bearer's; raises as ``extract_token`` does."""
    scheme, token = extract_token(headers)
    if scheme != BEARER:
        refuse("scheme")
    return token


def asks_by_proof(headers: MultiMapping[str]) -> bool:
    """Whether the request is of a program that proves its key, as far as one can tell."""
    return headers.get(AUTHORIZATION, "")[:5].lower() == "dpop "
