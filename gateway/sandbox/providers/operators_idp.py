"""An organisation's identity provider on loopback, by plain OpenID Connect: operators sign in with it in the demo."""

import hashlib
import hmac
import secrets as randomness
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import ClassVar, Final
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.openid_keys import RsaSigner, base64url
from gateway.sandbox.providers.plain_page import choices_page, form

TOKEN_SECONDS: Final = 300
ROLES: Final[Mapping[str, str]] = {
    "gateway-viewers": "viewer",
    "gateway-operators": "operator",
    "gateway-security": "security",
    "gateway-auditors": "auditor",
    "gateway-operators-bh": "operator:BH",
    "egov-programme-bh": "programme:BH",
    "egov-programme-om": "programme:OM",
    "joint-committee": "committee",
}
"""What each group of this organisation means to the gateway."""
STAFF: Final[Mapping[str, tuple[str, ...]]] = {
    "viewer": ("gateway-viewers",),
    "operator": ("gateway-operators",),
    "security": ("gateway-security",),
    "auditor": ("gateway-auditors",),
    "bahrain": ("gateway-operators-bh",),
    "programme-bh": ("egov-programme-bh",),
    "programme-om": ("egov-programme-om",),
    "committee": ("joint-committee",),
    "both-chairs": ("egov-programme-om", "joint-committee"),
    "everything": ("gateway-operators", "gateway-security", "gateway-auditors"),
    "gardener": ("gardens",),
}
"""Invented staff, by what they do, and their groups."""


@dataclass(slots=True)
class _Given:
    """One code, and the request that it was given for."""

    who: str
    request: Mapping[str, str]
    used: bool = field(default=False)


class StandIn(ProviderStandIn):
    """Signs in whomever the page's reader, or a test, chooses among the staff. ``groups`` may be changed by a test."""

    provider: ClassVar[str] = "operators-idp"

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.groups = dict(STAFF)
        self.signer = RsaSigner.generate()
        self._given: dict[str, _Given] = {}

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """A client and its secret."""
        return {"client_id": "bawaba-console", "client_secret": randomness.token_urlsafe(24)}

    def endpoints(self) -> Mapping[str, str]:
        """The issuer."""
        return {"issuer": f"{self.url}/staff"}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Discovery, the endpoints it names, and ``/choose`` of the sign-in page."""
        router.add_get("/staff/.well-known/openid-configuration", self._discovery)
        router.add_get("/staff/jwks", self._jwks)
        router.add_get("/staff/auth", self._auth)
        router.add_post("/staff/token", self._token)
        router.add_post("/choose", self._choose)

    async def _auth(self, request: web.Request) -> web.Response:
        fields = dict(request.query)
        self._check(fields)
        choices = [("persona", who, f"{who} ({', '.join(groups)})") for who, groups in self.groups.items()]
        return choices_page("Staff of the gateway", "Choose whom to sign in as.", [form("/choose", fields, choices)])

    async def _choose(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self._check(fields)
        who = fields.pop("persona", "")
        if who not in self.groups:
            raise web.HTTPForbidden(text="Nobody of that name works here.")
        code = randomness.token_urlsafe(32)
        self._given[code] = _Given(who, fields)
        told = {"code": code, "state": fields.get("state", ""), "iss": self.endpoints()["issuer"]}
        raise web.HTTPFound(f"{fields['redirect_uri']}?{urlencode(told)}")

    def _check(self, fields: Mapping[str, str]) -> None:
        known = fields.get("client_id") == self.secrets["client_id"]
        challenged = fields.get("code_challenge_method") == "S256" and fields.get("response_type") == "code"
        if not (known and challenged and fields.get("redirect_uri", "").startswith("http")):
            raise web.HTTPBadRequest(text=escape("The request is not a known client's, or not by PKCE."))

    async def _discovery(self, _request: web.Request) -> web.Response:
        issuer = self.endpoints()["issuer"]
        return web.json_response(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/auth",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "scopes_supported": ["openid"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.signer.jwk]})

    async def _token(self, request: web.Request) -> web.Response:
        pair = f"{self.secrets['client_id']}:{self.secrets['client_secret']}"
        if request.headers.get("Authorization") != f"Basic {b64encode(pair.encode()).decode()}":
            return web.json_response({"error": "invalid_client"}, status=401)
        posted = {name: str(value) for name, value in (await request.post()).items()}
        given = self._given.get(posted.get("code", ""))
        if given is None or given.used or not _fits(given, posted):
            return web.json_response({"error": "invalid_grant"}, status=400)
        given.used = True
        token = randomness.token_urlsafe(32)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return web.json_response({**answer, "id_token": self.signer.sign(self._claims(given, token), typ="JWT")})

    def _claims(self, given: _Given, token: str) -> dict[str, object]:
        now = int(time.time())
        return {
            "iss": self.endpoints()["issuer"],
            "sub": str(uuid5(NAMESPACE_URL, f"https://staff.example/{given.who}")),
            "aud": self.secrets["client_id"],
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "auth_time": now,
            "nonce": given.request.get("nonce", ""),
            "acr": "operators:employee",
            "roles": list(self.groups[given.who]),
            "at_hash": base64url(hashlib.sha256(token.encode()).digest()[:16]),
        }


def _fits(given: _Given, posted: Mapping[str, str]) -> bool:
    challenge = base64url(hashlib.sha256(posted.get("code_verifier", "").encode()).digest())
    same_address = posted.get("redirect_uri") == given.request["redirect_uri"]
    return same_address and hmac.compare_digest(challenge, given.request["code_challenge"])
