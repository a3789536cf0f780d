"""The grant types by which a person's yes becomes tokens: a code first, refresh tokens after it."""

from collections.abc import Callable, Mapping, Sequence

from gateway.errors import OAuthError
from gateway.oauth.client import Client
from gateway.oauth.codes import Codes
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.refresh import RefreshTokens
from gateway.oauth.tokens import Issued, TokenIssuer, required

Spend = Callable[[str], None]
"""Takes one from a person's quota; raises ``TooManyRequests``."""


class CodeGrant:
    """``authorization_code`` (RFC 6749, 4.1.3, with RFC 7636)."""

    def __init__(self, codes: Codes, grants: Grants, issuer: TokenIssuer, spend: Spend) -> None:
        self._codes = codes
        self._grants = grants
        self._issuer = issuer
        self._spend = spend

    async def __call__(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Issued:
        """Tokens for a code; raises ``OAuthError``."""
        redeemed = await self._codes.redeem(
            required(fields, "code"),
            client.client_id,
            fields.get("redirect_uri"),
            fields.get("code_verifier"),
            confirmation,
        )
        grant = await self._grants.find(redeemed.grant_id)
        self._spend(grant.person)
        return await self._issuer.begin(grant, client, confirmation, redeemed.nonce)


class RefreshGrant:
    """``refresh_token`` (RFC 6749, 6)."""

    def __init__(self, refresh_tokens: RefreshTokens, issuer: TokenIssuer, spend: Spend) -> None:
        self._refresh_tokens = refresh_tokens
        self._issuer = issuer
        self._spend = spend

    async def __call__(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Issued:
        """New tokens for a refresh token; raises ``OAuthError``."""
        token = required(fields, "refresh_token")
        # Judged before the token is spent: a program that asks too widely, or too often, may ask again.
        known = await self._refresh_tokens.find(token, client)
        scopes = _scopes(fields, known)
        self._spend(known.person)
        grant, following = await self._refresh_tokens.rotate(token, client, confirmation)
        return self._issuer.again(grant, client, scopes, confirmation, following)


def _scopes(fields: Mapping[str, str], grant: AuthorizationGrant) -> Sequence[str]:
    """What is asked for, which is at most what was granted; raises ``OAuthError`` (``invalid_scope``)."""
    if "scope" not in fields:
        return grant.scopes
    asked = tuple(dict.fromkeys(fields["scope"].split()))
    if not asked or not set(asked) <= set(grant.scopes):
        raise OAuthError("invalid_scope", field="scope")
    return asked
