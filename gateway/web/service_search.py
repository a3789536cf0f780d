"""What a search of the catalogue asks for, read from the query of an address."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from gateway.errors import InvalidInput, UnknownCountry
from gateway.registry.listings import Found, Listing
from gateway.registry.reach import Connected
from gateway.registry.sectors import Sector
from gateway.registry.service import Audience
from gateway.registry.services import LONGEST_PAGE, PAGE, Services
from gateway.schema.country import Country

SEARCH_CODES = (
    (422, "unknown_country"),
    *((422, code) for code in ("field_choice", "field_format", "field_out_of_range", "unknown_cursor")),
)
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class ServiceSearch:
    """One question to the catalogue; ``None`` asks for nothing."""

    query: str | None
    country: Country | None
    audience: str | None
    life_event: str | None
    sector: str | None
    connected: bool | None
    limit: int
    after: str | None

    def on(self, services: Services, connected: Connected) -> Found:
        """The page found; raises ``InvalidInput`` with ``unknown_cursor``.

        A service is connected when the gateway gives it in the state asked for, or in any where none is.
        """

        def as_wanted(listing: Listing) -> bool:
            states = listing.countries if self.country is None else {self.country}
            return (not states.isdisjoint(connected(listing.id))) is self.connected

        return services.search(
            self.query,
            country=self.country,
            audience=self.audience,
            life_event=self.life_event,
            sector=self.sector,
            test=None if self.connected is None else as_wanted,
            limit=self.limit,
            after=self.after,
        )


def read_search(query: Mapping[str, str]) -> ServiceSearch:
    """The question; raises ``UnknownCountry`` and ``InvalidInput``, naming the parameter with a question mark."""
    country, connected = query.get("country"), _choice(query, "connected", ("true", "false"))
    if country is not None and country not in Country.__members__:
        raise UnknownCountry(field="?country")
    return ServiceSearch(
        query=query.get("q"),
        country=Country(country) if country else None,
        audience=_choice(query, "audience", get_args(Audience)),
        life_event=_slug(query, "life_event"),
        sector=_choice(query, "sector", get_args(Sector)),
        connected=None if connected is None else connected == "true",
        limit=_limit(query.get("limit")),
        after=query.get("after"),
    )


def _choice(query: Mapping[str, str], name: str, choices: Collection[str]) -> str | None:
    value = query.get(name)
    if value is not None and value not in choices:
        raise InvalidInput("field_choice", field=f"?{name}")
    return value


def _slug(query: Mapping[str, str], name: str) -> str | None:
    value = query.get(name)
    if value is not None and not (len(value) <= _LONGEST_SLUG and _SLUG.fullmatch(value)):
        raise InvalidInput("field_format", field=f"?{name}")
    return value


def _limit(given: str | None) -> int:
    if given is None:
        return PAGE
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= LONGEST_PAGE):
        raise InvalidInput("field_out_of_range", field="?limit")
    return int(given)
