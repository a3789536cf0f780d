"""``/v1/services``: what can be asked for, for people, programs and catalogues."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from aiohttp import web

from gateway.errors import UnknownCountry
from gateway.registry.services import Service, Services
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.web.contract import Operation, path_parameter, query_parameter

JSON_LD = "application/ld+json"


class ServiceList(Frozen):
    """The services that match, in the order of the catalogue."""

    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class ServicePages:
    """The catalogue, read-only and the same for everyone."""

    services: Services
    public_url: str

    def operations(self) -> Sequence[Operation]:
        filters = tuple(query_parameter(name) for name in ("q", "country", "audience", "life_event"))
        return (
            Operation(
                "list_services", "GET", "/v1/services", self.list, ServiceList, parameters=filters, also=(JSON_LD,)
            ),
            Operation(
                "get_service",
                "GET",
                "/v1/services/{service}",
                self.get,
                Service,
                parameters=(path_parameter("service"),),
                codes=((404, "unknown_service"),),
                also=(JSON_LD,),
            ),
        )

    async def list(self, request: web.Request) -> web.Response:
        query = request.query
        country = query.get("country")
        if country is not None and country not in Country.__members__:
            raise UnknownCountry(field="?country")
        found = self.services.search(
            query.get("q"),
            country=Country(country) if country else None,
            audience=query.get("audience"),
            life_event=query.get("life_event"),
        )
        if _wants_linked_data(request):
            return _public(self.services.json_ld(found, self.public_url), JSON_LD)
        return _public({"services": [service.public() for service in found]})

    async def get(self, request: web.Request) -> web.Response:
        service = self.services.find(request.match_info["service"])
        if _wants_linked_data(request):
            return _public(self.services.json_ld((service,), self.public_url), JSON_LD)
        return _public(service.public())


def _wants_linked_data(request: web.Request) -> bool:
    return JSON_LD in request.headers.get("Accept", "")


def _public(document: object, media_type: str = "application/json") -> web.Response:
    """An answer that anyone may keep for a minute; it differs by what the caller accepts."""
    return web.Response(
        body=orjson.dumps(document),
        content_type=media_type,
        headers={"Cache-Control": "public, max-age=60", "Vary": "Accept"},
    )
