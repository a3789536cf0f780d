"""What a program is given for a grant: an access token, and what goes with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from gateway.errors import OAuthError
from gateway.identity.tokens import LIFE, TokenMint
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant
from gateway.oauth.id_tokens import IdTokens
from gateway.oauth.refresh import RefreshTokens
from gateway.oauth.scopes import OPENID

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Issued:
    """The answer to a program (RFC 6749, 5.1), and the grant that it came of where it concerns a person."""

    document: Mapping[str, Any]
    grant: AuthorizationGrant | None


class GrantType(Protocol):
    """One way to ask for a token; its name is the ``grant_type``."""

    async def __call__(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Issued:
        """What the authenticated program is given; ``confirmation`` is the key or certificate that it proved to hold.

        Raises ``OAuthError``.
        """
        ...


class TokenIssuer:
    """Makes the tokens of a grant."""

    def __init__(
        self, mint: TokenMint, refresh_tokens: RefreshTokens, id_tokens: IdTokens, clock: Callable[[], float]
    ) -> None:
        self._mint = mint
        self._refresh_tokens = refresh_tokens
        self._id_tokens = id_tokens
        self._clock = clock

    async def begin(
        self, grant: AuthorizationGrant, client: Client, confirmation: Confirmation | None, nonce: str | None = None
    ) -> Issued:
        """All that a new grant gives; a refresh token only to a program that is registered for it."""
        refresh_token = None
        if "refresh_token" in client.grants:
            refresh_token = await self._refresh_tokens.issue(grant, client, confirmation)
        return self._issued(grant, client, grant.scopes, confirmation, refresh_token, nonce)

    def again(
        self,
        grant: AuthorizationGrant,
        client: Client,
        scopes: Sequence[str],
        confirmation: Confirmation | None,
        refresh_token: str,
    ) -> Issued:
        """What a refresh token gives: ``scopes`` are those of the grant, or fewer of them."""
        return self._issued(grant, client, scopes, confirmation, refresh_token, None)

    def _issued(
        self,
        grant: AuthorizationGrant,
        client: Client,
        scopes: Sequence[str],
        confirmation: Confirmation | None,
        refresh_token: str | None,
        nonce: str | None,
    ) -> Issued:
        access_token = self._access_token(grant, client, scopes, confirmation)
        document = {
            "access_token": access_token,
            "token_type": token_type(confirmation),
            "expires_in": max(0, min(LIFE, grant.expires_at - int(self._clock()))),
            "scope": " ".join(sorted(scopes)),
        }
        if refresh_token is not None:
            document["refresh_token"] = refresh_token
        if OPENID in scopes:
            document["id_token"] = self._id_tokens.sign(grant, client, nonce=nonce, access_token=access_token)
        return Issued(document, grant)

    def _access_token(
        self, grant: AuthorizationGrant, client: Client, scopes: Sequence[str], confirmation: Confirmation | None
    ) -> str:
        """Good no longer than the grant is; raises ``OAuthError`` (``invalid_scope``) where it would be too large."""
        try:
            return self._mint.mint(
                grant.holder(),
                client=client.client_id,
                scopes=scopes,
                countries=grant.countries,
                purposes=grant.purposes,
                confirmation=confirmation,
                until=grant.expires_at,
            )
        except ValueError as problem:
            log.warning("token.not_minted", client=client.client_id, scopes=len(scopes))
            raise OAuthError("invalid_scope", field="scope") from problem


def token_type(confirmation: Confirmation | None) -> str:
    """How a token is brought: one that is bound to a certificate is brought as a bearer's (RFC 8705, 3)."""
    return "DPoP" if confirmation is not None and confirmation.kind == "jkt" else "Bearer"


def required(fields: Mapping[str, str], name: str) -> str:
    """A parameter that must be there; raises ``OAuthError`` (``invalid_request``)."""
    if name not in fields:
        raise OAuthError(field=name)
    return fields[name]
