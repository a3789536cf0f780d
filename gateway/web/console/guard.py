"""Who stands before the console, and what they may be shown: nobody, half signed in, or an operator."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway.identity.operators.breaks import Breaks
from gateway.identity.operators.operator import Operator
from gateway.identity.operators.sessions import OperatorSession, OperatorSessions
from gateway.operators.acts import OperatorActs
from gateway.web.console.cookies import BROWSER, session_secret
from gateway.web.console.pages import ConsolePages
from gateway.web.contract import Handler
from gateway.web.middleware import REQUEST_ID
from gateway.web.signin.browser import FORM, Forms, browser_secret

Fields = dict[str, str]
HalfHandler = Callable[[web.Request, OperatorSession], Awaitable[web.StreamResponse]]
HalfPost = Callable[[web.Request, OperatorSession, Fields], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of an operator who has signed in with both factors."""

    request: web.Request
    session: OperatorSession
    operator: Operator

    @property
    def id(self) -> str:
        """The request's number."""
        return self.request[REQUEST_ID]


Page = Callable[[Visit], Awaitable[web.StreamResponse]]
Post = Callable[[Visit, Fields], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets handlers be reached by those whom they are for; a form's token is judged before anything else of it."""

    sessions: OperatorSessions
    forms: Forms
    pages: ConsolePages
    acts: OperatorActs
    breaks: Breaks

    async def session(self, request: web.Request) -> OperatorSession | None:
        """The browser's session, whole or half."""
        secret = session_secret(request)
        return await self.sessions.find(secret) if secret else None

    def half(self, handler: HalfHandler) -> Handler:
        """For whoever has shown the first factor at least."""

        async def handle(request: web.Request) -> web.StreamResponse:
            session = await self.session(request)
            return see("/console/signin") if session is None else await handler(request, session)

        return handle

    def half_post(self, handler: HalfPost) -> Handler:
        """The same, for a form."""

        async def handle(request: web.Request, session: OperatorSession) -> web.StreamResponse:
            return await handler(request, session, await self.forms.check(request, session.id))

        return self.half(handle)

    def page(self, handler: Page) -> Handler:
        """For operators alone: others are led to what they have not shown yet."""

        async def handle(request: web.Request, session: OperatorSession) -> web.StreamResponse:
            operator = await self.sessions.operator(session)
            if operator is None:
                return see("/console/factor")
            return await handler(Visit(request, session, operator))

        return self.half(handle)

    def post(self, handler: Post) -> Handler:
        """The same, for a form."""

        async def handle(visit: Visit) -> web.StreamResponse:
            return await handler(visit, await self.forms.check(visit.request, visit.session.id))

        return self.page(handle)

    async def show(self, visit: Visit, template: str, *, status: int = 200, **context: Any) -> web.Response:
        """A page of the console, with the alarms that stand above each of them."""
        return self.pages.render(
            visit.request,
            template,
            status=status,
            operator=visit.operator,
            alarms=await self.breaks.alarms(),
            form=self.token(visit.request, visit.session),
            form_name=FORM,
            place="" if visit.request.method == "GET" else "/console",
            **context,
        )

    def token(self, request: web.Request, session: OperatorSession) -> str:
        """What a form of this session carries."""
        return self.forms.token(browser_secret(request, BROWSER), session.id)


def see(path: str) -> web.Response:
    """On to another page, by GET."""
    return web.Response(status=303, headers={"Location": path})
