"""``/v1/registry/keys``: the public half of what the gateway itself signs with when it calls adapter hosts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from aiohttp import web

from gateway.web.contract import Operation
from gateway.web.keys import MEDIA_TYPE, JsonWebKeySet
from gateway.web.registry.codes import ROOT


@dataclass(frozen=True, slots=True)
class HostKeyPages:
    """The endpoint; ``keys`` are public JWKs, none where no host is called. Whoever runs a host may ask, unknown."""

    keys: Sequence[Mapping[str, str]]

    def operations(self) -> Sequence[Operation]:
        """The one."""
        return (Operation("host_keys", "GET", f"{ROOT}/keys", self.all, JsonWebKeySet, media_type=MEDIA_TYPE),)

    async def all(self, request: web.Request) -> web.Response:
        """A JWK Set (RFC 7517), just what a host's ``gateway_keys_file`` holds."""
        return web.Response(
            body=orjson.dumps({"keys": [dict(key) for key in self.keys]}),
            content_type=MEDIA_TYPE,
            headers={"Cache-Control": "public, max-age=300"},
        )
