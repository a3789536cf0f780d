"""How the gateway shows a provider that it is the client whom the provider knows."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.errors import ConfigurationError
from gateway.identity.keys import SigningKey, UnfitKeyError
from gateway.identity.providers.oidc.discovery import Metadata
from gateway.identity.providers.oidc.options import OpenIdOptions, read_secret
from gateway.identity.providers.plate import ProviderPlate

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE: Final = 60
"""Seconds; together with a fresh ``jti`` it makes a copied assertion worthless."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes along with a request to the token endpoint."""

    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


class Client:
    """The client ``id``, by its secret (RFC 6749, 2.3.1) or by its key (RFC 7523).

    The secrets are ``client_id`` and either ``client_secret`` or ``client_key``, an unencrypted private key in
    PEM, P-256 or Ed25519. Raises ``ConfigurationError``.
    """

    def __init__(
        self, plate: ProviderPlate, options: OpenIdOptions, secrets: Mapping[str, str], clock: Callable[[], datetime]
    ) -> None:
        self.id = read_secret(plate, secrets, "client_id")
        self._clock = clock
        self._audience = options.client_assertion_audience
        self._key: SigningKey | None = None
        self._basic = ""
        if options.client_auth == "private_key_jwt":
            self._key = _read_key(plate, read_secret(plate, secrets, "client_key"))
        else:
            pair = f"{quote_plus(self.id)}:{quote_plus(read_secret(plate, secrets, 'client_secret'))}"
            self._basic = f"Basic {b64encode(pair.encode()).decode()}"

    def credentials(self, metadata: Metadata) -> Credentials:
        """Credentials for one request."""
        if self._key is None:
            return Credentials(headers={"Authorization": self._basic})
        audience = metadata.issuer if self._audience == "issuer" else metadata.token_endpoint
        assertion = self._assertion(self._key, audience)
        return Credentials(
            fields={"client_id": self.id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        )

    def _assertion(self, key: SigningKey, audience: str) -> str:
        now = int(self._clock().timestamp())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": audience,
            "jti": randomness.token_urlsafe(16),
            "iat": now,
            "exp": now + ASSERTION_LIFE,
        }
        return key.signed(claims, typ="JWT")


def _read_key(plate: ProviderPlate, pem: str) -> SigningKey:
    try:
        return SigningKey.of(load_pem_private_key(pem.encode(), password=None))
    except (UnfitKeyError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        text = str(problem) if isinstance(problem, UnfitKeyError) else "is not an unencrypted private key in PEM"
        raise ConfigurationError(field=f"providers.{plate.id}: secrets.client_key", problem=text) from problem
