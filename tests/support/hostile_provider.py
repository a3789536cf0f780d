"""An OpenID Connect provider that holds real keys: honest until a test bends it."""

import asyncio
import base64
import hashlib
import json
import secrets
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.identity.keys import SigningKey, base64url
from tests.support.openid_keys import ProviderKey, make_key

CLIENT = "bawaba"
SECRET = "a secret: with / and %"
SUBJECT = "subject-1"
CPR = "010345570"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Bend = Callable[[dict[str, Any]], Any]


def _straight(value: dict[str, Any]) -> Any:
    return value


class HostileProvider:
    """Each attribute is one thing to bend.

    ``header``, ``claims``, ``discovery``, ``token_answer`` and ``userinfo`` are given what an honest provider would
    say and give what this one says; ``write`` turns header and claims into the token; ``bodies`` replaces the whole
    answer at a path. ``clock`` is in seconds ahead, ``slow`` in seconds. ``asked`` counts requests by path.
    """

    def __init__(self, alg: str = "ES256") -> None:
        self.key: ProviderKey = make_key(alg)
        self.published: list[Mapping[str, Any]] | None = None
        self.header: Bend = _straight
        self.claims: Bend = _straight
        self.discovery: Bend = _straight
        self.token_answer: Bend = _straight
        self.userinfo: Bend = _straight
        self.write: Callable[[dict[str, Any], dict[str, Any]], str] = self.signed
        self.bodies: dict[str, Callable[[], web.Response]] = {}
        self.client_key: SigningKey | None = None
        self.clock, self.slow, self.down = 0.0, 0.0, False
        self.promises_iss = True
        self.asked: Counter[str] = Counter()
        self.seen: list[Mapping[str, str]] = []
        self.url = ""
        self._codes: dict[str, Mapping[str, str]] = {}
        self._tokens: set[str] = set()

    # --- what it says

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.promises_iss,
        }

    def id_claims(self, request: Mapping[str, str], access_token: str) -> dict[str, Any]:
        now = int(time.time() + self.clock)
        hashed = (hashlib.sha512 if self.key.alg == "EdDSA" else hashlib.sha256)(access_token.encode()).digest()
        return {
            "iss": self.url,
            "sub": SUBJECT,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": request.get("nonce", ""),
            "acr": "high",
            "sid": "session-1",
            "at_hash": base64url(hashed[: len(hashed) // 2]),
            "cpr": CPR,
        }

    def signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """The token, rightly signed over whatever header and claims say."""
        return self.signed_text(json.dumps(header), json.dumps(claims))

    def signed_text(self, header: str, claims: str, alg: str | None = None) -> str:
        """The token over header and claims that no JSON writer would write."""
        signing_input = f"{base64url(header.encode())}.{base64url(claims.encode())}"
        return f"{signing_input}.{base64url(self.key.sign(signing_input.encode(), alg))}"

    def honest_header(self, typ: str = "JWT") -> dict[str, Any]:
        return {"alg": self.key.alg, "kid": self.key.kid, "typ": typ}

    def logout_claims(self) -> dict[str, Any]:
        now = int(time.time() + self.clock)
        return {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(8),
            "sub": SUBJECT,
            "sid": "session-1",
            "events": {LOGOUT_EVENT: {}},
        }

    def rotate(self, kid: str = "second") -> None:
        """Another key signs, and the old one is published no more."""
        self.key = make_key(self.key.alg, kid)

    # --- how it listens

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[str]:
        app = web.Application(middlewares=[self._treat], client_max_size=2**26)
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/jwks", self._jwks)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        try:
            self.url = f"{'https' if tls else 'http'}://{host}:{runner.addresses[0][1]}"
            yield self.url
        finally:
            await runner.cleanup()

    @web.middleware
    async def _treat(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked[request.path] += 1
        if self.down and request.transport is not None:
            request.transport.abort()
        if self.slow:
            await asyncio.sleep(self.slow)
        if request.path in self.bodies:
            return self.bodies[request.path]()
        return await handler(request)

    async def _discovery(self, _request: web.Request) -> web.Response:
        return web.json_response(self.discovery(self.metadata()))

    async def _jwks(self, _request: web.Request) -> web.Response:
        keys = [self.key.jwk] if self.published is None else self.published
        return web.json_response({"keys": [dict(key) for key in keys]})

    async def _authorize(self, request: web.Request) -> web.Response:
        """There is no page: whoever comes consents."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = dict(request.query)
        answer = {"code": code, "state": request.query["state"]}
        if self.promises_iss:
            answer["iss"] = self.url
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(answer)}")

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.seen.append(form)
        if not self._knows(request.headers.get("Authorization", ""), form):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge or asked["code_challenge_method"] != "S256":
            return web.json_response({"error": "invalid_grant"}, status=400)
        access_token = secrets.token_urlsafe(16)
        self._tokens.add(access_token)
        claims = self.claims(self.id_claims(asked, access_token))
        id_token = self.write(self.header(self.honest_header()), claims)
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        return web.json_response(self.token_answer(answer))

    def _knows(self, authorization: str, form: Mapping[str, str]) -> bool:
        if self.client_key is None:
            # RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
            pair = "bawaba:a+secret%3A+with+%2F+and+%25"
            return authorization == f"Basic {base64.b64encode(pair.encode()).decode()}"
        claims = jwt.decode(
            form["client_assertion"],
            self.client_key.public,
            algorithms=[self.client_key.alg],
            audience=[self.url, f"{self.url}/token"],
            issuer=CLIENT,
            options={"require": ["exp", "iat", "jti", "sub"]},
        )
        return bool(claims["sub"] == CLIENT)

    async def _userinfo(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            return web.json_response({"error": "invalid_token"}, status=401)
        return web.json_response(self.userinfo({"sub": SUBJECT, "cpr": CPR}))

    async def _elsewhere(self, request: web.Request) -> web.Response:
        """Where a redirect leads; nobody should come."""
        return web.json_response({"body": (await request.read()).decode()})
