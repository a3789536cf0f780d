"""ID tokens: who signed in, when and how surely, told to one program (OpenID Connect Core, 2)."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.identity.clock import SteadyClock
from gateway.identity.keys import Algorithm, KeyRing, base64url
from gateway.identity.strict import Limits, TokenError, read, read_object
from gateway.oauth.client import Client
from gateway.oauth.grant import AuthorizationGrant
from gateway.oauth.pairwise import Pairwise

LIFE: Final = 300
ID_TOKEN, LOGOUT_TOKEN = "JWT", "logout+jwt"
LOGOUT_LIFE: Final = 120
BACK_CHANNEL_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"

_LIMITS: Final = Limits()
# Of the hash of the access token, by the hash that the signature is made with (OpenID Connect Core, 3.1.3.6).
_HASHES: Final[Mapping[Algorithm, Callable[[bytes], Any]]] = {"ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Hint:
    """What an ID token of ours, brought back, is proof of; it may have expired long ago, in seconds since 1970."""

    client_id: str
    grant_id: str
    expires_at: int


class IdTokens:
    """Signs with the ring of the access tokens, under types of their own: neither passes for the other."""

    def __init__(
        self, keys: KeyRing, pairwise: Pairwise, *, issuer: str, clock: Callable[[], float] | None = None
    ) -> None:
        self._keys = keys
        self._pairwise = pairwise
        self._issuer = issuer
        self._clock = clock or SteadyClock()

    def sign(self, grant: AuthorizationGrant, client: Client, *, nonce: str | None, access_token: str) -> str:
        """The ID token of a grant, handed out together with ``access_token``.

        It tells no number and no name: it is read by whoever sees it. Those are for userinfo.
        """
        # Taken once: the hash goes by the key's algorithm, and the keys may change at any moment.
        now, key = int(self._clock()), self._keys.current
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": self._pairwise.of(client, grant.person),
            "aud": client.client_id,
            "iat": now,
            "exp": now + LIFE,
            "auth_time": grant.authenticated_at,
            "acr": grant.assurance.value,
            "sid": grant.id,
            "at_hash": _half_hash(access_token, key.alg),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return key.signed(claims, typ=ID_TOKEN)

    def sign_logout(self, client: Client, person: str, grant_id: str) -> str:
        """A logout token (OpenID Connect Back-Channel Logout 1.0, 2.4): what came of the grant's sign-in is over."""
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "sub": self._pairwise.of(client, person),
            "aud": client.client_id,
            "iat": now,
            "exp": now + LOGOUT_LIFE,
            "jti": secrets.token_urlsafe(16),
            "sid": grant_id,
            "events": {BACK_CHANNEL_LOGOUT: {}},
        }
        return self._keys.current.signed(claims, typ=LOGOUT_TOKEN)

    def read_living(self, unverified_token: str) -> Hint:
        """What an ID token that has not expired is proof of; raises ``TokenError``."""
        hint = self.read_hint(unverified_token)
        if hint.expires_at <= self._clock():
            raise TokenError("expired", "token_expired")
        return hint

    def read_hint(self, unverified_token: str) -> Hint:
        """What an ``id_token_hint`` is proof of; raises ``TokenError`` unless it is an ID token that we signed."""
        parts = read(unverified_token, _LIMITS)
        header = parts.header
        kid = header.get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None or header.keys() != {"alg", "kid", "typ"}:
            raise TokenError("kid")
        if header["alg"] != key.alg or header["typ"] != ID_TOKEN:
            raise TokenError("typ")
        if not key.verifies(parts.signing_input, parts.signature):
            raise TokenError("signature")
        claims = read_object(parts.payload, _LIMITS)
        client_id, grant_id, expires_at = claims.get("aud"), claims.get("sid"), claims.get("exp")
        if claims.get("iss") != self._issuer or not isinstance(client_id, str) or not isinstance(grant_id, str):
            raise TokenError("claims")
        if type(expires_at) is not int:
            raise TokenError("claims")
        return Hint(client_id, grant_id, expires_at)


def _half_hash(access_token: str, alg: Algorithm) -> str:
    digest = _HASHES[alg](access_token.encode("ascii")).digest()
    return base64url(digest[: len(digest) // 2])
