"""An OpenID Connect provider by its name plate: the code flow with PKCE, and nothing else."""

import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog

from gateway.identity.keys import base64url
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Attempt, Evidence, Letterbox, ProviderResponse, Redirect
from gateway.identity.providers.door import lied
from gateway.identity.providers.oidc.claim_rules import CLOCK_RULES, ID_TOKEN_RULES, ClaimRule, Expected, check
from gateway.identity.providers.oidc.client import Client
from gateway.identity.providers.oidc.discovery import Discovery, Metadata
from gateway.identity.providers.oidc.doors import Doors
from gateway.identity.providers.oidc.evidence import make_evidence
from gateway.identity.providers.oidc.exchange import Exchange, Tokens
from gateway.identity.providers.oidc.jwks import KeySet, ProviderKeys, read_key_set
from gateway.identity.providers.oidc.kept import Ages, Kept
from gateway.identity.providers.oidc.logout import LogoutNotice, LogoutReader
from gateway.identity.providers.oidc.options import read_issuer, read_options
from gateway.identity.providers.oidc.response import read_code
from gateway.identity.providers.oidc.signed import SignedClaims, verify
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.strict import TokenError

log = structlog.get_logger()

ID_TOKEN_TYPES: Final = frozenset({None, "jwt"})
"""A logout token, an access token or a proof, signed by the same key, is no ID token."""


@dataclass(frozen=True, slots=True)
class Told:
    """The claims of a verified ID token, and those of userinfo about the same subject."""

    claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]


class OpenIdProvider:
    """One plate that speaks OpenID Connect; its endpoint ``issuer`` is the issuer, to the letter.

    Metadata and keys are fetched when they are first needed, so a provider that is down stops nobody's start.
    ``tls`` brings other certificate authorities than the system's. Raises ``ConfigurationError``.
    """

    def __init__(
        self,
        plate: ProviderPlate,
        endpoints: Mapping[str, str],
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
        letters: Letterbox,
        *,
        tls: ssl.SSLContext | None = None,
        ages: Ages | None = None,
        rules: Mapping[str, ClaimRule] = ID_TOKEN_RULES,
    ) -> None:
        self.plate = plate
        self._clock = clock
        self._rules = rules
        self._options = read_options(plate)
        self._issuer = read_issuer(plate, endpoints)
        self._client = Client(plate, self._options, secrets, clock)
        self._doors = Doors(plate, self._issuer, tls)
        discovery = Discovery(plate, self._options, self._issuer, self._doors)
        self._metadata = Kept("metadata", discovery.fetch, ages or Ages())
        self._keys = ProviderKeys(Kept("keys", self._fetch_keys, ages or Ages()))
        self._exchange = Exchange(plate, self._client, self._doors)
        self._logout = LogoutReader(plate, self._keys, letters)

    async def open(self) -> None:
        """There is nothing to fetch before the first sign-in."""

    async def close(self) -> None:
        """Ends every connection."""
        await self._doors.close()

    async def begin(self, attempt: Attempt) -> Redirect:
        """The provider's own page; raises ``ProviderError``."""
        metadata = await self._metadata.get()
        parts = urlsplit(metadata.authorization_endpoint)
        query = "&".join(filter(None, (parts.query, urlencode(self._request(attempt)))))
        return Redirect(urlunsplit(parts._replace(query=query)))

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """The evidence that the response's code is exchanged for; raises ``SignInError`` and ``ProviderError``."""
        told = await self.told(attempt, response)
        return make_evidence(self.plate, told.claims, told.userinfo, self._clock())

    async def told(self, attempt: Attempt, response: ProviderResponse) -> Told:
        """What the provider says, verified, for whoever makes something else of it; raises as ``complete`` does."""
        metadata = await self._metadata.get()
        code = read_code(self.plate, metadata, attempt, response)
        tokens = await self._exchange.redeem(metadata, code, attempt)
        claims = await self._claims(metadata, tokens, attempt)
        userinfo = await self._exchange.userinfo(metadata, tokens, claims["sub"])
        return Told(claims, userinfo)

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """Nothing is waited for: the answer comes with the browser."""
        return None

    async def logout_notice(self, form: Mapping[str, str]) -> LogoutNotice:
        """Whom a back-channel logout names; raises ``SignInError`` and, without keys, ``ProviderError``."""
        return await self._logout.read(form, Expected(self._issuer, self._client.id, self._clock().timestamp()))

    def _request(self, attempt: Attempt) -> Mapping[str, str]:
        """The parameters of the authorization request; empty ones are left away."""
        scopes = (*self.plate.scopes, *(self._options.scopes_high.split() if attempt.wanted is Assurance.HIGH else ()))
        wanted = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(scopes),
            "state": attempt.id,
            "nonce": attempt.nonce,
            "code_challenge": base64url(hashlib.sha256(attempt.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "ui_locales": attempt.language,
            "prompt": self._options.prompt,
            "max_age": "" if attempt.max_age is None else str(attempt.max_age),
            "acr_values": self._acr_values(attempt.wanted),
        }
        return {name: value for name, value in wanted.items() if value}

    def _acr_values(self, wanted: Assurance | None) -> str:
        rule = self.plate.assurance
        if wanted is None or rule.claim != "acr":
            return ""
        return " ".join(value for value, level in rule.levels.items() if level >= wanted)

    async def _claims(self, metadata: Metadata, tokens: Tokens, attempt: Attempt) -> Mapping[str, Any]:
        try:
            signed = await verify(tokens.unverified_id_token, self._keys, self.plate.algorithms, ID_TOKEN_TYPES)
        except TokenError as problem:
            raise lied(self.plate, f"id_token_{problem.reason}") from problem
        expected = Expected(
            issuer=metadata.issuer,
            client=self._client.id,
            now=self._clock().timestamp(),
            alg=signed.alg,
            nonce=attempt.nonce,
            access_token=tokens.access_token,
            begun=attempt.created_at.timestamp(),
            max_age=attempt.max_age,
        )
        try:
            check(self._rules, signed.claims, expected)
        except TokenError as problem:
            self._tell_of_clocks(problem.reason, signed, expected)
            raise lied(self.plate, f"id_token_{problem.reason}") from problem
        return signed.claims

    def _tell_of_clocks(self, rule: str, signed: SignedClaims, expected: Expected) -> None:
        """An operator can mend a wrong clock, if told by how many seconds and whose."""
        if rule in CLOCK_RULES:
            ahead = round(float(signed.claims["iat"]) - expected.now)
            log.error("provider.clock_differs", provider=self.plate.id, seconds_ahead=ahead, rule=rule)

    async def _fetch_keys(self) -> KeySet:
        metadata = await self._metadata.get()
        return await self._doors.send("GET", metadata.jwks_uri, read_key_set(self.plate.id), safe=True)
