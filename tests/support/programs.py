"""Programs as tests register them; each is invented, as is its agency."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.identity.keys import base64url
from gateway.oauth.assertion import ASSERTION_TYPE
from gateway.oauth.client import Client
from tests.support.openid_keys import ProviderKey, make_key

BACK = "https://app.moi.example/back"
LOOPBACK = "http://127.0.0.1/back"


def confidential(**changes: Any) -> Client:
    """A program with keys of its own; its key set is empty unless told otherwise."""
    values: dict[str, Any] = {
        "client_id": "kw-moi-app",
        "name": {"ar": "تطبيق المرور", "en": "Traffic app"},
        "agency": "kw-traffic",
        "auth_method": "private_key_jwt",
        "jwks": {"keys": []},
        "grants": ("authorization_code", "refresh_token"),
        "redirect_uris": (BACK,),
        "scopes": ("openid", "lookups:traffic-fines"),
        "purposes": ("service_delivery",),
    }
    values.update(changes)
    return Client(**values)


def public(**changes: Any) -> Client:
    """A program on a person's device."""
    values: dict[str, Any] = {
        "client_id": "bh-pocket",
        "name": {"ar": "الخدمات في جيبك", "en": "Pocket services"},
        "agency": "bh-labour",
        "auth_method": "none",
        "grants": ("authorization_code", "refresh_token"),
        "redirect_uris": (LOOPBACK, "example.pocket:/back"),
        "scopes": ("openid", "lookups:pension-contributions"),
        "purposes": ("self_service",),
    }
    values.update(changes)
    return Client(**values)


@dataclass
class Prover:
    """A program's own key, and the assertions that it makes with it."""

    key: ProviderKey = field(default_factory=lambda: make_key("ES256"))
    client_id: str = "kw-moi-app"
    issuer: str = "https://bawaba.example"

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [dict(self.key.jwk)]}

    def assertion(self, *, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A good one, but for ``changes``; a claim that is changed to ``...`` is left out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        claims |= changes
        head = {"alg": self.key.alg, "kid": self.key.kid} | dict(header or {})
        said = {name: value for name, value in claims.items() if value is not ...}
        return signed(self.key, head, orjson.dumps(said))

    def proof(self, **changes: Any) -> dict[str, str]:
        """The fields of a form by which the program proves itself."""
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(**changes)}


def signed(key: ProviderKey, header: Mapping[str, Any], payload: bytes) -> str:
    """A compact JWS of exactly these bytes."""
    message = f"{base64url(orjson.dumps(header))}.{base64url(payload)}"
    return f"{message}.{base64url(key.sign(message.encode()))}"


VERIFIER = "a-verifier-of-at-least-forty-three-characters-x"


def challenge(verifier: str = VERIFIER) -> str:
    """PKCE's, by S256."""
    return base64url(hashlib.sha256(verifier.encode()).digest())


def asking(**changes: Any) -> dict[str, str]:
    """The parameters of a good request of the confidential program; one that is changed to ``...`` is left out."""
    fields: dict[str, Any] = {
        "client_id": "kw-moi-app",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid lookups:traffic-fines",
        "state": "a state",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (fields | changes).items() if value is not ...}
