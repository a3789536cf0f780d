"""``POST /oauth/token``: what a person allowed, or a program may by itself, becomes tokens (RFC 6749, 3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from gateway.errors import NotYet, OAuthError
from gateway.oauth.client import Client
from gateway.oauth.tokens import GrantType, Issued, required
from gateway.web.oauth.answers import answering, said
from gateway.web.oauth.binding import Bindings
from gateway.web.oauth.caller import Callers
from gateway.web.oauth.record import OAuthRecord
from gateway.web.problems import Problems

PATH = "/oauth/token"
STEP = "token"


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The endpoint; ``grant_types`` are the ways to ask, by their names."""

    callers: Callers
    grant_types: Mapping[str, GrantType]
    bindings: Bindings
    record: OAuthRecord
    problems: Problems

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(PATH, answering(self.problems, self.give))

    async def give(self, request: web.Request) -> web.Response:
        """Tokens; nothing leaves before it is sealed that they were given."""
        client, fields = await self.callers.program(request, STEP)
        try:
            issued = await self._issue(request, client, fields)
        except NotYet:
            # Every few seconds from each device: nothing was refused, and nothing is worth an entry.
            raise
        except OAuthError as problem:
            await self.record.refused(request, STEP, problem, client.client_id)
            raise
        await self.record.granted(request, STEP, client.client_id, issued.grant)
        return said(issued.document)

    async def _issue(self, request: web.Request, client: Client, fields: Mapping[str, str]) -> Issued:
        name = required(fields, "grant_type")
        grant_type = self.grant_types.get(name)
        if grant_type is None:
            raise OAuthError("unsupported_grant_type", field="grant_type")
        if name not in client.grants:
            raise OAuthError("unauthorized_client")
        # Before anything is spent: a program that is told to prove its key anew still has its code.
        return await grant_type(client, fields, await self.bindings.of(request, client))
