"""``POST /oauth/device_authorization``: a device without a person's keyboard asks to be let in (RFC 8628, 3.1)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.errors import OAuthError
from gateway.oauth.device_grant import DeviceGrant
from gateway.oauth.devices import INTERVAL, LIFE, DeviceRequest, Devices
from gateway.oauth.request import purposes_of, scopes_of
from gateway.oauth.user_codes import grouped
from gateway.web.oauth.answers import answering, said
from gateway.web.oauth.caller import Callers
from gateway.web.oauth.record import OAuthRecord
from gateway.web.problems import Problems
from gateway.web.signin.browser import place_of

PATH, PAGE_PATH = "/oauth/device_authorization", "/device"
STEP: Final = "device"
LONGEST_PLACE: Final = 80


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """The endpoint, for programs with keys: a stranger's code, sent to people far away, lets nobody in."""

    callers: Callers
    devices: Devices
    record: OAuthRecord
    problems: Problems
    public_url: str

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(PATH, answering(self.problems, self.begin))

    async def begin(self, request: web.Request) -> web.Response:
        """A code for the device, and one to show to the person in front of it."""
        client, fields = await self.callers.program(request, STEP)
        try:
            if DeviceGrant.name not in client.grants or not client.confidential:
                raise OAuthError("unauthorized_client")
            asked = DeviceRequest(
                client_id=client.client_id,
                scopes=scopes_of(fields, client),
                purposes=purposes_of(fields, client),
                place=_place(fields),
                network=place_of(request).network,
            )
        except OAuthError as problem:
            await self.record.refused(request, STEP, problem, client.client_id)
            raise
        codes = await self.devices.begin(asked)
        page, shown = f"{self.public_url}{PAGE_PATH}", grouped(codes.user_code)
        return said(
            {
                "device_code": codes.device_code,
                "user_code": shown,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?code={shown}",
                "expires_in": LIFE,
                "interval": INTERVAL,
            }
        )


def _place(fields: Mapping[str, str]) -> str:
    """Where the device stands, in the program's words; raises ``OAuthError`` for what no place is called."""
    place = fields.get("place", "").strip()
    hidden = any(unicodedata.category(each)[0] in "CZ" and each != " " for each in place)
    if len(place) > LONGEST_PLACE or hidden:
        raise OAuthError(field="place")
    return place
