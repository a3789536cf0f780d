"""The way in: choose a state, go to its provider, wait where it makes you wait, come back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from gateway.errors import BawabaError, InvalidIdentifier, SignInError, SignInRejected
from gateway.identity.attempts import Wish
from gateway.identity.handoff import Handoff
from gateway.identity.providers.base import AskIdentifier, PostForm, ProviderResponse, Redirect, Wait
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.signin import Begun, Done, SignIn
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.web.address import caller_address
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems
from gateway.web.signin.browser import (
    FORM,
    Forms,
    browser_secret,
    give_browser_secret,
    give_session,
    local_path,
    new_secret,
    place_of,
    read_form,
    session_secret,
)
from gateway.web.signin.failures import logging_failures
from gateway.web.signin.query import age, carried, level, origin, place_of_switch, single

REFRESH_SECONDS = 4
JUST_SECONDS = 60
"""How long after a sign-in its waiting page leads on."""


@dataclass(frozen=True, slots=True)
class SignInPages:
    """Every address of the way in; each works without scripts and by keyboard.

    ``spend`` is asked, by address, before a sign-in is begun.
    """

    signin: SignIn
    pages: Pages
    problems: Problems
    forms: Forms
    handoff: Handoff
    answers: Handoff
    public_url: str
    clock: Callable[[], datetime]
    spend: Callable[[str], None]

    def add_routes(self, app: web.Application) -> None:
        router, known = app.router, self.signin.providers
        router.add_get("/signin", self.choose, name=f"{PAGE}signin")
        router.add_get("/auth/login/{provider}", self.login, name=f"{PAGE}login")
        router.add_post("/auth/login/{provider}", self.identify, name=f"{PAGE}identify")
        router.add_get("/auth/wait/{state}", logging_failures(self.wait, "wait", known), name=f"{PAGE}wait")
        answer, posted = (logging_failures(each, "answer", known) for each in (self.callback, self.posted))
        router.add_get("/auth/callback/{provider}", answer, name=f"{PAGE}callback")
        router.add_post("/auth/callback/{provider}", posted, name=f"{PAGE}callback-post")

    async def choose(self, request: web.Request) -> web.Response:
        """Six states, each with its provider; what a sign-in is needed for goes along."""
        return self.pages.render(
            request,
            "signin.html",
            providers=self._plates(),
            query=carried(request),
            level=level(request),
            problem=self._problem(request),
        )

    async def login(self, request: web.Request) -> web.StreamResponse:
        """Begins with a provider, or asks for the number that its protocol needs first.

        Whoever another site sent here is asked before: a provider that remembers them might end the sign-in unasked.
        """
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            plate, query = self.signin.provider(request.match_info["provider"]).plate, carried(request)
            place = f"/signin?{urlencode(query)}"
            return self.pages.render(request, "sent_here.html", plate=plate, query=query, place=place)
        return await self._begin(request, self._wish(request, None))

    async def identify(self, request: web.Request) -> web.StreamResponse:
        """Begins with the number that was typed; one that is malformed is asked for again, with the reason."""
        fields = await self.forms.check(request)
        plate = self.signin.provider(request.match_info["provider"]).plate
        typed = fields.get("identifier", "")
        try:
            identifier = NationalIdentifier.parse(plate.country or Country.BH, typed, today=self.clock().date())
        except InvalidIdentifier as problem:
            return self._ask_identifier(request, plate, fields.get("aim", ""), problem, typed)
        wish = self._wish(request, identifier)
        if fields.get("aim") == "link":
            session = await self.signin.sessions.find(session_secret(request))
            if session is None:
                raise SignInError
            wish = replace(wish, aim="link", person=session.person, return_to="/account", wanted=None, max_age=None)
        return await self._begin(request, wish)

    async def wait(self, request: web.Request) -> web.StreamResponse:
        """Asks the provider once; the page asks again by itself every few seconds, and by its link at once.

        Whoever presses the link while the page asks by itself may be answered second, when the sign-in has just
        ended well: that is no problem to tell of.
        """
        state, browser = request.match_info["state"], browser_secret(request)
        try:
            done = await self.signin.poll(state, browser, place_of(request), session_secret(request) or None)
        except SignInError as problem:
            if isinstance(problem, SignInRejected) or not await self._has_just_signed_in(request):
                raise
            return _see("/account")
        if done is not None:
            return self._welcome(done)
        try:
            journey = await self.signin.waiting(state, browser)
        except SignInError:
            # Answered second this very moment: asked again, the browser has the cookie of the first answer.
            return _see(request.path)
        left = max(0, round((journey.attempt.expires_at - self.clock()).total_seconds()))
        page = self.pages.render(
            request,
            "wait.html",
            plate=self.signin.provider(journey.attempt.provider).plate,
            number=journey.number,
            seconds=left,
            here=request.path,
            aim=journey.aim,
        )
        page.headers["Refresh"] = str(REFRESH_SECONDS)
        return page

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """What a provider sends back through the browser, by query or by a form that was posted before."""
        query = single(request.query)
        response = ProviderResponse(
            query={} if "answer" in query else query,
            form=await self._form(query),
            certificates=await self._shown(query),
        )
        done = await self.signin.complete(
            request.match_info["provider"],
            query.get("state", ""),
            browser_secret(request),
            response,
            place_of(request),
            session_secret(request) or None,
        )
        return self._welcome(done)

    async def posted(self, request: web.Request) -> web.StreamResponse:
        """Keeps a form that the provider's page posted, and has the browser fetch what comes of it.

        A form from another site comes without the session's cookie (SameSite=Lax), which linking needs and which a
        new session replaces; with a redirect it comes. Only a browser that is signing in may leave anything here.
        """
        form = await read_form(request)
        state = form.get("RelayState") or form.get("state") or ""
        await self.signin.waiting(state, browser_secret(request))
        answer = await self.answers.leave(state, (orjson.dumps(form),))
        query = urlencode({"state": state, "answer": answer})
        return web.Response(status=303, headers={"Location": f"{request.path}?{query}"})

    async def begin_link(self, request: web.Request, provider: str, person: str) -> web.StreamResponse:
        """Begins to link an identity to the person who is signed in."""
        return await self._begin(
            request,
            Wish(
                provider=provider,
                redirect_uri=self._redirect_uri(provider),
                language=self.pages.language(request),
                return_to="/account",
                aim="link",
                person=person,
            ),
        )

    # --- how it is done

    async def _form(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """The form that the provider's page posted a moment ago."""
        if "answer" not in query:
            return {}
        (kept,) = await self.answers.collect(query.get("state", ""), query["answer"])
        form: dict[str, str] = orjson.loads(kept)
        return form

    async def _shown(self, query: Mapping[str, str]) -> tuple[bytes, ...]:
        """The certificates that the browser showed at the card door on its way here."""
        if "card" not in query:
            return ()
        return await self.handoff.collect(query.get("state", ""), query["card"])

    def _wish(self, request: web.Request, identifier: NationalIdentifier | None) -> Wish:
        provider = request.match_info["provider"]
        return Wish(
            provider=provider,
            redirect_uri=self._redirect_uri(provider),
            language=self.pages.language(request),
            return_to=local_path(request.query.get("return_to")),
            wanted=level(request),
            max_age=age(request),
            identifier=identifier,
        )

    async def _begin(self, request: web.Request, wish: Wish) -> web.StreamResponse:
        """Begins with the provider; an address that begins too often waits (``TooManyRequests``)."""
        self.spend(caller_address(request))
        browser = browser_secret(request) or new_secret()
        begun = await self.signin.begin(wish, browser)
        response = self._step(request, wish, begun, browser)
        give_browser_secret(response, browser)
        return response

    def _step(self, request: web.Request, wish: Wish, begun: Begun, browser: str) -> web.Response:
        plate, place = self.signin.provider(wish.provider).plate, place_of_switch(wish.aim)
        match begun.step:
            case Redirect(url=url) if wish.aim == "link":
                # A form may not lead to another site, not even by way of ours (form-action); a link may.
                return self.pages.render(request, "go.html", plate=plate, url=url, place=place)
            case Redirect(url=url):
                return web.Response(status=303, headers={"Location": url})
            case PostForm(url=url, fields=fields):
                shown: dict[str, Any] = {"plate": plate, "url": url, "fields": fields, "aim": wish.aim}
                return self.pages.render(request, "post.html", form_targets=(origin(url),), place=place, **shown)
            case Wait():
                return web.Response(status=303, headers={"Location": f"/auth/wait/{begun.state}"})
            case AskIdentifier():
                return self._ask_identifier(request, plate, wish.aim, browser=browser)

    def _ask_identifier(
        self,
        request: web.Request,
        plate: ProviderPlate,
        aim: str,
        problem: BawabaError | None = None,
        typed: str = "",
        browser: str = "",
    ) -> web.Response:
        language = self.pages.language(request)
        error = self.problems.document(problem, language, "").detail if problem else None
        return self.pages.render(
            request,
            "identify.html",
            status=422 if error else 200,
            plate=plate,
            error=error,
            typed=typed[:40],
            aim=aim,
            place=place_of_switch(aim),
            query=carried(request),
            form=self.forms.token(browser or browser_secret(request)),
            form_name=FORM,
        )

    def _problem(self, request: web.Request) -> Mapping[str, str] | None:
        """What went wrong just before, for somebody who changed the language on the page that said so."""
        code, language = request.query.get("problem", ""), self.pages.language(request)
        words = self.pages.catalogue
        if not code.startswith(("signin_", "provider_", "identifier_", "form_")):
            return None
        try:
            facts = {"provider": words.text("provider.yours", language)}
            return {part: words.text(f"problem.{code}.{part}", language, **facts) for part in ("title", "detail")}
        except KeyError:
            return None

    async def _has_just_signed_in(self, request: web.Request) -> bool:
        secret = session_secret(request)
        session = await self.signin.sessions.find(secret) if secret else None
        return session is not None and self.clock().timestamp() - session.created_at < JUST_SECONDS

    def _welcome(self, done: Done) -> web.Response:
        response = web.Response(status=303, headers={"Location": done.return_to})
        give_session(response, done.secret)
        return response

    def _plates(self) -> Sequence[ProviderPlate]:
        return [provider.plate for provider in self.signin.providers.values()]

    def _redirect_uri(self, provider: str) -> str:
        return f"{self.public_url}/auth/callback/{provider}"


def _see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
