"""The public halves of the keys that sign access tokens (RFC 7517)."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from aiohttp import web

from gateway.identity.keys import KeyRing
from gateway.schema.base import Frozen
from gateway.web.contract import Operation

MEDIA_TYPE = "application/jwk-set+json"


class JsonWebKeySet(Frozen):
    """Keys by ``kid``; one that signs soon is published before it does, a retired one until its tokens are gone."""

    keys: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyPages:
    """``/.well-known/jwks.json``."""

    keys: KeyRing

    def operations(self) -> Sequence[Operation]:
        return (Operation("jwks", "GET", "/.well-known/jwks.json", self.jwks, JsonWebKeySet, media_type=MEDIA_TYPE),)

    async def jwks(self, request: web.Request) -> web.Response:
        return web.Response(
            body=orjson.dumps(self.keys.jwks()),
            content_type=MEDIA_TYPE,
            headers={"Cache-Control": "public, max-age=300"},
        )
