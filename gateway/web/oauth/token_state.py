"""``POST /oauth/revoke`` and ``POST /oauth/introspect``: a token is given back, or asked about."""

from dataclasses import dataclass

from aiohttp import web

from gateway.errors import InvalidClient
from gateway.oauth.introspection import Introspection
from gateway.oauth.revoking import Revoking
from gateway.oauth.tokens import required
from gateway.web.oauth.answers import answering, said
from gateway.web.oauth.caller import Callers
from gateway.web.oauth.record import OAuthRecord
from gateway.web.problems import Problems

REVOKE, INTROSPECT = "/oauth/revoke", "/oauth/introspect"
REVOKE_STEP, INTROSPECT_STEP = "revoke", "introspect"


@dataclass(frozen=True, slots=True)
class TokenStateEndpoints:
    """Both take a token that may be anything, and tell a stranger nothing of it.

    What a token is said to be (``token_type_hint``) is not looked at: it is what it is.
    """

    callers: Callers
    revoking: Revoking
    introspection: Introspection
    record: OAuthRecord
    problems: Problems

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(REVOKE, answering(self.problems, self.revoke))
        app.router.add_post(INTROSPECT, answering(self.problems, self.introspect))

    async def revoke(self, request: web.Request) -> web.Response:
        """The same empty answer for a token that was good and for one that never was (RFC 7009, 2.2)."""
        client, fields = await self.callers.program(request, REVOKE_STEP)
        ended = await self.revoking.revoke(client, required(fields, "token"))
        if ended is not None:
            await self.record.granted(request, REVOKE_STEP, client.client_id, ended)
        return web.Response(headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def introspect(self, request: web.Request) -> web.Response:
        """Only for those that can prove who they are: any program on a device could pass for a public one."""
        client, fields = await self.callers.program(request, INTROSPECT_STEP)
        if not client.confidential:
            problem = InvalidClient()
            await self.record.refused(request, INTROSPECT_STEP, problem, client.client_id)
            raise problem
        return said(await self.introspection.tell(client, required(fields, "token")))
