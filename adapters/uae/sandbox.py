"""A stand-in of the federal service bus of the Emirates: OAuth 2.0 tokens, then JSON for the synthetic people."""

import secrets
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from typing import Any, ClassVar
from urllib.parse import quote_plus

import orjson
from aiohttp import web

from adapters.uae import sandbox_answers as answers
from adapters.uae.sandbox_applications import Counters
from adapters.uae.sandbox_webhook import make_webhook_key
from gateway.sdk import Country
from gateway.sdk import sandbox as kit
from gateway.sdk.sandbox.papers import make_documents_key

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN_SECONDS = 300
JSON, PROBLEM = "application/json", "application/problem+json"


class Sandbox(kit.Sandbox):
    """Gives bearer tokens for five minutes to the client it knows, and nothing to anybody without one."""

    name: ClassVar[str] = "uae"
    country: ClassVar[Country] = Country.AE
    undisturbed: ClassVar[frozenset[str]] = frozenset({"/oauth/token"})

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        webhook_private_key, webhook_key = make_webhook_key()
        documents_private_key, documents_certificate = make_documents_key("Invented signer of the Emirates")
        return {
            "client_id": "bawaba gateway",
            "client_secret": secrets.token_urlsafe(24),
            "webhook_key": webhook_key,
            "webhook_private_key": webhook_private_key,
            "documents_certificate": documents_certificate,
            "documents_private_key": documents_private_key,
        }

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        return {"bus": url}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        self.tokens: dict[str, float] = {}
        client = f"{quote_plus(self.secrets['client_id'])}:{quote_plus(self.secrets['client_secret'])}"
        self._client = f"Basic {b64encode(client.encode()).decode()}"
        router.add_post("/oauth/token", self._token)
        router.add_get("/icp/v2/persons/{idn}", self._about(self._person))
        router.add_get("/moi/v1/drivers/{idn}", self._about(self._fines))
        router.add_get("/ner/v1/parties/{idn}", self._about(self._party))
        router.add_get("/ner/v1/licences/{number}", self._behind_token(self._licence))
        router.add_get("/gpssa/v1/insured/{idn}", self._about(self._contributions))
        Counters(self).add_routes(router, self._behind_token)

    async def _token(self, request: web.Request) -> web.Response:
        if not compare_digest(request.headers.get("Authorization", ""), self._client):
            return _json({"error": "invalid_client"}, 401)
        if (await request.post()).get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        now, token = time.monotonic(), secrets.token_urlsafe(32)
        self.tokens = {known: until for known, until in self.tokens.items() if until > now}
        self.tokens[token] = now + TOKEN_SECONDS
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    def _about(self, compose: Callable[[kit.SyntheticPerson], Mapping[str, Any]]) -> Handler:
        """The handler of a resource that belongs to a person, named by number and, from abroad, by nationality."""

        async def handle(request: web.Request) -> web.StreamResponse:
            person = self.person(request.match_info["idn"])
            if person is None or not (self.wrong or _is_meant(person, request.query.get("gccNationality"))):
                return self._reply(None)
            return self._reply(compose(person))

        return self._behind_token(handle)

    def _behind_token(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not self._is_known(request):
                return _problem(401, "INVALID-TOKEN", "The token is not valid.")
            return await handler(request)

        return handle

    async def _licence(self, request: web.Request) -> web.StreamResponse:
        company = self.company(request.match_info["number"])
        return self._reply(answers.licences([company], self.population) if company else None)

    def _is_known(self, request: web.Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.get(token, 0.0) > time.monotonic()

    def _reply(self, document: Mapping[str, Any] | None) -> web.Response:
        if document is None:
            absent = {"title": "Not found", "status": 404, "errorCode": "NOT-FOUND"}
            return self.answer(kit.Reply(404, PROBLEM, orjson.dumps(absent))).response()
        return self.answer(kit.Reply(200, JSON, orjson.dumps(document))).response()

    def _person(self, person: kit.SyntheticPerson) -> Mapping[str, Any]:
        return answers.person(person)

    def _fines(self, person: kit.SyntheticPerson) -> Mapping[str, Any]:
        return answers.fines(person, self.population.fines(person.identifier))

    def _party(self, person: kit.SyntheticPerson) -> Mapping[str, Any]:
        companies = self.population.companies(person.identifier)
        return {**answers.number(person), **answers.licences(companies, self.population)}

    def _contributions(self, person: kit.SyntheticPerson) -> Mapping[str, Any]:
        return answers.contributions(person, self.population.contributions(person.identifier))


def _is_meant(person: kit.SyntheticPerson, nationality: str | None) -> bool:
    """Whether the person is known here in the way that the request says: by Emirates ID, or as a Gulf citizen."""
    if person.home is Country.AE:
        return nationality is None
    return nationality == person.home.facts.alpha3


def _json(document: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), content_type=JSON)


def _problem(status: int, code: str, title: str) -> web.Response:
    body = orjson.dumps({"title": title, "status": status, "errorCode": code})
    return web.Response(status=status, body=body, content_type=PROBLEM)
