"""Who a program would act for, read from a token of theirs that it was shown (RFC 8693, 2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.errors import Forbidden, InvalidClient, OAuthError, Unauthenticated
from gateway.identity.strict import TokenError
from gateway.identity.verifier import TokenVerifier
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.id_tokens import IdTokens

log = structlog.get_logger()

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Subject:
    """A person who is there: the grant that the token came of, and when the token expires, since 1970."""

    grant: AuthorizationGrant
    expires_at: int


class Subjects:
    """Believes tokens of ours that were given to programs of the asker's own agency, and no other.

    A token that was shown to somebody else's program says nothing of a wish to deal with this one.
    """

    def __init__(self, verifier: TokenVerifier, id_tokens: IdTokens, clients: Clients, grants: Grants) -> None:
        self._verifier = verifier
        self._id_tokens = id_tokens
        self._clients = clients
        self._grants = grants

    async def find(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Subject:
        """The person; raises ``OAuthError`` (``invalid_request``), whatever is wrong with the token."""
        token, kind = fields.get("subject_token"), fields.get("subject_token_type")
        if token is None or kind not in (ACCESS_TOKEN, ID_TOKEN):
            raise OAuthError(field="subject_token_type" if token else "subject_token")
        try:
            if kind == ACCESS_TOKEN:
                return await self._by_access_token(client, token, confirmation)
            return await self._by_id_token(client, token)
        except (TokenError, Unauthenticated, Forbidden, InvalidClient) as problem:
            reason = problem.reason if isinstance(problem, TokenError) else problem.code
        except OAuthError as problem:
            reason = problem.code
        log.warning("subject_token.refused", client=client.client_id, reason=reason)
        raise OAuthError(field="subject_token")

    async def _by_access_token(self, client: Client, token: str, confirmation: Confirmation | None) -> Subject:
        principal = self._verifier.verify(token, bound=True)
        if principal.actor is not None:
            # Who acts for a person does not hand that on.
            raise TokenError("acting")
        bound = principal.confirmation
        if bound is not None and (principal.client != client.client_id or bound != confirmation):
            # In any hands but its own a bound token was stolen, or copied on the way.
            raise TokenError("bound")
        await self._require_same_agency(client, principal.client)
        grant = await self._grants.find(principal.session or "")
        return Subject(grant, int(principal.expires_at.timestamp()))

    async def _by_id_token(self, client: Client, token: str) -> Subject:
        hint = self._id_tokens.read_living(token)
        await self._require_same_agency(client, hint.client_id)
        return Subject(await self._grants.find(hint.grant_id), hint.expires_at)

    async def _require_same_agency(self, client: Client, other: str) -> None:
        if other != client.client_id and (await self._clients.find(other)).agency != client.agency:
            raise TokenError("agency")
