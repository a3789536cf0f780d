"""``/device``: a person types what a device shows, sees who asks for what and where, and lets it in or not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from gateway.errors import AssuranceTooLow, InvalidClient, OAuthError
from gateway.identity.principal import Assurance, Principal
from gateway.identity.sessions import Session, Sessions
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.consents import Consents
from gateway.oauth.devices import DeviceRequest, Devices
from gateway.oauth.giving import CLAIMS
from gateway.oauth.grant import AuthorizationGrant
from gateway.oauth.scopes import IDENTITY
from gateway.oauth.user_codes import grouped, read_user_code
from gateway.policy.quota import Quota
from gateway.web.oauth.device import PAGE_PATH, STEP
from gateway.web.oauth.record import OAuthRecord
from gateway.web.oauth.words import ConsentWords
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import Pages
from gateway.web.signin.browser import (
    FORM,
    Forms,
    browser_secret,
    drop_session,
    give_browser_secret,
    new_secret,
    session_secret,
)
from gateway.web.signin.query import single

LET_IN_SECONDS: Final = 1_800
"""How long a device may act for a person who stood before it: a visit, and no more."""

DECIDE, DONE = f"{PAGE_PATH}/decide", f"{PAGE_PATH}/done"
Signed = tuple[Session, Principal]


@dataclass(frozen=True, slots=True)
class DevicePages:
    """The pages, for people who are signed in; ``guesses`` bounds how many codes a person may try."""

    clients: Clients
    devices: Devices
    consents: Consents
    sessions: Sessions
    record: OAuthRecord
    words: ConsentWords
    pages: Pages
    forms: Forms
    guesses: Quota
    clock: Callable[[], datetime]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(PAGE_PATH, self.enter, name=f"{PAGE}device")
        app.router.add_post(PAGE_PATH, self.confirm, name=f"{PAGE}device-confirm")
        app.router.add_post(DECIDE, self.decide, name=f"{PAGE}device-decide")
        app.router.add_get(DONE, self.done, name=f"{PAGE}device-done")

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Where the code is typed; a code in the address is only filled in, for the person to compare."""
        code = read_user_code(single(request.query).get("code", ""))
        signed = await self._signed(request)
        if isinstance(signed, web.Response):
            return signed
        return self._entry(request, signed[0], grouped(code) if code else "")

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Who asks, for what, why and where; nothing is given yet."""
        signed, fields = await self._posted(request)
        if isinstance(signed, web.Response):
            return signed
        session, principal = signed
        typed = fields.get("code", "")
        try:
            asked, client, code = await self._asked(request, typed, principal)
        except OAuthError as problem:
            await self.record.refused(request, STEP, problem, None, principal)
            return self._entry(request, session, typed[:40], problem)
        return self._confirmation(request, session, asked, client, code)

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """The person's answer, good once; on a device that is not theirs it ends their session too."""
        signed, fields = await self._posted(request)
        if isinstance(signed, web.Response):
            return signed
        session, principal = signed
        asked, client, code = await self._asked(request, fields.get("code", ""), principal)
        allowed = fields.get("decision") == "allow"
        if allowed:
            await self._let_in(request, code, asked, client, principal)
        else:
            await self.devices.deny(code)
            await self.record.refused(request, STEP, OAuthError("access_denied"), client.client_id, principal)
        response = _see(f"{DONE}?answer={'allowed' if allowed else 'denied'}")
        if "own" not in fields:
            await self.sessions.end(session.person, session.id)
            response.headers["Clear-Site-Data"] = '"cache"'
            drop_session(response)
        return response

    async def done(self, request: web.Request) -> web.StreamResponse:
        """That it is over, and what the device does now."""
        answer = "allowed" if single(request.query).get("answer") == "allowed" else "denied"
        signed_in = await self._session(request) is not None
        return self.pages.render(request, "device_done.html", answer=answer, signed_in=signed_in)

    # --- how it is done

    async def _asked(self, request: web.Request, typed: str, principal: Principal) -> tuple[DeviceRequest, Client, str]:
        """What the device asks for; raises ``OAuthError``, and ``TooManyRequests`` for whoever tries many codes."""
        self.guesses.spend(principal.subject)
        code = read_user_code(typed)
        if code is None:
            raise OAuthError("user_code_unknown", field="user_code")
        asked = await self.devices.find(code)
        try:
            return asked, await self.clients.find(asked.client_id), code
        except InvalidClient as problem:
            raise OAuthError("user_code_unknown", field="user_code") from problem

    async def _let_in(
        self, request: web.Request, code: str, asked: DeviceRequest, client: Client, principal: Principal
    ) -> None:
        now = int(self.clock().timestamp())
        until = now + LET_IN_SECONDS
        grant = AuthorizationGrant.of(
            principal,
            client.client_id,
            scopes=asked.scopes,
            purposes=asked.purposes,
            claims=CLAIMS if IDENTITY in asked.scopes else (),
            countries=client.countries or None,
            now=now,
            expires_at=until,
        )
        if not await self.consents.covers(principal.subject, client.client_id, asked.scopes, asked.purposes):
            # So that the person finds it among what they allow, and can take it back at once.
            await self.consents.give(principal.subject, client.client_id, asked.scopes, asked.purposes, until)
        await self.record.granted(request, STEP, client.client_id, principal)
        # Of no session: this one ends here and now, on a screen that others use after.
        await self.devices.approve(code, grant.model_copy(update={"session": None}))

    def _entry(
        self, request: web.Request, session: Session, typed: str, problem: OAuthError | None = None
    ) -> web.Response:
        language = self.pages.language(request)
        error = self.pages.catalogue.text(f"problem.{problem.code}.detail", language) if problem else None
        browser = browser_secret(request) or new_secret()
        response = self.pages.render(
            request,
            "device.html",
            status=422 if problem else 200,
            place=PAGE_PATH if problem else "",
            typed=typed,
            error=error,
            form=self.forms.token(browser, session.id),
            form_name=FORM,
        )
        give_browser_secret(response, browser)
        return response

    def _confirmation(
        self, request: web.Request, session: Session, asked: DeviceRequest, client: Client, code: str
    ) -> web.Response:
        language = self.pages.language(request)
        return self.pages.render(
            request,
            "device_confirm.html",
            place=f"{PAGE_PATH}?code={grouped(code)}",
            asked=asked,
            client=client,
            agency=self.words.agency(client),
            scopes=self.words.scopes(asked.scopes, language),
            purposes=self.words.purposes(asked.purposes, language),
            code=grouped(code),
            form=self.forms.token(browser_secret(request), session.id),
            form_name=FORM,
        )

    async def _posted(self, request: web.Request) -> tuple[Signed | web.Response, Mapping[str, Any]]:
        session = await self._session(request)
        fields = await self.forms.check(request, session.id if session else "")
        return await self._signed(request, fields.get("code", "")), fields

    async def _signed(self, request: web.Request, typed: str = "") -> Signed | web.Response:
        """The person; or the way to the sign-in, and from there back here."""
        code = read_user_code(typed or single(request.query).get("code", ""))
        session = await self._session(request)
        if session is None:
            return _sign_in(code)
        try:
            return session, await self.sessions.principal(session)
        except AssuranceTooLow:
            return _sign_in(code, Assurance.SUBSTANTIAL)

    async def _session(self, request: web.Request) -> Session | None:
        secret = session_secret(request)
        return await self.sessions.find(secret) if secret else None


def _sign_in(code: str | None, least: Assurance | None = None) -> web.Response:
    here = f"{PAGE_PATH}?code={grouped(code)}" if code else PAGE_PATH
    address = f"/signin?return_to={quote(here, safe='')}"
    return _see(f"{address}&level={least.value}" if least else address)


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
