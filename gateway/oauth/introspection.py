"""Whether a token is good, told to those whom it concerns (RFC 7662)."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import OAuthError, Unauthenticated
from gateway.identity.principal import Principal, Program
from gateway.identity.verifier import TokenVerifier
from gateway.oauth.client import Client
from gateway.oauth.grant import AuthorizationGrant
from gateway.oauth.pairwise import Pairwise
from gateway.oauth.refresh import RefreshTokens
from gateway.oauth.tokens import token_type

INTROSPECTION: Final = "introspection"
"""The scope that a resource server is registered with: it may ask about any access token that it was shown."""

INACTIVE: Final[Mapping[str, Any]] = {"active": False}
"""The one answer about whatever is not good, not ours or not the asker's: nobody learns which."""


class Introspection:
    """Answers programs about their own tokens, and resource servers about access tokens."""

    def __init__(
        self, verifier: TokenVerifier, refresh_tokens: RefreshTokens, pairwise: Pairwise, *, issuer: str, audience: str
    ) -> None:
        self._verifier = verifier
        self._refresh_tokens = refresh_tokens
        self._pairwise = pairwise
        self._issuer = issuer
        self._audience = audience

    async def tell(self, client: Client, unverified_token: str) -> Mapping[str, Any]:
        """What the token is good for; its person by the name that the asker's agency knows them by.

        Raises ``Unavailable`` where nobody can say what is revoked.
        """
        if self._refresh_tokens.owns(unverified_token):
            return await self._refresh_token(client, unverified_token)
        try:
            holder = self._verifier.verify_any(unverified_token, bound=True)
        except Unauthenticated:
            return INACTIVE
        if client.client_id != holder.client and INTROSPECTION not in client.scopes:
            return INACTIVE
        return self._access_token(client, holder)

    def _access_token(self, client: Client, holder: Principal | Program) -> Mapping[str, Any]:
        document: dict[str, Any] = {
            "active": True,
            "iss": self._issuer,
            "aud": self._audience,
            "client_id": holder.client,
            "sub": holder.client,
            "scope": " ".join(sorted(holder.scopes)),
            "exp": int(holder.expires_at.timestamp()),
            "jti": holder.token_id,
            "token_type": token_type(holder.confirmation),
        }
        if isinstance(holder, Principal):
            document |= self._about(client, holder)
        if holder.confirmation is not None:
            document["cnf"] = holder.confirmation.claim
        return document

    def _about(self, client: Client, principal: Principal) -> Mapping[str, Any]:
        """The person behind a token."""
        told: dict[str, Any] = {
            "sub": self._pairwise.of(client, principal.subject),
            "acr": principal.assurance.value,
        }
        if principal.authenticated_at is not None:
            told["auth_time"] = int(principal.authenticated_at.timestamp())
        if principal.purposes is not None:
            told["purposes"] = sorted(principal.purposes)
        if principal.actor is not None:
            told["act"] = {"sub": principal.actor}
        return told

    async def _refresh_token(self, client: Client, unverified_token: str) -> Mapping[str, Any]:
        try:
            grant: AuthorizationGrant = await self._refresh_tokens.find(unverified_token, client)
        except OAuthError:
            return INACTIVE
        expires = await self._refresh_tokens.is_live(unverified_token)
        if expires is None:
            return INACTIVE
        return {
            "active": True,
            "iss": self._issuer,
            "client_id": client.client_id,
            "sub": self._pairwise.of(client, grant.person),
            "scope": " ".join(grant.scopes),
            "exp": expires,
        }
