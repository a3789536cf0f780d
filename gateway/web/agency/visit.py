"""Who stands before an agency's pages: somebody who is signed in, and who is a member there."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.agencies.acting import Actor, AgencyAct
from gateway.agencies.agencies import AgencyView
from gateway.agencies.callers import Caller
from gateway.errors import (
    AssuranceTooLow,
    BawabaError,
    BodyTooLarge,
    BodyTooSlow,
    Conflict,
    Forbidden,
    FormExpired,
    InvalidInput,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from gateway.identity.sessions import Session, Sessions
from gateway.web.agency.words import apart
from gateway.web.contract import Handler
from gateway.web.middleware import REQUEST_ID
from gateway.web.pages.problem import wants_page
from gateway.web.pages.render import Pages
from gateway.web.problems import Problem, Problems
from gateway.web.registry.desk import Desk
from gateway.web.signin.browser import FORM, Forms, browser_secret, new_secret, session_secret

NONCE: Final = "nonce"
FILE: Final = "file"
TOLD: Final = (Conflict, InvalidInput, TooManyRequests)
"""What is told on the page where it happened; everything else has a page of its own."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is signed in; ``fields`` are what a form brought, ``file`` what was uploaded."""

    request: web.Request
    session: Session
    caller: Caller
    fields: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""

    @property
    def id(self) -> str:
        """The request's number."""
        return self.request[REQUEST_ID]

    @property
    def key(self) -> str:
        """What makes a form that is sent twice one act; with other words in it, it is another."""
        told = {name: value for name, value in self.fields.items() if name != FORM}
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def given(self, name: str) -> str:
        """A field, without the blanks around it."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Member:
    """A visit of somebody to an agency that they are a member of."""

    visit: Visit
    actor: Actor
    agency: AgencyView

    @property
    def address(self) -> str:
        """Where the pages of the agency begin."""
        return f"/agency/{self.agency.id}"


Page = Callable[[Visit], Awaitable[web.StreamResponse]]
Inside = Callable[[Member], Awaitable[web.StreamResponse]]
Shown = Callable[[Member, BawabaError], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets handlers be reached by those whom they are for; a form's token is judged before anything else of it."""

    sessions: Sessions
    desk: Desk
    forms: Forms
    pages: Pages
    problems: Problems

    def page(self, handler: Page) -> Handler:
        """For whoever is signed in surely enough; others are led to where they sign in."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._received(request, handler)

        return handle

    def post(self, handler: Page, limit: int = 0) -> Handler:
        """The same, for a form; ``limit`` is how many bytes it may bring, where that is more than is usual."""

        async def handle(request: web.Request) -> web.StreamResponse:
            async def read(visit: Visit) -> web.StreamResponse:
                return await handler(await self._read(visit, limit))

            return await self._received(request, read)

        return handle

    def inside(self, handler: Inside) -> Handler:
        """For members of the agency that the path names, and of the adapter's where it names one."""
        return self.page(lambda visit: self._inside(visit, handler))

    def act(self, handler: Inside, shown: Shown, limit: int = 0) -> Handler:
        """The same, for a form; what is wrong with it is told on the page that ``shown`` makes."""

        async def handle(visit: Visit) -> web.StreamResponse:
            async def told(member: Member) -> web.StreamResponse:
                try:
                    return await handler(member)
                except TOLD as problem:
                    return await shown(member, problem)

            return await self._inside(visit, told)

        return self.post(handle, limit)

    def may(self, actor: Actor) -> frozenset[AgencyAct]:
        """What the actor's role, and the agency's standing, allow."""
        return frozenset(act for act in AgencyAct if self._permits(actor, act))

    async def show(
        self,
        visit: Visit,
        template: str,
        *,
        status: int = 200,
        problem: BawabaError | None = None,
        place: str = "/agency",
        **context: Any,
    ) -> web.Response:
        """A page with what its forms need; ``place`` is where the language switch leads after a form was sent."""
        language = self.pages.language(visit.request)
        return self.pages.render(
            visit.request,
            template,
            apart=lambda text: apart(text, language),
            status=problem.status if problem else status,
            form=self.forms.token(browser_secret(visit.request), visit.session.id),
            form_name=FORM,
            nonce=new_secret(),
            problem=self.told(visit, problem) if problem else None,
            done=visit.request.query.get("done", ""),
            place="" if visit.request.method == "GET" else place,
            **context,
        )

    async def show_member(self, member: Member, template: str, **more: Any) -> web.Response:
        """The same, of an agency."""
        may = self.may(member.actor)
        return await self.show(member.visit, template, agency=member.agency, may=may, **more)

    def told(self, visit: Visit, problem: BawabaError) -> Problem:
        """The problem in the reader's words."""
        return self.problems.document(problem, self.pages.language(visit.request), visit.id)

    # --- how it is done

    async def _received(self, request: web.Request, handler: Page) -> web.StreamResponse:
        secret = session_secret(request)
        session = await self.sessions.find(secret) if secret else None
        if session is None:
            if wants_page(request):
                return see(f"/signin?return_to={_return_to(request)}")
            raise Unauthenticated("token_missing")
        try:
            caller = self.desk.callers.person(await self.sessions.principal(session))
        except AssuranceTooLow as problem:
            return see(f"/signin?level={problem.facts['needed']}&return_to={_return_to(request)}")
        self.desk.quota.spend(caller.subject)
        return await handler(Visit(request, session, caller))

    async def _read(self, visit: Visit, limit: int) -> Visit:
        """The visit with its form; raises ``FormExpired``, ``BodyTooLarge`` and ``BodyTooSlow``."""
        request = visit.request.clone(client_max_size=limit) if limit else visit.request
        try:
            async with asyncio.timeout(self.desk.body_seconds):
                fields, file = await self._checked(request, visit.session)
        except TimeoutError as problem:
            raise BodyTooSlow from problem
        except web.HTTPRequestEntityTooLarge as problem:
            raise BodyTooLarge(limit=limit or request.client_max_size) from problem
        return Visit(visit.request, visit.session, visit.caller, fields, file)

    async def _checked(self, request: web.Request, session: Session) -> tuple[Mapping[str, str], bytes]:
        try:
            fields = await self.forms.check(request, session.id)
        except FormExpired:
            await _uploaded(request)
            raise
        return fields, await _uploaded(request)

    async def _inside(self, visit: Visit, handler: Inside) -> web.StreamResponse:
        return await handler(await self._member(visit))

    async def _member(self, visit: Visit) -> Member:
        """Who visits the agency; what is not theirs is not there, and that somebody asked for it is sealed."""
        match, desk, see_it = visit.request.match_info, self.desk, AgencyAct.SEE
        try:
            if "adapter" in match:
                actor = await desk.agencies.actor_of(visit.caller, match["adapter"])
                if actor.agency != match["agency"]:
                    raise NotFound
            else:
                actor = await desk.agencies.actor(visit.caller, match["agency"])
            view = await desk.agencies.view(visit.caller, match["agency"])
        except BawabaError as problem:
            await desk.refused(visit.request, visit.caller, see_it.value, problem, {"agency": match["agency"]})
            raise
        return Member(visit, await desk.permitted(visit.request, see_it, actor), view)

    def _permits(self, actor: Actor, act: AgencyAct) -> bool:
        try:
            self.desk.acts.permit(actor, act)
        except Forbidden:
            return False
        return True


async def _uploaded(request: web.Request) -> bytes:
    """What was sent as the one file that a form of ours has; whatever else came as a file is let go of as well."""
    content = b""
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            with value.file as file:
                content = file.read() if name == FILE else content
    return content


def see(path: str) -> web.Response:
    """On to another page, by GET: what was sent is not sent again with it."""
    return web.Response(status=303, headers={"Location": path})


def _return_to(request: web.Request) -> str:
    """Back to the page that was asked for; a form is not sent again, so back to the first page."""
    return request.path if request.method in ("GET", "HEAD") else "/agency"
