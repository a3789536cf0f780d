"""The bus tells of a change by itself: a JWT that it signed, about one application, for us, a moment ago."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.sdk import BackendGarbled, CallbackRefused, Heard, read_json

ALGORITHM: Final = "ES256"
HEADER: Final[Mapping[str, str]] = {"alg": ALGORITHM, "typ": "application-event+jwt"}
"""The one header there is: no key, no certificate and no address of one may come with the event itself."""

ISSUER: Final = "https://bus.gov.ae.example"
FRESH: Final = 300
"""Seconds after which an event is too old to be believed."""
SKEW: Final = 30
"""Seconds by which the bus's clock may be ahead of ours."""

_LONGEST: Final = 65_536
_COMPACT: Final = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_CLAIMS: Final = frozenset({"iss", "aud", "iat", "jti", "sub", "application"})
_JWS: Final = jwt.PyJWS(algorithms=[ALGORITHM])


class EventReader:
    """Reads the events that ``key``, a public key on P-256 in PEM, proves to be the bus's, and meant for ``audience``.

    Raises ``ValueError`` where the key is of another kind.
    """

    def __init__(self, key: str, audience: str, clock: Callable[[], datetime]) -> None:
        public = load_pem_public_key(key.encode())
        if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
            raise ValueError("webhook_key must be the public half of a key on P-256")
        self._key = public
        self._audience = audience
        self._clock = clock

    def read(self, body: bytes) -> Heard:
        """What the event tells; raises ``CallbackRefused`` where anything about it is not as it must be."""
        try:
            return self._heard(self._signed(body))
        except (jwt.InvalidTokenError, BackendGarbled, ValueError, LookupError, TypeError) as problem:
            raise CallbackRefused from problem

    def _signed(self, unverified_body: bytes) -> Mapping[str, Any]:
        """The claims, read only once the signature holds; a stranger's bytes reach no reader of ours."""
        # One way of writing it only: the decoder itself passes over characters that are not base64url.
        if len(unverified_body) > _LONGEST or not _COMPACT.fullmatch(unverified_body):
            raise ValueError("is no compact token")
        found = _JWS.decode_complete(unverified_body, self._key, algorithms=[ALGORITHM])
        if found["header"] != HEADER:
            raise ValueError("has another header")
        claims = read_json(found["payload"])
        if not isinstance(claims, dict) or claims.keys() != _CLAIMS:
            raise ValueError("has other claims")
        return claims

    def _heard(self, claims: Mapping[str, Any]) -> Heard:
        issued, now = claims["iat"], self._clock()
        if claims["iss"] != ISSUER or claims["aud"] != self._audience:
            raise ValueError("is from another or for another")
        if type(issued) is not int or not now.timestamp() - FRESH <= issued <= now.timestamp() + SKEW:
            raise ValueError("is not of this moment")
        if not isinstance(claims["jti"], str) or not _ID.fullmatch(claims["jti"]):
            raise ValueError("has no id")
        application = claims["application"]
        # Who is told is signed twice, so that the envelope and the letter cannot be about two applications.
        if not isinstance(application, dict) or application["clientReference"] != claims["sub"]:
            raise ValueError("is about no application")
        return Heard(str(claims["sub"]), claims["jti"], datetime.fromtimestamp(issued, UTC), application)
