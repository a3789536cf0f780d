"""The one place a token is taken from: the Authorization header (RFC 6750, 2.1)."""

import re

from multidict import MultiMapping

from gateway.identity.verifier import refuse

# The scheme in any case (RFC 9110, 11.1), exactly one space, then what RFC 6750 calls a b64token.
_BEARER = re.compile(r"bearer ([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)


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
    match = _BEARER.fullmatch(values[0])
    if match is None:
        refuse("scheme")
    return match.group(1)
