"""What a program is told of the person: what they consented to, and nothing more (OpenID Connect Core, 5.3)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.errors import Forbidden, InvalidClient, OAuthError, Unauthenticated
from gateway.identity.principal import Principal
from gateway.oauth.clients import Clients
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.pairwise import Pairwise
from gateway.oauth.scopes import IDENTITY, OPENID

CLAIMS: Final[Mapping[str, Callable[[AuthorizationGrant], Any]]] = {
    "home": lambda grant: grant.home.value,
    "identifiers": lambda grant: [each.model_dump(mode="json") for each in grant.identifiers],
}
"""Every claim there is beyond ``sub``; a token shows them if it carries the scope ``identity``."""


class UserInfo:
    """Tells by the grant as it stands now, so that what was withdrawn a moment ago is told no more."""

    def __init__(self, grants: Grants, clients: Clients, pairwise: Pairwise) -> None:
        self._grants = grants
        self._clients = clients
        self._pairwise = pairwise

    async def tell(self, principal: Principal) -> Mapping[str, Any]:
        """The person as the program may know them; raises ``Forbidden`` and ``Unauthenticated``."""
        if OPENID not in principal.scopes:
            raise Forbidden("insufficient_scope", scope=OPENID)
        try:
            grant = await self._grants.find(principal.session or "")
            client = await self._clients.find(principal.client)
        except (OAuthError, InvalidClient) as problem:
            raise Unauthenticated("invalid_token") from problem
        shown = set(grant.claims) if IDENTITY in principal.scopes else set()
        told = {name: value(grant) for name, value in CLAIMS.items() if name in shown}
        return {"sub": self._pairwise.of(client, grant.person), **told}
