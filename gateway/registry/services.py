"""The catalogue: every service by its id, searched in both languages, growing while it runs."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from gateway.errors import ConfigurationError, Conflict, UnknownService
from gateway.policy.rules import PolicyRules
from gateway.registry.definition import Definition, define, service_of
from gateway.registry.linked_data import json_ld
from gateway.registry.listings import FILES, Found, Listings, Test
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.schema.country import Country
from gateway.toml_file import load_model

__all__ = ["Definition", "Service", "Services"]

PAGE, LONGEST_PAGE = 50, 100
READY = 1_000
"""How many services that adapters define are kept ready; one more is read when it is asked for, some milliseconds."""


class Services:
    """Every service that can be asked for: those of the files, and those that registered adapters define.

    Walking over it gives the services of the files, in the order of their ids: what policy, measures and pages are
    made of at the start. All of them are found, searched and shown.
    """

    def __init__(self, services: Iterable[Service], ready: int = READY) -> None:
        self._services: Mapping[str, Service] = {
            service.id: service for service in sorted(services, key=lambda service: service.id)
        }
        self._listings = Listings()
        self._listings.add(FILES, [define(service) for service in self])
        self._ready = ready
        self._parsed: OrderedDict[str, Service] = OrderedDict()

    @classmethod
    def load(cls, directory: Path) -> "Services":
        """Reads and checks every ``.toml`` of the folder; raises ``ConfigurationError`` naming file and key."""
        paths = sorted(directory.glob("*.toml"))
        if not paths:
            raise ConfigurationError(field=str(directory), problem="holds no service; each has a file of its own here")
        services = [_load(path) for path in paths]
        _agree_on_events(paths, services)
        return cls(services)

    def __iter__(self) -> Iterator[Service]:
        return iter(self._services.values())

    def __len__(self) -> int:
        return len(self._services)

    def __contains__(self, service: object) -> bool:
        return service in self._listings

    def add(self, source: str, definitions: Sequence[Definition]) -> None:
        """Takes in what an adapter defines, in place of what the same ``source`` defined before.

        Raises ``Conflict`` with ``service_taken`` when the files or another source have one of the ids; then nothing
        has changed.
        """
        for gone in self._listings.add(source, definitions):
            self._parsed.pop(gone, None)

    def remove(self, source: str) -> None:
        """Takes out what an adapter defined; nothing happens where it defined nothing."""
        for gone in self._listings.remove(source):
            self._parsed.pop(gone, None)

    def settle(self) -> None:
        """Brings the index in order after many were added; the next search does it otherwise."""
        self._listings.settle()

    def check_free(self, source: str, services: Iterable[Service]) -> None:
        """Raises ``Conflict`` where ``add`` would, and where a life event is called otherwise than the files do."""
        offered = tuple(services)
        self._listings.check_free(source, [service.id for service in offered])
        events = {event.id: event for service in self for event in service.life_events}
        for place, service in enumerate(offered):
            for number, event in enumerate(service.life_events):
                if events.get(event.id, event) != event:
                    raise Conflict(
                        "life_event_differs", field=f"/definitions/{place}/life_events/{number}", life_event=event.id
                    )

    def find(self, service: str, kind: Literal["lookup", "procedure"] | None = None) -> Service:
        """The service of that id, and of that kind where one is given; raises ``UnknownService``."""
        found = self._services.get(service)
        if found is not None:
            if kind not in (None, found.kind):
                raise UnknownService
            return found
        listing = self._listings.get(service)
        if listing is None or kind not in (None, listing.kind):
            raise UnknownService
        return self._read(service, listing.definition)

    def _read(self, service: str, definition: Definition) -> Service:
        if service in self._parsed:
            self._parsed.move_to_end(service)
        else:
            self._parsed[service] = service_of(definition)
            if len(self._parsed) > self._ready:
                self._parsed.popitem(last=False)
        return self._parsed[service]

    def search(
        self,
        query: str | None = None,
        *,
        country: Country | None = None,
        audience: str | None = None,
        life_event: str | None = None,
        sector: str | None = None,
        test: Test | None = None,
        limit: int = PAGE,
        after: str | None = None,
    ) -> Found:
        """One page of the services that meet everything asked for; ``Listings.search`` says in which order."""
        tests = (
            None if country is None else lambda listing: country in listing.countries,
            None if audience is None else lambda listing: audience in listing.audience,
            None if life_event is None else lambda listing: life_event in listing.life_events,
            None if sector is None else lambda listing: sector in listing.sectors,
            test,
        )
        return self._listings.search(query, tuple(each for each in tests if each), limit, after)

    def document(self, service: str) -> Mapping[str, Any]:
        """The service as JSON, neither checked nor compiled; raises ``UnknownService``."""
        found = self._services.get(service)
        return found.public() if found else self._listings.document(service)

    def json_ld(self, documents: Sequence[Mapping[str, Any]], public_url: str) -> dict[str, Any]:
        """The services as CPSV-AP in JSON-LD, of their JSON; ``public_url`` is the gateway's own address."""
        return json_ld(documents, public_url)

    def check_against(self, rules: PolicyRules) -> None:
        """Raises ``ConfigurationError`` where a service publishes other conditions than policy keeps."""
        for service in self:
            rule = rules.services.get(service.id)
            if rule is None:
                raise ConfigurationError(field=f"policy: services.{service.id}", problem="is missing")
            if rule.assurance is not service.assurance:
                raise ConfigurationError(
                    field=f"{service.id}: assurance", problem=f"must be as in policy, {rule.assurance.value}"
                )
            if set(rule.purposes) != set(service.purposes):
                raise ConfigurationError(
                    field=f"{service.id}: purposes", problem=f"must be as in policy, {', '.join(rule.purposes)}"
                )
        if orphans := sorted(set(rules.services) - set(self._services)):
            raise ConfigurationError(field=f"policy: services.{orphans[0]}", problem="is not a service that there is")

    def check_offers(self, plates: Iterable[Manifest]) -> None:
        """Raises ``ConfigurationError`` where a room offers what the catalogue does not, or for another agency."""
        for plate in plates:
            for name, offer in plate.services.items():
                authority = self.find(name).authority(plate.country) if name in self else None
                if authority is None:
                    raise ConfigurationError(
                        field=f"{plate.name}: services.{name}", problem=f"is not a service of {plate.country.value}"
                    )
                if offer.agency != authority.agency:
                    raise ConfigurationError(
                        field=f"{plate.name}: services.{name}.agency", problem=f"must be {authority.agency}"
                    )


def _load(path: Path) -> Service:
    service = load_model(path, Service)
    if service.id != path.stem:
        raise ConfigurationError(field=f"{path}: id", problem=f"must be the file's name, {path.stem}")
    return service


def _agree_on_events(paths: Sequence[Path], services: Sequence[Service]) -> None:
    """One life event groups services of several files, so all of them must call it the same."""
    known: dict[str, object] = {}
    for path, service in zip(paths, services, strict=True):
        for place, event in enumerate(service.life_events):
            if known.setdefault(event.id, event) != event:
                raise ConfigurationError(
                    field=f"{path}: life_events[{place}]", problem=f"says of {event.id} what no other service says"
                )
