"""A program's proof by its key: a signed assertion about itself (RFC 7523), read strictly and good once."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.identity.providers.oidc.jwks import ProviderKeys
from gateway.identity.providers.oidc.signed import verify
from gateway.identity.strict import Limits, TokenError, read, read_object
from gateway.oauth.seen import Seen

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS: Final = ("ES256", "PS256", "EdDSA", "Ed25519")
"""Those of the FAPI 2.0 Security Profile, 5.4.1; the last is the newer name of the one before it (RFC 9864)."""

LONGEST_LIFE: Final = 300
LEEWAY: Final = 30
"""Seconds that the program's clock may be ahead of ours; one that is behind makes shorter assertions."""

_TYPES: Final = (None, "jwt", "client-authentication+jwt")
_LIMITS: Final = Limits(token_characters=8_192, depth=4)
_LONGEST_JTI: Final = 256


def unverified_subject(assertion: str) -> str:
    """Whom the assertion says that it is of; nothing of it is believed yet. Raises ``TokenError``."""
    subject = read_object(read(assertion, _LIMITS).payload, _LIMITS).get("sub")
    if not isinstance(subject, str):
        raise TokenError("sub")
    return subject


class Assertions:
    """Verifies assertions that are meant for ``issuer``, the authorization server's own name."""

    def __init__(self, issuer: str, seen: Seen, clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._seen = seen
        self._clock = clock

    async def check(self, assertion: str, client_id: str, keys: ProviderKeys) -> None:
        """Raises ``TokenError`` with the reason unless the program of that id made it, for us, now and once."""
        # Read by our own limits before the reader for providers' tokens, whose are wider.
        read_object(read(assertion, _LIMITS).payload, _LIMITS)
        signed = await verify(assertion, keys, ALGORITHMS, _TYPES)
        expires = self._check_claims(signed.claims, client_id)
        if not await self._seen.first("assertion", f"{client_id} {signed.claims['jti']}", expires + LEEWAY):
            raise TokenError("replayed")

    def _check_claims(self, claims: Mapping[str, Any], client_id: str) -> int:
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise TokenError("iss")
        # The issuer's name alone: an assertion for an endpoint, or for several servers, could be used at another.
        if claims.get("aud") != self._issuer:
            raise TokenError("aud")
        now, expires, jti = self._clock(), _moment(claims, "exp"), claims.get("jti")
        if expires is None or not now < expires <= now + LONGEST_LIFE + LEEWAY:
            raise TokenError("exp")
        for name in ("iat", "nbf"):
            begins = _moment(claims, name)
            if begins is not None and begins > now + LEEWAY:
                raise TokenError(name)
        issued = _moment(claims, "iat")
        if issued is not None and expires - issued > LONGEST_LIFE + LEEWAY:
            raise TokenError("life")
        if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
            raise TokenError("jti")
        return expires


def _moment(claims: Mapping[str, Any], name: str) -> int | None:
    """A whole number of seconds, or nothing where the claim is absent."""
    if name not in claims:
        return None
    value = claims[name]
    # A bool is an int to Python; to an assertion it is a forgery.
    if type(value) is not int or value <= 0:
        raise TokenError(name)
    return value
