"""``/oauth/userinfo``: the person, told to a program that brings their token."""

from dataclasses import dataclass

import orjson
from aiohttp import web

from gateway.identity.bearer import extract_bearer
from gateway.oauth.userinfo import UserInfo
from gateway.web.doorkeeper import Doorkeeper

PATH = "/oauth/userinfo"


@dataclass(frozen=True, slots=True)
class UserInfoEndpoint:
    """GET and POST alike (OpenID Connect Core, 5.3.1); the token stands in the header, never in a form or a query."""

    doorkeeper: Doorkeeper
    userinfo: UserInfo

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(PATH, self.tell)
        app.router.add_post(PATH, self.tell)

    async def tell(self, request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            # A browser's session is no program's token.
            extract_bearer(request.headers)
        told = await self.userinfo.tell(await self.doorkeeper.identify(request))
        return web.Response(body=orjson.dumps(told), content_type="application/json")
