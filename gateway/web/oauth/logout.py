"""``/oauth/logout``: a program sends a person here to sign out of everything (OpenID Connect RP-Initiated Logout)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog
from aiohttp import web

from gateway.errors import InvalidClient, OAuthError
from gateway.identity.sessions import Session, Sessions
from gateway.identity.strict import TokenError
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.id_tokens import Hint, IdTokens
from gateway.oauth.request import answer_at, plain
from gateway.web.oauth.consent import form_target
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import Pages
from gateway.web.signin.browser import (
    FORM,
    Forms,
    browser_secret,
    drop_session,
    give_browser_secret,
    new_secret,
    read_form,
    session_secret,
)
from gateway.web.signin.query import single

log = structlog.get_logger()

PATH = "/oauth/logout"
_CARRIED = ("client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True)
class LogoutPages:
    """Signs out at once where the program proves by an ID token of ours whom it means; else the person is asked.

    Nobody is sent to an address that is not registered, to the letter, with the program.
    """

    sessions: Sessions
    clients: Clients
    grants: Grants
    id_tokens: IdTokens
    pages: Pages
    forms: Forms

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(PATH, self.asked, name=f"{PAGE}logout", allow_head=False)
        app.router.add_post(PATH, self.posted, name=f"{PAGE}logout-post")

    async def asked(self, request: web.Request) -> web.StreamResponse:
        """A program sent the person here."""
        return await self._log_out(request, single(request.query))

    async def posted(self, request: web.Request) -> web.StreamResponse:
        """A program had the browser post it, or the person said yes on our page."""
        fields = await read_form(request)
        if FORM not in fields:
            return await self._log_out(request, fields)
        session = await self._session(request)
        await self.forms.check(request, session.id if session else "")
        back = await self._back(fields, None)
        if session is not None:
            await self.sessions.end(session.person, session.id)
        return _gone(back)

    # --- how it is done

    async def _log_out(self, request: web.Request, fields: Mapping[str, str]) -> web.StreamResponse:
        hint = self._hint(fields)
        back = await self._back(fields, hint)
        session, grant = await self._session(request), await self._grant(hint)
        if grant is not None and grant.session is not None and session in (None, await self._of(grant)):
            await self.sessions.end(grant.person, grant.session)
            return _gone(back)
        if session is None and request.method == "GET":
            # Nobody is signed in: there is nothing to ask.
            return _gone(back)
        return self._page(request, fields, hint, session)

    def _hint(self, fields: Mapping[str, str]) -> Hint | None:
        """Whom the program means; one that proves nothing is as good as none, and the person is asked."""
        if "id_token_hint" not in fields:
            return None
        try:
            return self.id_tokens.read_hint(fields["id_token_hint"])
        except TokenError as problem:
            log.warning("logout.hint_refused", reason=problem.reason)
            return None

    async def _grant(self, hint: Hint | None) -> AuthorizationGrant | None:
        if hint is None:
            return None
        try:
            grant = await self.grants.find(hint.grant_id)
        except OAuthError:
            return None
        return grant if grant.client_id == hint.client_id else None

    async def _back(self, fields: Mapping[str, str], hint: Hint | None) -> str:
        """Where the person goes then: home, or to an address of the program's own.

        Raises ``OAuthError``, before anything is ended, where it is not.
        """
        uri = fields.get("post_logout_redirect_uri")
        if uri is None:
            return "/"
        client = await self._client(fields, hint)
        if uri not in client.post_logout_redirect_uris:
            raise OAuthError("redirect_unknown", field="post_logout_redirect_uri")
        return answer_at(uri, state=plain(fields, "state")) if "state" in fields else uri

    async def _client(self, fields: Mapping[str, str], hint: Hint | None) -> Client:
        client_id = fields.get("client_id") or (hint.client_id if hint else "")
        if hint is not None and client_id != hint.client_id:
            raise OAuthError(field="client_id")
        try:
            return await self.clients.find(client_id)
        except InvalidClient as problem:
            # To a person it is a page about a bad link, and no challenge to prove anything.
            raise OAuthError("invalid_client") from problem

    async def _session(self, request: web.Request) -> Session | None:
        secret = session_secret(request)
        return await self.sessions.find(secret) if secret else None

    async def _of(self, grant: AuthorizationGrant) -> Session | None:
        """The session that the grant hangs on, if it still lives."""
        live = await self.sessions.of_person(grant.person)
        return next((each for each in live if each.id == grant.session), None)

    def _page(
        self, request: web.Request, fields: Mapping[str, str], hint: Hint | None, session: Session | None
    ) -> web.Response:
        carried = {name: fields[name] for name in _CARRIED if name in fields}
        if hint is not None and "post_logout_redirect_uri" in carried:
            carried["client_id"] = hint.client_id
        uri, browser = carried.get("post_logout_redirect_uri"), browser_secret(request) or new_secret()
        page = self.pages.render(
            request,
            "logout.html",
            form_targets=(form_target(uri),) if uri else (),
            fields=carried,
            form=self.forms.token(browser, session.id if session else ""),
            form_name=FORM,
            place=f"{PATH}?{urlencode(carried)}",
        )
        give_browser_secret(page, browser)
        return page


def _gone(address: str) -> web.Response:
    """Out, with everything that the browser may have kept of it (Clear-Site-Data)."""
    response = web.Response(status=303, headers={"Location": address, "Clear-Site-Data": '"cache"'})
    drop_session(response)
    return response
