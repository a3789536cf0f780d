"""``GET /oauth/authorize``: a program sends a person here to be asked."""

from dataclasses import dataclass

from aiohttp import web

from gateway.errors import InvalidClient, OAuthError
from gateway.identity.sessions import Session, Sessions
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.request import AuthorizationRequest, answer_at, plain, read_request, redirect_of
from gateway.oauth.requests import Requests
from gateway.web.oauth.answers import description, single_fields
from gateway.web.oauth.record import OAuthRecord
from gateway.web.pages.problem import PAGE
from gateway.web.problems import Problems
from gateway.web.signin.browser import browser_secret, give_browser_secret, new_secret, session_secret

PATH, CONSENT = "/oauth/authorize", "/oauth/consent"
STEP = "authorize"


@dataclass(frozen=True, slots=True)
class Answers:
    """How a person is sent back to the program, with a code or with an error; ``iss`` says by whom (RFC 9207)."""

    issuer: str
    problems: Problems

    def code(self, asked: AuthorizationRequest, code: str) -> web.Response:
        """Back with a code."""
        return _see(answer_at(asked.redirect_uri, code=code, state=asked.state, iss=self.issuer))

    def error(self, redirect_uri: str, state: str | None, problem: OAuthError) -> web.Response:
        """Back with an error; its description is in English, for only ASCII may stand there (RFC 6749, 4.1.2.1)."""
        words = description(self.problems, problem, "en")
        address = answer_at(redirect_uri, error=problem.code, error_description=words, state=state, iss=self.issuer)
        return _see(address)


@dataclass(frozen=True, slots=True)
class AuthorizePages:
    """The front door of the authorization server.

    Whatever is wrong before the program and its address are proved is a page, and nobody is sent anywhere; what is
    wrong after that is told to the program, at its address.
    """

    clients: Clients
    requests: Requests
    sessions: Sessions
    record: OAuthRecord
    answers: Answers

    def add_routes(self, app: web.Application) -> None:
        # HEAD would spend a pushed request that nobody has seen.
        app.router.add_get(PATH, self.authorize, name=f"{PAGE}authorize", allow_head=False)

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """On to the page where the person decides, or back to the program."""
        fields = single_fields(list(request.query.items()))
        client = await self._client(request, fields.get("client_id", ""))
        if "request_uri" in fields:
            asked = await self._pulled(request, client, fields["request_uri"])
        else:
            redirect_uri = await self._redirect(request, client, fields)
            try:
                if client.confidential:
                    # It has keys, so it can say by itself what it wants, where no browser can change it.
                    raise OAuthError(field="request_uri")
                asked = read_request(fields, client, redirect_uri)
            except OAuthError as problem:
                await self.record.refused(request, STEP, problem, client.client_id)
                return self.answers.error(redirect_uri, _state(fields), problem)
        return await self._on(request, asked)

    async def _on(self, request: web.Request, asked: AuthorizationRequest) -> web.Response:
        browser, session = browser_secret(request) or new_secret(), await self._session(request)
        handle = await self.requests.begin(asked, browser, session.id if session else None)
        response = _see(f"{CONSENT}?request={handle}")
        give_browser_secret(response, browser)
        return response

    async def _client(self, request: web.Request, client_id: str) -> Client:
        try:
            return await self.clients.find(client_id)
        except InvalidClient as problem:
            await self.record.refused(request, STEP, problem)
            # To a person it is a page about a bad link, and no challenge to prove anything.
            raise OAuthError("invalid_client") from problem

    async def _pulled(self, request: web.Request, client: Client, request_uri: str) -> AuthorizationRequest:
        """What the program pushed, and nothing of what else stands in the address (RFC 9126, 4)."""
        try:
            asked = await self.requests.pull(request_uri, client.client_id)
            redirect_of({"redirect_uri": asked.redirect_uri}, client)
        except OAuthError as problem:
            await self.record.refused(request, STEP, problem, client.client_id)
            raise
        return asked

    async def _redirect(self, request: web.Request, client: Client, fields: dict[str, str]) -> str:
        try:
            return redirect_of(fields, client)
        except OAuthError as problem:
            await self.record.refused(request, STEP, problem, client.client_id)
            raise

    async def _session(self, request: web.Request) -> Session | None:
        secret = session_secret(request)
        return await self.sessions.find(secret) if secret else None


def _state(fields: dict[str, str]) -> str | None:
    """The state as it came, unless it cannot have come from an honest program."""
    try:
        return plain(fields, "state")
    except OAuthError:
        return None


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
