"""The first half of an operator's way in: to the provider and back, by invitation or as one who is known."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.errors import NotFound, SignInError
from gateway.identity.operators.signin import OperatorSignIn
from gateway.identity.providers.base import ProviderResponse
from gateway.web.address import caller_address
from gateway.web.console.cookies import BROWSER, give_browser_secret, give_session
from gateway.web.console.guard import Guard, see
from gateway.web.middleware import REQUEST_ID
from gateway.web.pages.problem import PAGE
from gateway.web.signin.browser import browser_secret, new_secret
from gateway.web.signin.query import single

_INVITATION = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class WayIn:
    """Nothing here is a secret's but what comes back from the provider; ``spend`` limits who asks how often."""

    guard: Guard
    signin: OperatorSignIn
    spend: Callable[[str], None]

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/signin", self.choose, name=f"{PAGE}console-signin")
        router.add_get("/invitation/{invitation}", self.invited, name=f"{PAGE}console-invitation")
        router.add_get("/auth/login", self.login, name=f"{PAGE}console-login")
        router.add_get("/auth/callback", self.callback, name=f"{PAGE}console-callback")

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """The page with the way to the provider."""
        if await self.guard.session(request) is not None:
            return see("/console")
        return self.guard.pages.render(request, "console/signin.html", plate=self.signin.provider.plate, invitation="")

    async def invited(self, request: web.Request) -> web.Response:
        """What an invitation leads to. It is used up at the end alone, so whatever looks at addresses spends none."""
        invitation = request.match_info["invitation"]
        if not _INVITATION.fullmatch(invitation):
            raise NotFound
        plate = self.signin.provider.plate
        return self.guard.pages.render(request, "console/signin.html", plate=plate, invitation=invitation)

    async def login(self, request: web.Request) -> web.Response:
        """On to the provider; raises ``ProviderError`` and ``TooManyRequests``."""
        self.spend(caller_address(request))
        invitation = request.query.get("invitation", "")
        if invitation and not _INVITATION.fullmatch(invitation):
            raise NotFound
        browser = browser_secret(request, BROWSER) or new_secret()
        url = await self.signin.begin(browser, self.guard.pages.language(request), invitation)
        response = see(url)
        give_browser_secret(response, browser)
        return response

    async def callback(self, request: web.Request) -> web.Response:
        """Back from the provider: on to the second factor; whoever was here before is signed out first."""
        self.spend(caller_address(request))
        query, number = single(request.query), request[REQUEST_ID]
        try:
            browser = browser_secret(request, BROWSER)
            half = await self.signin.complete(query.get("state", ""), browser, ProviderResponse(query=query))
        except SignInError as problem:
            await self.guard.acts.note("", "first-factor", number, problem.code)
            raise
        if before := await self.guard.session(request):
            await self.guard.sessions.end(before)
        await self.guard.acts.note(half.operator, "first-factor", number)
        response = see("/console/factor")
        give_session(response, half.secret, whole=False)
        return response
