"""Where calls go: for each service and state, the version that answers, and the one that is tried beside it."""

import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import BackendDown, UnknownCountry
from gateway.registry.store import AdapterState
from gateway.registry.version import Version
from gateway.schema.country import Country

Place = tuple[str, Country]
_HUNDRED: Final = 100


@dataclass(slots=True)
class Adapter:
    """A registered adapter as this worker knows it; ``live`` and ``canary`` are the versions of its state.

    ``partner`` is whether its agency is a private one, which answers under a mandate only; ``stopped`` whether the
    agency is suspended.
    """

    state: AdapterState
    live: Version | None
    canary: Version | None
    partner: bool = False
    stopped: bool = False
    services: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        versions = [version for version in (self.live, self.canary) if version is not None]
        self.services = frozenset[str]().union(*(version.services for version in versions))

    @property
    def versions(self) -> tuple[Version, ...]:
        """Those that calls may go to."""
        return tuple(version for version in (self.live, self.canary) if version is not None)

    def serves(self, now: float) -> bool:
        """Whether it is in service at all at that moment, seconds since 1970; a paused one is, and says so."""
        ended = self.state.retires_at is not None and self.state.retires_at <= now
        return self.state.standing in ("open", "paused") and not ended

    def choose(self, service: str, number: str, former: Version | None) -> Version:
        """The version for the call of that number; ``former`` is what answers where this adapter has no live one.

        Raises ``BackendDown`` where it is paused.
        """
        if self.stopped or self.state.standing == "paused":
            raise BackendDown("adapter_paused")
        live = self.live if self.live is not None and service in self.live.services else former
        tried = self.canary
        if tried is None or service not in tried.services:
            if live is None:
                raise BackendDown("adapter_paused")
            return live
        # Of a hundred numbers, as many as its share; where nothing else could answer, all.
        if live is None or zlib.crc32(number.encode()) % _HUNDRED < self.state.share:
            return tried
        return live


class Routes:
    """The versions by service and state: those of folders, and before them those of registered adapters."""

    def __init__(self, folders: Mapping[Place, Version]) -> None:
        self._folders = folders
        self._adapters: dict[str, Adapter] = {}
        self._places: dict[Place, Adapter] = {}
        self._countries: dict[str, tuple[Country, ...]] = {}
        for service, _ in folders:
            self._count(service)

    def countries(self, service: str) -> tuple[Country, ...]:
        """The states that implement the service, in the order of ``Country``."""
        return self._countries.get(service, ())

    def adapter(self, name: str) -> Adapter | None:
        """The registered adapter of that name."""
        return self._adapters.get(name)

    def registered(self, service: str, country: Country) -> Adapter | None:
        """The registered adapter that the service of a state is given by."""
        return self._places.get((service, country))

    def adapters(self) -> Iterable[Adapter]:
        """All that are registered."""
        return self._adapters.values()

    def find(self, service: str, country: Country, number: str, now: float) -> tuple[Adapter | None, Version]:
        """What answers the call of that number; raises ``UnknownCountry`` and ``BackendDown``."""
        adapter = self._places.get((service, country))
        folder = self._folders.get((service, country))
        if adapter is not None and adapter.serves(now):
            return adapter, adapter.choose(service, number, folder)
        if folder is None:
            raise UnknownCountry("service_not_in_country", country=country.value)
        return None, folder

    def former(self, adapter: Adapter, service: str) -> Version | None:
        """What the version that is tried is compared with."""
        if adapter.live is not None and service in adapter.live.services:
            return adapter.live
        return self._folders.get((service, adapter.state.country))

    def put(self, adapter: Adapter) -> None:
        """Takes the adapter in, in the place of what it was before.

        A service of a state is answered by one adapter: whoever has it keeps it until it is given up.
        """
        given_up = self._release(adapter.state.name)
        if adapter.state.standing in ("open", "paused") and adapter.versions:
            self._adapters[adapter.state.name] = adapter
            self._take(adapter, adapter.services)
        self._hand_on(given_up)

    def drop(self, name: str) -> None:
        """Routes nothing to the adapter of that name any more."""
        self._hand_on(self._release(name))

    def clear(self) -> None:
        """Routes nothing to registered adapters any more."""
        services = {service for service, _ in self._places}
        self._adapters.clear()
        self._places.clear()
        for service in services:
            self._count(service)

    def _release(self, name: str) -> Collection[Place]:
        """Takes the adapter out; the places that it had come back, and have nobody now."""
        adapter = self._adapters.pop(name, None)
        if adapter is None:
            return ()
        held = [(service, adapter.state.country) for service in adapter.services]
        held = [place for place in held if self._places.get(place) is adapter]
        for place in held:
            del self._places[place]
        return held

    def _take(self, adapter: Adapter, services: Iterable[str]) -> None:
        for service in services:
            self._places.setdefault((service, adapter.state.country), adapter)
            self._count(service)

    def _hand_on(self, places: Collection[Place]) -> None:
        """Each of the places that nobody has goes to the next adapter that gives the service there."""
        for service, country in places:
            if (service, country) not in self._places:
                others = (each for each in self._adapters.values() if each.state.country is country)
                if (heir := next((each for each in others if service in each.services), None)) is not None:
                    self._take(heir, [service])
            self._count(service)

    def _count(self, service: str) -> None:
        found = tuple(
            country for country in Country if (service, country) in self._folders or (service, country) in self._places
        )
        if found:
            self._countries[service] = found
        else:
            self._countries.pop(service, None)
