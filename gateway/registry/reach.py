"""How far the gateway reaches: which states' bodies it asks for a service, and which it can only point to."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.errors import BawabaError
from gateway.registry.service import Authority, Service
from gateway.schema.country import Country
from gateway.schema.text import Text

Connected = Callable[[str], Collection[Country]]
"""The states in which the gateway itself gives the service of that id."""


@dataclass(frozen=True, slots=True)
class Ending:
    """When a state gives a service no more through this gateway, an aware moment, and why."""

    at: datetime
    why: Text | None


Endings = Callable[[str], Mapping[Country, Ending]]
"""The states that have announced such an end for the service of that id."""


def _no_end(service: str) -> Mapping[Country, Ending]:
    """Nobody has announced an end."""
    return {}


def with_reach(document: Mapping[str, Any], connected: Connected, endings: Endings = _no_end) -> dict[str, Any]:
    """The service's JSON, each authority with ``connected``; ``listing_only`` where none of them is.

    ``ends_at`` and ``ends_why`` stand where the end has been announced.
    """
    states, ends = frozenset(connected(document["id"])), endings(document["id"])
    bodies = [{**body, "connected": body["country"] in states} for body in document["authorities"]]
    for body in bodies if ends else ():
        if body["connected"] and (end := ends.get(Country(body["country"]))):
            body["ends_at"] = end.at.isoformat()
            body["ends_why"] = end.why.model_dump() if end.why else None
    return {**document, "authorities": bodies, "listing_only": not any(body["connected"] for body in bodies)}


def body_elsewhere(service: Service, home: Country | None) -> Authority:
    """Whom to point to where nobody is connected: the body of the person's own state, else the first with a page."""
    own = service.authority(home) if home else None
    with_page = (body for body in service.authorities if body.page)
    return own or next(with_page, service.authorities[0])


def point_to_page(problem: BawabaError, service: Service) -> None:
    """Adds the page of the body itself to a refusal that says the service is not given in a state."""
    if problem.code != "service_not_in_country":
        return
    state = problem.facts.get("country")
    page = next((body.page for body in service.authorities if body.country == state), None)
    if page:
        problem.facts["page"] = page
