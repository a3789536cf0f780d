"""``POST /oauth/par``: what a program wants to ask a person, sent by the program itself (RFC 9126)."""

from dataclasses import dataclass

from aiohttp import web

from gateway.errors import OAuthError
from gateway.oauth.request import AuthorizationRequest, read_request, redirect_of
from gateway.oauth.requests import PUSHED_SECONDS, Requests
from gateway.web.oauth.answers import answering, said
from gateway.web.oauth.binding import Bindings
from gateway.web.oauth.caller import Callers, refused_as
from gateway.web.oauth.record import OAuthRecord
from gateway.web.problems import Problems

PATH = "/oauth/par"
STEP = "par"


@dataclass(frozen=True, slots=True)
class PushedRequests:
    """The endpoint, for every program and the only way for those that have keys."""

    callers: Callers
    bindings: Bindings
    requests: Requests
    record: OAuthRecord
    problems: Problems

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(PATH, answering(self.problems, self.push))

    async def push(self, request: web.Request) -> web.Response:
        """Judges the request now, while there is nobody to be sent anywhere, and keeps it for a minute and a half."""
        client, fields = await self.callers.program(request, STEP)
        try:
            if "request_uri" in fields:
                raise OAuthError(field="request_uri")
            asked: AuthorizationRequest = read_request(fields, client, redirect_of(fields, client))
            asked = await self.bindings.pushed(request, client, asked)
        except OAuthError as problem:
            told = refused_as(problem)
            await self.record.refused(request, STEP, told, client.client_id)
            raise told from problem
        request_uri = await self.requests.push(asked)
        return said({"request_uri": request_uri, "expires_in": PUSHED_SECONDS}, status=201)
