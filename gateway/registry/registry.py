"""Which adapter answers: a grant goes in, a route comes out."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import orjson

from gateway.errors import BawabaError, UnknownCountry
from gateway.policy.permit import Grant
from gateway.registry.canary import Worse, judge
from gateway.registry.mandates import Mandates, MandateTerms
from gateway.registry.reach import Ending
from gateway.registry.rooms import Room
from gateway.registry.route import MandateQuota, Passage, Route, Way
from gateway.registry.routing import Adapter, Routes
from gateway.registry.version import Version, close_room
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.sdk.adapter import NationalSystem

MOST_BUILT: Final = 100
"""Registered adapters that are kept ready; another is built when it is asked, in some milliseconds."""


class Registry:
    """The open rooms, indexed once, and beside them the adapters that agencies register while the worker runs.

    ``clock`` gives seconds since 1970. ``quota`` counts the calls of mandates.
    """

    def __init__(
        self, rooms: Sequence[Room], clock: Callable[[], float] = time.time, quota: MandateQuota | None = None
    ) -> None:
        self.folders = rooms
        self.mandates = Mandates(())
        self.withdrawn: Callable[[Adapter, Version, Worse], None] = _untold
        self._clock = clock
        self._quota = quota
        self._asked: OrderedDict[Version, None] = OrderedDict()
        self._versions = [Version.of(room) for room in rooms]
        self.routes = Routes(
            {
                (service, room.plate.country): version
                for room, version in zip(rooms, self._versions, strict=True)
                for service in version.services
            }
        )

    @property
    def rooms(self) -> Sequence[Room]:
        """Those of folders, and of registered adapters those that were asked."""
        asked = (version.built for adapter in self.routes.adapters() for version in adapter.versions)
        return (*self.folders, *(room for room in asked if room is not None))

    def countries(self, service: str) -> tuple[Country, ...]:
        """The states that implement the service, in the order of ``Country``."""
        return self.routes.countries(service)

    def endings(self, service: str) -> Mapping[Country, Ending]:
        """The ends that were announced, by state."""
        found: dict[Country, Ending] = {}
        for country in self.routes.countries(service):
            adapter = self.routes.registered(service, country)
            if adapter is not None and (at := adapter.state.retires_at) is not None:
                why = adapter.state.retires_why
                found[country] = Ending(datetime.fromtimestamp(at, UTC), Text(**orjson.loads(why)) if why else None)
        return found

    def find(self, grant: Grant) -> Route:
        """The route for a grant.

        Raises ``UnknownCountry`` when the state does not implement the service, ``BackendDown`` where what answers it
        is paused, and ``Forbidden`` where a private partner has no mandate for it.
        """
        way = self._way(grant, "/countries")
        adapter = way.room.adapters.get(grant.call.service)
        if adapter is None:
            raise _absent(grant, "/countries")
        return Route(grant, way, adapter)

    def find_procedure(self, grant: Grant) -> Passage:
        """The passage for a grant; raises as ``find`` does."""
        way = self._way(grant, "/country")
        procedure = way.room.procedures.get(grant.call.service)
        if procedure is None:
            raise _absent(grant, "/country")
        return Passage(grant, way, procedure)

    def room_of(self, service: str, country: Country) -> Room | None:
        """The room by which applications for the service go to the state, ``None`` where none does."""
        try:
            _, version = self.routes.find(service, country, "", self._clock())
            room = version.room()
        except BawabaError:
            return None
        return room if service in room.procedures else None

    def system(self, room: str) -> NationalSystem | None:
        """The national system of the room of that name, ``None`` where no such room is open."""
        found = self.room_named(room)
        return found.system if found else None

    def room_named(self, name: str) -> Room | None:
        """The room of that name, built if it was not asked yet; ``None`` where there is none, or it is stopped."""
        for room in self.folders:
            if room.plate.name == name:
                return room
        adapter = self.routes.adapter(name)
        if adapter is None or adapter.stopped or not adapter.serves(self._clock()):
            return None
        try:
            return next((version.room() for version in adapter.versions), None)
        except BawabaError:
            return None

    def observe(self, way: Way, service: str, failed: bool, seconds: float) -> None:
        """Takes note of how a call went, and withdraws a version that is tried and does worse, here at once."""
        way.version.tally.add(failed, seconds)
        # As it stands now: it may have been paused, or have ended, since the call began.
        adapter = self.routes.adapter(way.adapter.state.name) if way.adapter else None
        if adapter is None or adapter.canary is not way.version:
            return
        former = self.routes.former(adapter, service)
        budget = way.room.plate.services[service].latency_budget_ms / 1000
        worse = judge(way.version.tally, former.tally if former else None, budget)
        if worse is not None:
            self.routes.put(replace(adapter, canary=None))
            self.withdrawn(adapter, way.version, worse)

    async def tidy(self) -> None:
        """Lets the rooms go that were not asked for longest, where there are more than ``MOST_BUILT``."""
        for version in tuple(self._asked)[: max(0, len(self._asked) - MOST_BUILT)]:
            if await version.rest():
                self._asked.pop(version, None)

    async def open(self) -> None:
        """Opens every room of a folder; one that cannot open names itself."""
        for room in self.folders:
            await room.system.open()

    async def close(self) -> None:
        """Closes every room and the connections of its gates."""
        adapters = tuple(self.routes.adapters())
        self.routes.clear()
        for version in [version for adapter in adapters for version in adapter.versions]:
            await version.retire()
        for room in self.folders:
            await close_room(room)

    def _way(self, grant: Grant, field: str) -> Way:
        call, now = grant.call, self._clock()
        try:
            adapter, version = self.routes.find(
                call.service, call.country, f"{call.request_id}-{call.country.value}", now
            )
        except UnknownCountry as problem:
            problem.field = field
            raise
        if adapter is not None:
            self._asked[version] = None
            self._asked.move_to_end(version)
        room = version.room()
        mandates: Sequence[MandateTerms] = ()
        if adapter is not None and adapter.partner and version in adapter.versions:
            agency = room.plate.services[call.service].agency
            mandates = self.mandates.covering(
                adapter.state.agency, agency, call.service, call.country, call.purpose, now
            )
        return Way(version, room, adapter, mandates, self._quota)


def _untold(adapter: Adapter, version: Version, worse: Worse) -> None:
    """Where nobody follows the registry, nobody is told."""


def _absent(grant: Grant, field: str) -> UnknownCountry:
    return UnknownCountry("service_not_in_country", field=field, country=grant.call.country.value)
