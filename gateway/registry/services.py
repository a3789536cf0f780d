"""The catalogue: every service by its id, read once at start, searched in both languages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from gateway.errors import ConfigurationError, UnknownService
from gateway.policy.rules import PolicyRules
from gateway.registry.linked_data import json_ld
from gateway.registry.manifest import Manifest
from gateway.registry.search import matches, searchable
from gateway.registry.service import Service
from gateway.schema.country import Country
from gateway.toml_file import load_model

__all__ = ["Service", "Services"]


class Services:
    """Every service that can be asked for, in the order of their ids."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services: Mapping[str, Service] = {
            service.id: service for service in sorted(services, key=lambda service: service.id)
        }
        self._words = {service.id: searchable(_texts(service)) for service in self}

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
        return service in self._services

    def find(self, service: str, kind: Literal["lookup", "procedure"] | None = None) -> Service:
        """The service of that id, and of that kind where one is given; raises ``UnknownService``."""
        found = self._services.get(service)
        if found is None or kind not in (None, found.kind):
            raise UnknownService
        return found

    def search(
        self,
        query: str | None = None,
        *,
        country: Country | None = None,
        audience: str | None = None,
        life_event: str | None = None,
    ) -> tuple[Service, ...]:
        """The services that meet everything asked for; a query finds words by their beginnings, in any order."""
        return tuple(
            service
            for service in self
            if (not query or query.isspace() or matches(query, self._words[service.id]))
            and (country is None or service.authority(country) is not None)
            and (audience is None or audience in service.audience)
            and (life_event is None or any(event.id == life_event for event in service.life_events))
        )

    def json_ld(self, services: Sequence[Service], public_url: str) -> dict[str, Any]:
        """The services as CPSV-AP in JSON-LD, ``public_url`` being the gateway's own address."""
        return json_ld(services, public_url)

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
                authority = self._services[name].authority(plate.country) if name in self else None
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


def _texts(service: Service) -> Iterator[str]:
    for text in (service.name, service.description, service.output.name, *service.keywords):
        yield from (text.ar, text.en)
    for event in service.life_events:
        yield from (event.name.ar, event.name.en)
    for authority in service.authorities:
        yield from (authority.name.ar, authority.name.en)
    yield service.id.replace("-", " ")
