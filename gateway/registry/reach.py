"""How far the gateway reaches: which states' bodies it asks for a service, and which it can only point to."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from gateway.errors import BawabaError
from gateway.registry.service import Authority, Service
from gateway.schema.country import Country

Connected = Callable[[str], Collection[Country]]
"""The states in which the gateway itself gives the service of that id."""


def with_reach(document: Mapping[str, Any], connected: Connected) -> dict[str, Any]:
    """The service's JSON, each authority with ``connected``; ``listing_only`` where none of them is."""
    states = frozenset(connected(document["id"]))
    bodies = [{**body, "connected": body["country"] in states} for body in document["authorities"]]
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
