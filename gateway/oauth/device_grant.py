"""The grant type by which a device that a person let in gets its tokens (RFC 8628, 3.4)."""

from collections.abc import Mapping
from typing import Final

from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.devices import Devices
from gateway.oauth.grant import Grants
from gateway.oauth.tokens import Issued, TokenIssuer, required


class DeviceGrant:
    """``urn:ietf:params:oauth:grant-type:device_code``."""

    name: Final = "urn:ietf:params:oauth:grant-type:device_code"

    def __init__(self, devices: Devices, grants: Grants, issuer: TokenIssuer) -> None:
        self._devices = devices
        self._grants = grants
        self._issuer = issuer

    async def __call__(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Issued:
        """Tokens for a device code; raises ``OAuthError``, which mostly says to ask again later."""
        grant_id = await self._devices.poll(required(fields, "device_code"), client.client_id)
        return await self._issuer.begin(await self._grants.find(grant_id), client, confirmation)
