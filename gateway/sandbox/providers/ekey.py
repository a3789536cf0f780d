"""A stand-in of eKey 2.0: OpenID Connect by the code flow, PKCE required, consent attribute by attribute.

Published are the flow and the scopes; the claims, the ``acr`` values, the consent page and the accounts are
invented. Whoever has a CPR among the personas has an eKey, and whoever is known at the level ``high`` passes the
liveness check when it is asked for.
"""

import hashlib
import hmac
import secrets as randomness
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import ClassVar, Final
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.ekey_attributes import ATTRIBUTES, LIVENESS, bahraini, released
from gateway.sandbox.providers.openid_keys import RsaSigner, base64url
from gateway.sandbox.providers.plain_page import choices_page
from gateway.sdk.sandbox import Persona

CODE_SECONDS: Final = 60.0
TOKEN_SECONDS: Final = 300
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_CARRIED: Final = frozenset(
    {"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "max_age"}
    | {"code_challenge", "code_challenge_method", "prompt", "ui_locales"}
)


@dataclass(slots=True)
class Consent:
    """One consent: whose, for which request, with which scopes released; ``token`` is what came of it."""

    persona: Persona
    request: Mapping[str, str]
    scopes: Sequence[str]
    session: str
    given_at: float
    token: str = ""
    used: bool = field(default=False)


class StandIn(ProviderStandIn):
    """eKey on loopback. ``redirect_uris`` are those registered; while there are none, any is taken."""

    provider: ClassVar[str] = "bh-ekey"

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.redirect_uris: frozenset[str] = frozenset()
        self.signer = RsaSigner.generate()
        self._grants: dict[str, Consent] = {}

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """A client and its secret."""
        return {"client_id": "bawaba", "client_secret": randomness.token_urlsafe(24)}

    def endpoints(self) -> Mapping[str, str]:
        """The issuer."""
        return {"issuer": f"{self.url}/oidc"}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Discovery, the endpoints it names, and ``/choose`` of the consent page."""
        router.add_get("/oidc/.well-known/openid-configuration", self._discovery)
        router.add_get("/oidc/jwks", self._jwks)
        router.add_get("/oidc/auth", self._auth)
        router.add_post("/oidc/token", self._token)
        router.add_get("/oidc/me", self._me)
        router.add_post("/choose", self._choose)

    def rotate(self) -> None:
        """A new key signs from now, and the old one is published no more."""
        self.signer = RsaSigner.generate()

    def logout_token(self, session: str, *, subject: str | None = None) -> str:
        """What eKey would post to the back channel when the session ends there."""
        now = int(time.time())
        claims = {
            "iss": self.endpoints()["issuer"],
            "aud": self.secrets["client_id"],
            "iat": now,
            "exp": now + 120,
            "jti": randomness.token_urlsafe(16),
            "sid": session,
            "events": {LOGOUT_EVENT: {}},
        }
        return self.signer.sign(claims | ({"sub": subject} if subject else {}), typ="logout+jwt")

    # --- for the browser

    async def _auth(self, request: web.Request) -> web.Response:
        fields = {name: request.query[name] for name in _CARRIED if name in request.query}
        self._check_client(fields)
        if error := _problem(fields):
            raise self._back(fields, {"error": error})
        return choices_page("eKey", "Choose whom to sign in as.", [self._consent(fields)])

    def _consent(self, fields: Mapping[str, str]) -> str:
        """One form: a box for each attribute that is asked for, and a button for each person."""
        hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in fields.items())
        boxes = "".join(
            f'<p><label><input type="checkbox" name="release" value="{escape(scope)}" checked> {words}</label></p>'
            for scope, words in _asked(fields["scope"].split())
        )
        language = 0 if fields.get("ui_locales") == "ar" else 1
        buttons = "".join(
            f'<button name="persona" value="{escape(each.id)}"><bdi>{escape(each.label[language])}</bdi></button>'
            for each in self.people.values()
            if bahraini(each) is not None
        )
        decline = '<button name="decision" value="decline">Decline / رفض</button>'
        listed = '<input type="hidden" name="listed" value="yes">'
        return f'<form method="post" action="/choose">{hidden}{listed}{boxes}{buttons}{decline}</form>'

    async def _choose(self, request: web.Request) -> web.Response:
        """The person's decision; a post without the page's list consents to all that was asked."""
        form = await request.post()
        fields = {name: str(form[name]) for name in _CARRIED if name in form}
        self._check_client(fields)
        if error := _problem(fields):
            raise self._back(fields, {"error": error})
        if form.get("decision") == "decline":
            raise self._back(fields, {"error": "access_denied"})
        persona = self.people.get(str(form.get("persona", "")))
        if persona is None or bahraini(persona) is None:
            raise web.HTTPForbidden(text="There is no eKey of that person.")
        asked = fields["scope"].split()
        consented = [str(value) for value in form.getall("release", [])] if "listed" in form else asked
        scopes = [scope for scope in asked if scope == "openid" or scope in consented]
        code = randomness.token_urlsafe(32)
        self._grants[code] = Consent(persona, fields, scopes, randomness.token_urlsafe(16), time.monotonic())
        raise self._back(fields, {"code": code})

    def _check_client(self, fields: Mapping[str, str]) -> None:
        """Nobody is sent back to an address that the client did not register, character for character."""
        uri = fields.get("redirect_uri", "")
        known = uri in self.redirect_uris if self.redirect_uris else uri.startswith(("http://", "https://"))
        if fields.get("client_id") != self.secrets["client_id"] or not known:
            raise web.HTTPBadRequest(text="The client or its address is not known.")

    def _back(self, fields: Mapping[str, str], answer: Mapping[str, str]) -> web.HTTPFound:
        told = {**answer, "state": fields.get("state", ""), "iss": self.endpoints()["issuer"]}
        return web.HTTPFound(f"{fields['redirect_uri']}?{urlencode(told)}")

    # --- for the gateway

    async def _discovery(self, _request: web.Request) -> web.Response:
        issuer = self.endpoints()["issuer"]
        return web.json_response(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/auth",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/me",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "scopes_supported": ["openid", *ATTRIBUTES, LIVENESS],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.signer.jwk]})

    async def _token(self, request: web.Request) -> web.Response:
        pair = f"{self.secrets['client_id']}:{self.secrets['client_secret']}"
        if request.headers.get("Authorization") != f"Basic {b64encode(pair.encode()).decode()}":
            return _refusal(401, "invalid_client")
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("grant_type") != "authorization_code":
            return _refusal(400, "unsupported_grant_type")
        grant = self._grants.get(form.get("code", ""))
        if grant is None or not self._redeem(grant, form):
            return _refusal(400, "invalid_grant")
        return web.json_response(
            {
                "access_token": grant.token,
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": " ".join(grant.scopes),
                "id_token": self.signer.sign(self._claims(grant), typ="JWT"),
            }
        )

    def _redeem(self, grant: Consent, form: Mapping[str, str]) -> bool:
        """A code is good once, soon, for its address and its verifier; a second use takes back the first's token."""
        if grant.used:
            grant.token = ""
            return False
        grant.used = True
        challenge = base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        fits = hmac.compare_digest(challenge, grant.request["code_challenge"])
        soon = time.monotonic() - grant.given_at <= CODE_SECONDS
        if fits and soon and form.get("redirect_uri") == grant.request["redirect_uri"]:
            grant.token = randomness.token_urlsafe(32)
        return grant.token != ""

    def _claims(self, grant: Consent) -> dict[str, object]:
        now = int(time.time())
        alive = LIVENESS in grant.scopes and grant.persona.assurance == "high"
        return {
            "iss": self.endpoints()["issuer"],
            "sub": _subject(grant.persona),
            "aud": self.secrets["client_id"],
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "auth_time": now,
            "nonce": "wrong" if self.lie == "nonce" else grant.request.get("nonce", ""),
            "acr": "ekey:liveness" if alive else "ekey:verified",
            "sid": grant.session,
            "at_hash": base64url(hashlib.sha256(grant.token.encode()).digest()[:16]),
        }

    async def _me(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        grant = next((each for each in self._grants.values() if token and each.token == token), None)
        person = bahraini(grant.persona) if grant else None
        if grant is None or person is None:
            return _refusal(401, "invalid_token")
        return web.json_response({"sub": _subject(grant.persona), **released(person, grant.scopes)})


def _problem(fields: Mapping[str, str]) -> str | None:
    """What is wrong with an authorization request, as RFC 6749 and RFC 7636 name it."""
    if fields.get("response_type") != "code":
        return "unsupported_response_type"
    if fields.get("code_challenge_method") != "S256" or len(fields.get("code_challenge", "")) != 43:
        return "invalid_request"
    scopes = fields.get("scope", "").split()
    if "openid" not in scopes or not set(scopes) <= {"openid", LIVENESS, *ATTRIBUTES}:
        return "invalid_scope"
    return None


def _asked(scopes: Sequence[str]) -> Sequence[tuple[str, str]]:
    asked = [(scope, ATTRIBUTES[scope].words) for scope in scopes if scope in ATTRIBUTES]
    return [*asked, (LIVENESS, "Proof that you are there (liveness)")] if LIVENESS in scopes else asked


def _subject(persona: Persona) -> str:
    """The persona's invented account, the same at every start."""
    return str(uuid5(NAMESPACE_URL, f"https://login.ekey.example/{persona.id}"))


def _refusal(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
