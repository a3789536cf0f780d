"""One's own account: identities of several states, sessions with device and place, and leaving."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from babel.dates import format_datetime

from gateway.errors import SignInError, Unauthenticated
from gateway.i18n import Language
from gateway.identity.people import Identity, numbers_asked_with
from gateway.identity.sessions import Session
from gateway.identity.signin import SignIn
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.web.pages.problem import PAGE, wants_page
from gateway.web.pages.render import Pages
from gateway.web.signin.browser import FORM, Forms, browser_secret, drop_session, read_form, session_secret
from gateway.web.signin.pages import SignInPages


@dataclass(frozen=True, slots=True)
class AccountPages:
    """What a signed-in person sees and does about signing in; ``is_member`` says who acts for an agency."""

    signin: SignIn
    way_in: SignInPages
    pages: Pages
    forms: Forms
    is_member: Callable[[str], Awaitable[bool]]

    def add_routes(self, app: web.Application) -> None:
        router = app.router
        router.add_get("/account", self._with_session(self.account), name=f"{PAGE}account")
        for action, handler in (
            ("link", self.link),
            ("unlink", self.unlink),
            ("end", self.end),
            ("signout", self.sign_out),
            ("signout-everywhere", self.sign_out_everywhere),
        ):
            router.add_post(f"/account/{action}", self._posted(handler), name=f"{PAGE}{action}")
        router.add_post("/auth/logout/{provider}", self.back_channel)

    async def account(self, request: web.Request, session: Session) -> web.StreamResponse:
        """Identities and sessions, each with the button that ends it."""
        language = self.pages.language(request)
        identities = await self.signin.people.identities(session.person)
        asked_with = numbers_asked_with(identities)
        sessions = await self.signin.sessions.of_person(session.person)
        return self.pages.render(
            request,
            "account.html",
            identities=[self._identity(each, language, asked_with) for each in identities],
            others=[provider.plate for provider in self.signin.providers.values()],
            sessions=[_session(each, language, each.id == session.id) for each in sessions],
            member=await self.is_member(session.person),
            form=self.forms.token(browser_secret(request), session.id),
            form_name=FORM,
        )

    async def link(self, request: web.Request, session: Session, fields: dict[str, str]) -> web.StreamResponse:
        """Goes to another provider, to link the identity that it vouches for."""
        return await self.way_in.begin_link(request, fields.get("provider", ""), session.person)

    async def unlink(self, request: web.Request, session: Session, fields: dict[str, str]) -> web.StreamResponse:
        """Takes an identity away and ends the sessions that it began."""
        identity = fields.get("identity", "")
        await self.signin.people.unlink(session.person, identity)
        await self.signin.sessions.end_identity(identity)
        return _see("/account")

    async def end(self, request: web.Request, session: Session, fields: dict[str, str]) -> web.StreamResponse:
        """Ends one session."""
        await self.signin.sessions.end(session.person, fields.get("session", ""))
        return _see("/account")

    async def sign_out(self, request: web.Request, session: Session, fields: dict[str, str]) -> web.StreamResponse:
        """Ends this session."""
        await self.signin.sessions.end(session.person, session.id)
        return _gone()

    async def sign_out_everywhere(
        self, request: web.Request, session: Session, fields: dict[str, str]
    ) -> web.StreamResponse:
        """Ends every session of the person, this one too."""
        await self.signin.sessions.end_all(session.person)
        return _gone()

    async def back_channel(self, request: web.Request) -> web.Response:
        """Ends what a provider's logout token names (OpenID Connect Back-Channel Logout 1.0)."""
        provider = self.signin.provider(request.match_info["provider"])
        notice_of = getattr(provider, "logout_notice", None)
        if notice_of is None:
            raise SignInError("provider_unknown")
        notice = await notice_of(await read_form(request))
        await self.signin.sessions.end_at_provider(notice.issuer, notice.subject, notice.session)
        return web.Response(status=200, headers={"Cache-Control": "no-store"})

    # --- who may

    def _with_session(self, handler: Callable[..., Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            session = await self._session(request)
            if session is None:
                if wants_page(request):
                    return _see("/signin?return_to=/account")
                raise Unauthenticated("token_missing")
            response: web.StreamResponse = await handler(request, session)
            return response

        return handle

    def _posted(self, handler: Callable[..., Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request, session: Session) -> web.StreamResponse:
            fields = await self.forms.check(request, session.id)
            response: web.StreamResponse = await handler(request, session, fields)
            return response

        return self._with_session(handle)

    async def _session(self, request: web.Request) -> Session | None:
        secret = session_secret(request)
        return await self.signin.sessions.find(secret) if secret else None

    def _identity(
        self, identity: Identity, language: Language, asked_with: Mapping[Country, NationalIdentifier]
    ) -> dict[str, Any]:
        """What the page shows of it; ``asked_with`` is there where its state is asked with another number."""
        own = identity.identifier
        used = asked_with.get(own.country) if own else None
        provider = self.signin.providers.get(identity.provider)
        return {
            "id": identity.id,
            "plate": provider.plate if provider else None,
            "provider": identity.provider,
            "assurance": identity.assurance.value,
            "identifier": own,
            "asked_with": used if used != own else None,
            "linked": _moment(identity.linked_at, language),
        }


def _session(session: Session, language: Language, current: bool) -> dict[str, Any]:
    family, _, system = session.place.device.partition("/")
    return {
        "id": session.id,
        "family": family,
        "system": system or "other",
        "network": session.place.network,
        "began": _moment(session.created_at, language),
        "seen": _moment(session.seen_at, language),
        "current": current,
    }


_MOMENTS: Mapping[Language, str] = {"ar": "d MMMM y، HH:mm 'غرينتش'", "en": "d MMMM y, HH:mm 'UTC'"}


def _moment(seconds: int, language: Language) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), _MOMENTS[language], locale=language)


def _see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


def _gone() -> web.Response:
    """Out, with everything that the browser may have kept of it (Clear-Site-Data)."""
    response = _see("/")
    response.headers["Clear-Site-Data"] = '"cache"'
    drop_session(response)
    return response
