"""A stand-in of UAE PASS: the authorize, token, userinfo and logout endpoints as its documentation shows them.

Invented are the page on which one chooses whom to be, and the accounts: who has an Emirates ID has a verified
account (SOP3), anybody else among the personas has only a telephone and an e-mail address verified (SOP1).
"""

import json
import secrets as randomness
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar
from urllib.parse import urlencode, urlsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

from aiohttp import web

from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.plain_page import choices_page, form
from gateway.schema.country import Country
from gateway.sdk.sandbox import ALPHA3, Persona, SyntheticName, SyntheticPerson, population

SCOPE = "urn:uae:digitalid:profile:general"
CODE_SECONDS = 60.0
TOKEN_SECONDS = 3600.0
_CARRIED = ("client_id", "redirect_uri", "state", "ui_locales")


@dataclass(frozen=True, slots=True)
class Given:
    """A code or a token that was given out: for whom, to come back to where, and until when."""

    persona: Persona
    redirect_uri: str
    until: float


class StandIn(ProviderStandIn):
    """UAE PASS on loopback. ``redirect_uris`` are those registered; while there are none, any is taken."""

    provider: ClassVar[str] = "ae-uaepass"

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.redirect_uris: frozenset[str] = frozenset()
        self._population = population(Country.AE)
        self._codes: dict[str, Given] = {}
        self._tokens: dict[str, Given] = {}

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """A client and its secret."""
        return {"client_id": "bawaba_web_stage", "client_secret": randomness.token_urlsafe(24)}

    def endpoints(self) -> Mapping[str, str]:
        """The base address that the plate calls ``main``."""
        return {"main": f"{self.url}/idshub"}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The documented addresses, and ``/choose`` of the page."""
        router.add_get("/idshub/authorize", self._authorize)
        router.add_post("/idshub/token", self._token)
        router.add_get("/idshub/userinfo", self._userinfo)
        router.add_get("/idshub/logout", self._logout)
        router.add_post("/choose", self._choose)

    def level(self, persona: Persona) -> str:
        """The ``userType`` of the persona's account; ``behave("SOP1")`` and the like set it for all."""
        if self.lie.startswith("SOP"):
            return self.lie
        return "SOP3" if _emirates_id(persona) else "SOP1"

    def userinfo(self, persona: Persona) -> bytes:
        """The body of userinfo; a stand-in that lies writes another."""
        return json.dumps(self.profile(persona), ensure_ascii=False).encode()

    def profile(self, persona: Persona) -> dict[str, str]:
        """What the documentation's sample holds, with its quirks: names in slots, a mobile without its plus."""
        account = account_of(persona)
        person = self._population.person(persona.identifiers[0][1])
        level = self.level(persona)
        profile = {"sub": f"UAEPASS/{account}", "uuid": account, "userType": level}
        if person is not None:
            profile |= {"mobile": person.phone.removeprefix("+"), "email": f"{persona.id}@example.ae"}
        if level == "SOP1" or person is None:
            return profile
        return profile | {"idn": _emirates_id(persona)} | _names(person)

    def token_answer(self, token: str) -> bytes:
        """The body of the token endpoint; the token is an opaque UUID."""
        answer = {"access_token": token, "scope": SCOPE, "token_type": "Bearer", "expires_in": int(TOKEN_SECONDS)}
        return json.dumps(answer).encode()

    async def _authorize(self, request: web.Request) -> web.Response:
        query = request.query
        if problem := self._problem(query):
            return choices_page("UAE PASS", f"The request is not accepted: {problem}.", (), status=400)
        carried = {name: query[name] for name in _CARRIED if name in query}
        choices = [
            ("persona", each.id, each.label[0 if query.get("ui_locales") == "ar" else 1])
            for each in self.people.values()
        ]
        choices.append(("decision", "decline", "Cancel / إلغاء"))
        return choices_page("UAE PASS", "Choose whom to sign in as.", [form("/choose", carried, choices)])

    def _problem(self, query: Mapping[str, str]) -> str | None:
        """What the original refuses on its own page, without sending anybody back."""
        if query.get("client_id") != self.secrets["client_id"]:
            return "unknown client_id"
        if not self._is_registered(query.get("redirect_uri", "")):
            return "redirect_uri is not registered"
        if query.get("response_type") != "code" or SCOPE not in query.get("scope", "").split():
            return "response_type must be code, and the scope must name a profile"
        return None if query.get("state") and query.get("acr_values") else "state and acr_values are needed"

    def _is_registered(self, redirect_uri: str) -> bool:
        if self.redirect_uris:
            return redirect_uri in self.redirect_uris
        return urlsplit(redirect_uri).scheme in ("http", "https")

    async def _choose(self, request: web.Request) -> web.Response:
        """The person's choice: back with a code, or with ``access_denied``."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        redirect_uri = fields.get("redirect_uri", "")
        persona = self.people.get(fields.get("persona", ""))
        if fields.get("client_id") != self.secrets["client_id"] or not self._is_registered(redirect_uri):
            raise web.HTTPBadRequest
        answer = {"state": fields.get("state", "")}
        if fields.get("decision") == "decline":
            answer |= {"error": "access_denied"}
        elif persona is None:
            raise web.HTTPBadRequest
        else:
            code = str(uuid4())
            self._codes[code] = Given(persona, redirect_uri, monotonic() + CODE_SECONDS)
            answer |= {"code": code}
        raise web.HTTPFound(f"{redirect_uri}?{urlencode(answer)}")

    async def _token(self, request: web.Request) -> web.Response:
        """A token for a code that was given to this client for this address, once."""
        given_secret = f"{self.secrets['client_id']}:{self.secrets['client_secret']}"
        if request.headers.get("Authorization") != f"Basic {b64encode(given_secret.encode()).decode()}":
            return _refusal(401, "invalid_client")
        if request.content_type != "multipart/form-data":
            return _refusal(400, "invalid_request")
        fields = await request.post()
        code = self._codes.pop(str(fields.get("code", "")), None)
        if fields.get("grant_type") != "authorization_code":
            return _refusal(400, "unsupported_grant_type")
        if code is None or code.until < monotonic() or fields.get("redirect_uri") != code.redirect_uri:
            return _refusal(400, "invalid_grant")
        token = str(uuid4())
        self._tokens[token] = Given(code.persona, code.redirect_uri, monotonic() + TOKEN_SECONDS)
        return web.Response(body=self.token_answer(token), content_type="application/json")

    async def _userinfo(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = self._tokens.get(token)
        if given is None or given.until < monotonic():
            return _refusal(401, "invalid_token")
        return web.Response(body=self.userinfo(given.persona), content_type="application/json")

    async def _logout(self, request: web.Request) -> web.Response:
        """Ends nothing, for there is no session here, and goes back."""
        redirect_uri = request.query.get("redirect_uri", "")
        if not self._is_registered(redirect_uri):
            raise web.HTTPBadRequest
        raise web.HTTPFound(redirect_uri)


def account_of(persona: Persona) -> str:
    """The UUID of the persona's invented account, the same at every start."""
    return str(uuid5(NAMESPACE_URL, f"https://id.uaepass.example/{persona.id}"))


def _emirates_id(persona: Persona) -> str:
    return dict(persona.identifiers).get(Country.AE, "")


def _names(person: SyntheticPerson) -> dict[str, str]:
    return {
        "fullnameAR": _slots(person.arabic),
        "fullnameEN": _slots(person.latin),
        "firstnameAR": person.arabic.given,
        "firstnameEN": person.latin.given,
        "lastnameAR": person.arabic.family,
        "lastnameEN": person.latin.family,
        "nationalityEN": ALPHA3[person.nationality],
        # With an alef maksura at its end, as in the documentation's sample.
        "nationalityAR": "إماراتى",
        "gender": person.gender.capitalize(),
    }


def _slots(name: SyntheticName) -> str:
    return f"{name.given},{name.father},{name.grandfather},,{name.family},,"


def _refusal(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
