"""Where everything is and what is supported, for programs that set themselves up (RFC 8414, OpenID Discovery)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.identity.principal import Assurance
from gateway.oauth.assertion import ALGORITHMS
from gateway.oauth.confirmation import PROOF_ALGORITHMS
from gateway.oauth.scopes import KINDS, SAID
from gateway.oauth.userinfo import CLAIMS

OAUTH, OPENID = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
KEPT_SECONDS: Final = 300

_METHODS: Final = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"]
_OF_ID_TOKENS: Final = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "at_hash", "sid"]


@dataclass(frozen=True, slots=True)
class DiscoveryPages:
    """One document at both addresses: each standard passes over the other's words.

    ``mtls_url`` is the public address that asks for certificates, where there is one (RFC 8705, 5).
    """

    issuer: str
    public_url: str
    grant_types: Sequence[str]
    mtls_url: str | None = None

    def add_routes(self, app: web.Application) -> None:
        for path in (OAUTH, OPENID):
            app.router.add_get(path, self.tell)

    async def tell(self, request: web.Request) -> web.Response:
        """May be kept as long as the keys may."""
        return web.Response(
            body=orjson.dumps(self.document()),
            content_type="application/json",
            headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}", "Access-Control-Allow-Origin": "*"},
        )

    def document(self) -> dict[str, Any]:
        """The metadata."""
        return {
            "issuer": self.issuer,
            **self._addresses(self.public_url),
            "authorization_endpoint": f"{self.public_url}/oauth/authorize",
            "end_session_endpoint": f"{self.public_url}/oauth/logout",
            "jwks_uri": f"{self.public_url}/.well-known/jwks.json",
            "service_documentation": f"{self.public_url}/docs",
            **_what_is_supported(self.grant_types),
            **self._certificates(),
        }

    def _addresses(self, url: str) -> Mapping[str, Any]:
        """Those that programs ask at by themselves."""
        named = {
            "pushed_authorization_request_endpoint": f"{url}/oauth/par",
            "token_endpoint": f"{url}/oauth/token",
            "revocation_endpoint": f"{url}/oauth/revoke",
            "introspection_endpoint": f"{url}/oauth/introspect",
            "userinfo_endpoint": f"{url}/oauth/userinfo",
        }
        if "urn:ietf:params:oauth:grant-type:device_code" in self.grant_types:
            named["device_authorization_endpoint"] = f"{url}/oauth/device_authorization"
        return named

    def _certificates(self) -> Mapping[str, Any]:
        if self.mtls_url is None:
            return {}
        return {"mtls_endpoint_aliases": self._addresses(self.mtls_url)}


def _what_is_supported(grant_types: Sequence[str]) -> Mapping[str, Any]:
    return {
        "scopes_supported": sorted(SAID | set(KINDS)),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": sorted(grant_types),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": [*_METHODS, "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": [*_METHODS, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": _METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": True,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        # Of programs that can prove who they are it is required; of those that cannot, not.
        "require_pushed_authorization_requests": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        "claim_types_supported": ["normal"],
        "claims_supported": [*_OF_ID_TOKENS, *CLAIMS],
        "acr_values_supported": [level.value for level in Assurance],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["ar", "en"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
