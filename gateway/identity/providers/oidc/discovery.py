"""A provider's metadata (OpenID Connect Discovery 1.0), believed only where it cannot lead astray."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import BackendGarbled
from gateway.identity.providers.oidc.addresses import UnfitAddressError, check_address
from gateway.identity.providers.oidc.doors import Doors
from gateway.identity.providers.oidc.options import OpenIdOptions
from gateway.identity.providers.plate import ProviderPlate
from gateway.sdk.gate import Response
from gateway.sdk.readers import read_json

_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the relying party needs of it; ``iss_promised`` says that every response names its issuer (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    iss_promised: bool


class Discovery:
    """Fetches the metadata of one issuer."""

    def __init__(self, plate: ProviderPlate, options: OpenIdOptions, issuer: str, doors: Doors) -> None:
        self._plate = plate
        self._options = options
        self._issuer = issuer
        self._doors = doors

    async def fetch(self) -> Metadata:
        """The metadata; raises ``ProviderError``."""
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = await self._doors.send("GET", url, self._read, safe=True)
        called = (url, metadata.token_endpoint, metadata.jwks_uri, metadata.userinfo_endpoint or url)
        await self._doors.keep_only(called)
        return metadata

    def _read(self, response: Response) -> Metadata:
        if response.status != 200:
            raise BackendGarbled(reason=f"discovery_status_{response.status}")
        document = read_json(response.body, max_depth=_DEPTH)
        if not isinstance(document, dict):
            raise BackendGarbled(reason="discovery_form")
        if document.get("issuer") != self._issuer:
            raise BackendGarbled(reason="discovery_issuer")
        self._check_abilities(document)
        try:
            return self._metadata(document)
        except UnfitAddressError as problem:
            raise BackendGarbled(reason=f"discovery_{problem}") from problem

    def _metadata(self, document: Mapping[str, Any]) -> Metadata:
        userinfo = document.get("userinfo_endpoint") if self._options.userinfo == "yes" else None
        return Metadata(
            issuer=self._issuer,
            authorization_endpoint=self._address(document, "authorization_endpoint"),
            token_endpoint=self._address(document, "token_endpoint"),
            jwks_uri=self._address(document, "jwks_uri"),
            userinfo_endpoint=None if userinfo is None else check_address(userinfo, self._issuer),
            iss_promised=document.get("authorization_response_iss_parameter_supported") is True,
        )

    def _address(self, document: Mapping[str, Any], name: str) -> str:
        return check_address(document.get(name), self._issuer)

    def _check_abilities(self, document: Mapping[str, Any]) -> None:
        """What the provider says that it cannot do is better said now than found out by a person."""
        algorithms = document.get("id_token_signing_alg_values_supported")
        if isinstance(algorithms, list) and not set(self._plate.algorithms) & set(map(str, algorithms)):
            raise BackendGarbled(reason="discovery_algorithms")
        methods = document.get("code_challenge_methods_supported")
        if isinstance(methods, list) and "S256" not in methods:
            raise BackendGarbled(reason="discovery_pkce")
        if self._options.userinfo == "yes" and document.get("userinfo_endpoint") is None:
            raise BackendGarbled(reason="discovery_userinfo")
