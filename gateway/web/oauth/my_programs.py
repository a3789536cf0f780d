"""``/account/programs``: the programs that a person lets act for them, each with the button that ends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from babel.dates import format_date

from gateway.errors import Unauthenticated
from gateway.i18n import Language
from gateway.identity.sessions import Session, Sessions
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.consents import Consent, by_program
from gateway.web.oauth.consents import Withdrawing
from gateway.web.oauth.words import ConsentWords
from gateway.web.pages.problem import PAGE, wants_page
from gateway.web.pages.render import Pages
from gateway.web.signin.browser import FORM, Forms, browser_secret, session_secret

PATH = "/account/programs"


@dataclass(frozen=True, slots=True)
class MyPrograms:
    """The page and its form."""

    sessions: Sessions
    clients: Clients
    withdrawing: Withdrawing
    words: ConsentWords
    pages: Pages
    forms: Forms

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(PATH, self.show, name=f"{PAGE}programs")
        app.router.add_post(f"{PATH}/withdraw", self.withdraw, name=f"{PAGE}withdraw")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Program by program: what it may do, what for, until when."""
        session = await self._session(request)
        if session is None:
            if not wants_page(request):
                raise Unauthenticated("token_missing")
            return _see(f"/signin?return_to={PATH}")
        given = await self.withdrawing.consents.of_person(session.person)
        known = {each.client.client_id: each.client for each in await self.clients.all()} if given else {}
        language = self.pages.language(request)
        return self.pages.render(
            request,
            "programs.html",
            programs=self._programs(by_program(given), known, language),
            form=self.forms.token(browser_secret(request), session.id),
            form_name=FORM,
        )

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Ends all that the person lets one program do; a program that does nothing for them is no problem."""
        session = await self._session(request)
        fields = await self.forms.check(request, session.id if session else "")
        if session is None:
            return _see(f"/signin?return_to={PATH}")
        await self.withdrawing.withdraw(request, await self.sessions.principal(session), fields.get("client", ""))
        return _see(PATH)

    def _programs(
        self, given: Mapping[str, Sequence[Consent]], known: Mapping[str, Client], language: Language
    ) -> list[dict[str, Any]]:
        shown = []
        for client_id, consents in given.items():
            client = known.get(client_id)
            scopes = tuple(dict.fromkeys(each.scope for each in consents))
            purposes = tuple(dict.fromkeys(each.purpose for each in consents))
            shown.append(
                {
                    "id": client_id,
                    "name": client.name if client else None,
                    "agency": self.words.agency(client) if client else None,
                    "scopes": self.words.scopes(scopes, language),
                    "purposes": self.words.purposes(purposes, language),
                    "until": _date(max(each.expires_at for each in consents), language),
                }
            )
        return shown

    async def _session(self, request: web.Request) -> Session | None:
        secret = session_secret(request)
        return await self.sessions.find(secret) if secret else None


def _date(seconds: int, language: Language) -> str:
    return format_date(datetime.fromtimestamp(seconds, UTC), "d MMMM y", locale=language)


def _see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
