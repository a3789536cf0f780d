"""``/v1/services``: what can be asked for, for people, programs and catalogues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import orjson
from aiohttp import web
from pydantic import Field
from yarl import URL

from gateway.registry.listings import Found
from gateway.registry.reach import Connected, Endings, with_reach
from gateway.registry.sectors import Sector
from gateway.registry.service import Audience, Authority, Service
from gateway.registry.services import LONGEST_PAGE, PAGE, Services
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.web.contract import Operation, path_parameter, query_parameter
from gateway.web.service_search import SEARCH_CODES, read_search

JSON_LD = "application/ld+json"


class ListedAuthority(Authority):
    """The public body that is responsible for the service in one state, and whether the gateway asks it."""

    connected: bool
    ends_at: datetime | None = None
    ends_why: Text | None = None


class ListedService(Service):
    """One service as the catalogue shows it, with how far the gateway reaches."""

    authorities: tuple[ListedAuthority, ...] = Field(min_length=1)
    listing_only: bool


class ServiceList(Frozen):
    """The services that match, the best first; `next` is the place of the page after this one."""

    services: tuple[ListedService, ...]
    next: str | None = Field(description="Null on the last page.")


@dataclass(frozen=True, slots=True)
class ServicePages:
    """The catalogue, read-only and the same for everyone; ``connected`` says where the gateway gives a service,
    ``endings`` until when."""

    services: Services
    public_url: str
    connected: Connected
    endings: Endings

    def operations(self) -> Sequence[Operation]:
        filters = (
            query_parameter("q", maxLength=200),
            query_parameter("country", enum=[country.value for country in Country]),
            query_parameter("audience", enum=list(get_args(Audience))),
            query_parameter("life_event", maxLength=60),
            query_parameter("sector", enum=list(get_args(Sector))),
            query_parameter("connected", type="boolean"),
            query_parameter("limit", type="integer", minimum=1, maximum=LONGEST_PAGE, default=PAGE),
            query_parameter("after", maxLength=120),
        )
        return (
            Operation(
                "list_services",
                "GET",
                "/v1/services",
                self.list,
                ServiceList,
                parameters=filters,
                codes=SEARCH_CODES,
                also=(JSON_LD,),
            ),
            Operation(
                "get_service",
                "GET",
                "/v1/services/{service}",
                self.get,
                ListedService,
                parameters=(path_parameter("service"),),
                codes=((404, "unknown_service"),),
                also=(JSON_LD,),
            ),
        )

    async def list(self, request: web.Request) -> web.Response:
        found = read_search(request.query).on(self.services, self.connected)
        documents = [self._document(service) for service in found.ids]
        if _wants_linked_data(request):
            answer = _public(self.services.json_ld(documents, self.public_url), JSON_LD)
        else:
            answer = _public({"services": documents, "next": found.next})
        if found.next:
            answer.headers["Link"] = f'<{self._next(request, found)}>; rel="next"'
        return answer

    async def get(self, request: web.Request) -> web.Response:
        document = self._document(request.match_info["service"])
        if _wants_linked_data(request):
            return _public(self.services.json_ld((document,), self.public_url), JSON_LD)
        return _public(document)

    def _document(self, service: str) -> dict[str, Any]:
        return with_reach(self.services.document(service), self.connected, self.endings)

    def _next(self, request: web.Request, found: Found) -> URL:
        """The same question from where this page ends, at the gateway's own address."""
        asked = {name: request.query[name] for name in request.query if name != "after"}
        return URL(f"{self.public_url}/v1/services").with_query({**asked, "after": found.next or ""})


def _wants_linked_data(request: web.Request) -> bool:
    return JSON_LD in request.headers.get("Accept", "")


def _public(document: object, media_type: str = "application/json") -> web.Response:
    """An answer that anyone may keep for a minute; it differs by what the caller accepts."""
    return web.Response(
        body=orjson.dumps(document),
        content_type=media_type,
        headers={"Cache-Control": "public, max-age=60", "Vary": "Accept"},
    )
