"""The certificate that a proxy saw, in the headers of RFC 9440; believed from the proxies that the settings name."""

import re
from base64 import b64decode
from collections.abc import Sequence

from aiohttp import web

from gateway.errors import SignInRejected
from gateway.web.address import Network, is_from

CERT, CHAIN = "Client-Cert", "Client-Cert-Chain"
MOST_CERTIFICATES = 5
# A byte sequence of structured fields (RFC 9651, 3.3.5). Parameters, of which RFC 9440 has none, are not taken.
_BYTES = re.compile(r":([A-Za-z0-9+/]{4,21844}={0,2}):")


def forwarded_certificates(request: web.Request, trusted: Sequence[Network]) -> tuple[bytes, ...]:
    """The certificates in DER, the person's first; none unless the connection itself comes from a trusted proxy.

    Raises ``SignInRejected`` when a trusted proxy sends what cannot be read.
    """
    if not is_from(request.remote, trusted):
        return ()
    cards, chain = request.headers.getall(CERT, []), request.headers.getall(CHAIN, [])
    if not cards and not chain:
        return ()
    # The person's own stands in one header; the others in a list, which may be cut over several lines.
    between = [part.strip(" \t") for line in chain for part in line.split(",")]
    if len(cards) != 1 or len(between) >= MOST_CERTIFICATES:
        raise SignInRejected("signin_certificate_unreadable")
    return tuple(_bytes(each) for each in (cards[0].strip(" \t"), *between))


def _bytes(item: str) -> bytes:
    found = _BYTES.fullmatch(item)
    try:
        if found:
            return b64decode(found[1], validate=True)
    except ValueError:
        pass
    raise SignInRejected("signin_certificate_unreadable")
