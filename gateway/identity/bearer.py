"""The one place a token is taken from: the Authorization header (RFC 6750, 2.1)."""

from string import ascii_letters, digits

from multidict import MultiMapping

from gateway.identity.verifier import refuse

_ALPHABET = f"{ascii_letters}{digits}-._~+/".encode()


def extract_bearer(headers: MultiMapping[str]) -> str:
    """The unverified token of a request; a query or a body is never looked at.

    Raises ``Unauthenticated``: ``token_missing`` without a header, ``invalid_token`` with two, or with one
    that is not ``Bearer``, one space and a token.
    """
    values = headers.getall("Authorization", [])
    if not values:
        refuse("missing", "token_missing")
    if len(values) > 1:
        refuse("two_headers")
    # The scheme in any case (RFC 9110, 11.1), exactly one space, then the token.
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "bearer" or not _is_b64token(token):
        refuse("scheme")
    return token


def _is_b64token(text: str) -> bool:
    """Whether it is what RFC 6750 calls a b64token; a pattern takes four times as long for a token's length."""
    body = text.rstrip("=").encode("ascii", "replace")
    return bool(body) and not body.translate(None, _ALPHABET)
