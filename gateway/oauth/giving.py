"""From a person's yes to the code that the program is sent back with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.identity.principal import Principal
from gateway.oauth.client import Client
from gateway.oauth.codes import Codes
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.request import AuthorizationRequest
from gateway.oauth.scopes import IDENTITY

CLAIMS: Final = ("home", "identifiers")
"""What userinfo tells of a person who allowed the scope ``identity``."""


@dataclass(frozen=True, slots=True)
class Giving:
    """Makes the grant and the code."""

    grants: Grants
    codes: Codes
    clock: Callable[[], float]

    async def give(self, asked: AuthorizationRequest, client: Client, principal: Principal, until: int) -> str:
        """The code for what the person allowed the program, which may act on it up to ``until``."""
        grant = await self.grants.create(
            AuthorizationGrant.of(
                principal,
                client.client_id,
                scopes=asked.scopes,
                purposes=asked.purposes,
                claims=CLAIMS if IDENTITY in asked.scopes else (),
                countries=client.countries or None,
                now=self.clock(),
                expires_at=until,
            )
        )
        return await self.codes.issue(
            grant.id,
            client.client_id,
            asked.redirect_uri,
            asked.challenge,
            asked.nonce,
            Confirmation("jkt", asked.jkt) if asked.jkt else None,
        )
