"""A stand-in of Bahrain's five agencies and of the token endpoint that they share."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from hmac import compare_digest, digest
from typing import ClassVar, Final

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.bahrain import sandbox_answers as answers
from adapters.bahrain.sandbox_applications import Counters
from adapters.bahrain.sandbox_replies import NO_REGISTRATION, NOBODY, document, problem
from adapters.bahrain.sandbox_tokens import TokenDesk
from adapters.bahrain.tokens import PATH
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

PAGE: Final = 20
"""Items on one page."""

AGENCIES: Final = ("iga", "traffic", "moic", "moe", "sio")
_SIGNATURE_BYTES: Final = 16
Lister = Callable[[str], Sequence[answers.Document]]
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Sandbox(kit.Sandbox):
    """Gives tokens for signed assertions, and to those who bring one, tells what it holds of its people."""

    name: ClassVar[str] = "bahrain"
    country: ClassVar[Country] = Country.BH
    undisturbed: ClassVar[frozenset[str]] = frozenset({PATH})

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        key = generate_private_key(SECP256R1())
        return {
            "client_id": "bawaba",
            "key_id": secrets.token_urlsafe(8),
            "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "audience": "https://auth.gov.bh.example/oauth/token",
        }

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        return {"auth": url, **{agency: f"{url}/{agency}" for agency in AGENCIES}}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        self._cursor_key = secrets.token_bytes(32)
        router.add_post(PATH, self.token_desk.answer)
        router.add_get("/iga/v1/persons", self._behind_token(self._person))
        router.add_get("/traffic/v1/violations", self._behind_token(self._list_of(self._violations)))
        router.add_get("/moic/v1/registrations", self._behind_token(self._list_of(self._registrations)))
        router.add_get("/moic/v1/registrations/{number}", self._behind_token(self._registration))
        router.add_get("/sio/v1/contributions", self._behind_token(self._list_of(self._contributions)))
        Counters(self).add_routes(router, self._behind_token)

    @cached_property
    def token_desk(self) -> TokenDesk:
        """Who gives the tokens and knows those that were given."""
        return TokenDesk(self.secrets, self.clock)

    def _behind_token(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.Response:
            if not self.token_desk.accepts(request.headers.get("Authorization", "")):
                response = problem(401, "TOKEN_INVALID", "The token is not valid.").response()
                response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
                return response
            if not request.headers.get("X-Request-Id") or not request.headers.get("X-Purpose"):
                return problem(400, "HEADER_MISSING", "X-Request-Id and X-Purpose are needed.").response()
            return await handler(request)

        return checked

    async def _person(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        if isinstance(asked, kit.Reply):
            return self.answer(asked).response()
        who = self.person(asked)
        return self.answer(document(answers.person(who)) if who else NOBODY).response()

    async def _registration(self, request: web.Request) -> web.Response:
        company = self.company(request.match_info["number"])
        return self.answer(
            document(answers.registration(company, self._people)) if company else NO_REGISTRATION
        ).response()

    def _list_of(self, lister: Lister) -> Handler:
        async def listed(request: web.Request) -> web.Response:
            asked = self._asked(request)
            if isinstance(asked, str):
                asked = self._page(request, asked, lister(asked))
            return self.answer(asked).response()

        return listed

    def _page(self, request: web.Request, asked: str, items: Sequence[answers.Document]) -> kit.Reply:
        """The items from where the cursor points; a cursor is good for the list that it was made for only."""
        cursor, list_name = request.query.get("cursor"), f"{request.path}:{asked}"
        start = 0 if cursor is None else self._opened(cursor, list_name)
        if start is None:
            return problem(400, "CURSOR_INVALID", "The cursor is not valid.")
        end = start + PAGE
        more = self._cursor(end, list_name) if end < len(items) else None
        return document({"items": items[start:end], "next_cursor": more})

    def _cursor(self, start: int, list_name: str) -> str:
        return urlsafe_b64encode(self._signature(start, list_name) + str(start).encode()).decode()

    def _opened(self, cursor: str, list_name: str) -> int | None:
        try:
            opened = urlsafe_b64decode(cursor)
            start = int(opened[_SIGNATURE_BYTES:])
        except ValueError:
            return None
        return start if compare_digest(opened[:_SIGNATURE_BYTES], self._signature(start, list_name)) else None

    def _signature(self, start: int, list_name: str) -> bytes:
        return digest(self._cursor_key, f"{start}:{list_name}".encode(), "sha256")[:_SIGNATURE_BYTES]

    def _asked(self, request: web.Request) -> str | kit.Reply:
        """The identifier that is asked for, where somebody is known by it, else the problem."""
        cpr, gulf, state = (request.query.get(name) for name in ("cpr", "gcc_number", "gcc_country"))
        if (cpr is None) == (gulf is None) or (gulf is None) != (state is None):
            return problem(400, "PERSON_UNCLEAR", "Give cpr, or gcc_number with gcc_country.")
        known = self.population.person(cpr or gulf or "")
        country = "BHR" if cpr is not None else state
        return known.identifier if known and known.home.facts.alpha3 == country else NOBODY

    def _violations(self, identifier: str) -> Sequence[answers.Document]:
        return [answers.violation(fine, self._people) for fine in self.fines(identifier)]

    def _registrations(self, identifier: str) -> Sequence[answers.Document]:
        return [answers.registration(company, self._people) for company in self.companies(identifier)]

    def _contributions(self, identifier: str) -> Sequence[answers.Document]:
        return answers.contributions(self.contributions(identifier), self._people)

    @cached_property
    def _people(self) -> answers.People:
        return {who.identifier: who for who in self.population.people}
