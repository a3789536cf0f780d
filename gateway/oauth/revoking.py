"""A program gives a token back (RFC 7009)."""

from gateway.errors import OAuthError, Unauthenticated
from gateway.identity.revocation import Revocable, Revocations
from gateway.identity.verifier import TokenVerifier
from gateway.oauth.client import Client
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.refresh import RefreshTokens


class Revoking:
    """Ends what the program holds: with a refresh token its whole grant, with an access token that token alone."""

    def __init__(
        self, verifier: TokenVerifier, refresh_tokens: RefreshTokens, grants: Grants, revocations: Revocations
    ) -> None:
        self._verifier = verifier
        self._refresh_tokens = refresh_tokens
        self._grants = grants
        self._revocations = revocations

    async def revoke(self, client: Client, unverified_token: str) -> AuthorizationGrant | None:
        """The grant that is over with this, if any.

        A token that is no good, or another program's, is let be, and the program is told nothing of it (2.2).
        """
        if self._refresh_tokens.owns(unverified_token):
            return await self._refresh_token(client, unverified_token)
        try:
            holder = self._verifier.verify_any(unverified_token, bound=True)
        except Unauthenticated:
            return None
        if holder.client == client.client_id:
            expires = int(holder.expires_at.timestamp())
            await self._revocations.revoke(Revocable.TOKEN, holder.token_id, token_expires=expires)
        return None

    async def _refresh_token(self, client: Client, unverified_token: str) -> AuthorizationGrant | None:
        try:
            # One that was used already does as well: whoever gives it back wants the grant to be over.
            grant = await self._refresh_tokens.find(unverified_token, client)
        except OAuthError:
            return None
        await self._grants.revoke(grant.id)
        return grant
