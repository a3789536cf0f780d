"""``/oauth/consent``: the person sees who asks for what, why and until when, and says yes or no."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from aiohttp import web
from babel.dates import format_date

from gateway.errors import AssuranceTooLow, InvalidClient, OAuthError
from gateway.i18n import Language
from gateway.identity.principal import Assurance, Principal
from gateway.identity.sessions import Session, Sessions
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.consents import LIFE, Consents
from gateway.oauth.deciding import must_sign_in
from gateway.oauth.giving import Giving
from gateway.oauth.requests import Requests, UnderWay
from gateway.oauth.scopes import OFFLINE
from gateway.web.oauth.authorize import CONSENT, STEP, Answers
from gateway.web.oauth.record import OAuthRecord
from gateway.web.oauth.words import ConsentWords
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import Pages
from gateway.web.signin.browser import FORM, Forms, browser_secret, session_secret
from gateway.web.signin.query import single

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_SCHEME = re.compile(r"[a-z][a-z0-9.+-]*:")


@dataclass(frozen=True, slots=True)
class ConsentPages:
    """The page, and the form on it. Nothing is given before the person is signed in as the program needs it."""

    clients: Clients
    requests: Requests
    consents: Consents
    giving: Giving
    sessions: Sessions
    record: OAuthRecord
    answers: Answers
    words: ConsentWords
    pages: Pages
    forms: Forms
    clock: Callable[[], datetime]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(CONSENT, self.ask, name=f"{PAGE}consent", allow_head=False)
        app.router.add_post(CONSENT, self.decide, name=f"{PAGE}decide")

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """The page; or to the sign-in first; or on at once, where the person allowed all of it before."""
        handle = single(request.query).get("request", "")
        under_way, client = await self._under_way(request, handle)
        silent = "none" in under_way.request.prompt
        session = await self._session(request)
        if session is None or must_sign_in(under_way, session):
            return await self._sign_in(request, handle, under_way, silent=silent)
        try:
            principal = await self.sessions.principal(session)
        except AssuranceTooLow:
            return await self._sign_in(request, handle, under_way, silent=silent, least=Assurance.SUBSTANTIAL)
        if await self._was_allowed(under_way, client, principal):
            await self.requests.take(handle, browser_secret(request))
            return await self._give(request, under_way, client, principal, session)
        if silent:
            return await self._end(request, handle, OAuthError("consent_required"), principal)
        return self._page(request, handle, under_way, client, session)

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """The person's answer, good once, from the browser and the session that the page was shown to."""
        session = await self._session(request)
        fields = await self.forms.check(request, session.id if session else "")
        handle = fields.get("request", "")
        under_way, client = await self._under_way(request, handle)
        if session is None or must_sign_in(under_way, session):
            # The session ended, or grew too old, while the page was being read.
            return _see(f"{CONSENT}?request={handle}")
        principal = await self.sessions.principal(session)
        if fields.get("decision") != "allow":
            return await self._end(request, handle, OAuthError("access_denied"), principal)
        await self.requests.take(handle, browser_secret(request))
        asked, until = under_way.request, self._now() + LIFE
        await self.consents.give(principal.subject, client.client_id, asked.scopes, asked.purposes, until)
        return await self._give(request, under_way, client, principal, session)

    # --- how it is done

    async def _under_way(self, request: web.Request, handle: str) -> tuple[UnderWay, Client]:
        under_way = await self.requests.find(handle, browser_secret(request))
        try:
            return under_way, await self.clients.find(under_way.request.client_id)
        except InvalidClient as problem:
            # Suspended meanwhile: nobody is sent back to it, not even with a refusal.
            raise OAuthError("invalid_client") from problem

    async def _was_allowed(self, under_way: UnderWay, client: Client, principal: Principal) -> bool:
        """Whether there is nothing left to ask; of a program that cannot prove who it is, there always is.

        Any program on a device can pass itself off as such a one (RFC 8252, 8.6).
        """
        asked = under_way.request
        if not client.confidential or "consent" in asked.prompt:
            return False
        return await self.consents.covers(principal.subject, client.client_id, asked.scopes, asked.purposes)

    async def _give(
        self, request: web.Request, under_way: UnderWay, client: Client, principal: Principal, session: Session
    ) -> web.StreamResponse:
        asked = under_way.request
        until = self._now() + LIFE if OFFLINE in asked.scopes else session.expires_at
        await self.record.granted(request, STEP, client.client_id, principal)
        return self.answers.code(asked, await self.giving.give(asked, client, principal, until))

    async def _sign_in(
        self, request: web.Request, handle: str, under_way: UnderWay, *, silent: bool, least: Assurance | None = None
    ) -> web.StreamResponse:
        if silent:
            return await self._end(request, handle, OAuthError("login_required"), None)
        asked = under_way.request
        level = max((each for each in (least, asked.acr) if each), default=None)
        address = f"/signin?return_to={quote(f'{CONSENT}?request={handle}', safe='')}"
        if level is not None:
            address += f"&level={level.value}"
        return _see(address if asked.max_age is None else f"{address}&max_age={asked.max_age}")

    async def _end(
        self, request: web.Request, handle: str, problem: OAuthError, principal: Principal | None
    ) -> web.StreamResponse:
        """Over, without a code."""
        asked = (await self.requests.take(handle, browser_secret(request))).request
        await self.record.refused(request, STEP, problem, asked.client_id, principal)
        return self.answers.error(asked.redirect_uri, asked.state, problem)

    def _page(
        self, request: web.Request, handle: str, under_way: UnderWay, client: Client, session: Session
    ) -> web.Response:
        asked, language = under_way.request, self.pages.language(request)
        return self.pages.render(
            request,
            "consent.html",
            form_targets=(form_target(asked.redirect_uri),),
            client=client,
            agency=self.words.agency(client),
            scopes=self.words.scopes(asked.scopes, language),
            purposes=self.words.purposes(asked.purposes, language),
            back_to=urlsplit(asked.redirect_uri).netloc or None,
            offline=OFFLINE in asked.scopes,
            until=_date(self._now() + LIFE, language),
            handle=handle,
            form=self.forms.token(browser_secret(request), session.id),
            form_name=FORM,
        )

    async def _session(self, request: web.Request) -> Session | None:
        secret = session_secret(request)
        return await self.sessions.find(secret) if secret else None

    def _now(self) -> int:
        return int(self.clock().timestamp())


def form_target(redirect_uri: str) -> str:
    """Where the form may lead, as a policy for pages has it: the origin, else no more than the scheme.

    What cannot be written there, such as an IPv6 address, must not become a directive of its own.
    """
    parts = urlsplit(redirect_uri)
    origin = f"{parts.scheme}://{parts.netloc}"
    if _ORIGIN.fullmatch(origin):
        return origin
    scheme = f"{parts.scheme}:"
    return scheme if _SCHEME.fullmatch(scheme) else "'self'"


def _date(seconds: int, language: Language) -> str:
    return format_date(datetime.fromtimestamp(seconds, UTC), "d MMMM y", locale=language)


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
