"""The catalogue for people: a page to search it, a page for each service, both marking what is only listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from babel.dates import format_date

from gateway.registry.reach import Connected, Endings, with_reach
from gateway.registry.services import Services
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import CHOICE, Pages
from gateway.web.service_search import read_search

SHOWN = 20


@dataclass(frozen=True, slots=True)
class CataloguePages:
    """The pages and what they stand on; ``connected`` says where the gateway gives a service."""

    services: Services
    pages: Pages
    connected: Connected
    endings: Endings

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/services", self.search, name=f"{PAGE}services")
        app.router.add_get("/services/{service}", self.show, name=f"{PAGE}service")

    async def search(self, request: web.Request) -> web.Response:
        """What was found, and the form that asked for it; a field left empty asks for nothing."""
        asked = {name: value for name, value in request.query.items() if value and name != CHOICE}
        found = read_search({"limit": str(SHOWN), **asked}).on(self.services, self.connected)
        again = {**asked, "after": found.next} if found.next else None
        return self.pages.render(
            request,
            "services.html",
            query=asked.get("q", ""),
            country=asked.get("country"),
            states=tuple(Country),
            services=[self._words(service) for service in found.ids],
            more=str(request.rel_url.with_query(again)) if again else None,
        )

    async def show(self, request: web.Request) -> web.Response:
        """One service; raises ``UnknownService``."""
        return self.pages.render(request, "service.html", service=self._words(request.match_info["service"]))

    def _words(self, service: str) -> Mapping[str, Any]:
        document = with_reach(self.services.document(service), self.connected, self.endings)
        return {
            "id": service,
            "name": Text(**document["name"]),
            "description": Text(**document["description"]),
            "cost": Text(**document["cost"]["description"]),
            "time": Text(**document["processing_time"]["description"]),
            "listing_only": document["listing_only"],
            "authorities": [
                {
                    "name": Text(**body["name"]),
                    "state": Country(body["country"]).facts.name,
                    "connected": body["connected"],
                    "page": body.get("page"),
                    "ends": _day(body.get("ends_at")),
                    "why": Text(**body["ends_why"]) if body.get("ends_why") else None,
                }
                for body in document["authorities"]
            ],
        }


def _day(moment: str | None) -> Text | None:
    """The day of a moment in words, by the calendar that both languages are used to here."""
    if moment is None:
        return None
    day = datetime.fromisoformat(moment)
    return Text(ar=format_date(day, "d MMMM y", locale="ar"), en=format_date(day, "d MMMM y", locale="en"))
