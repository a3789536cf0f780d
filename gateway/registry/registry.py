"""Which adapter answers: a grant goes in, a route comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.errors import UnknownCountry
from gateway.policy.permit import Grant
from gateway.registry.rooms import Room
from gateway.schema.country import Country
from gateway.schema.source import Source
from gateway.sdk.adapter import Ask, Lookup, NationalSystem
from gateway.sdk.procedure import Attachment, Order, Procedure


@dataclass(frozen=True, slots=True)
class Route:
    """The adapter version that answers one granted call; only ``Registry.find`` makes one."""

    grant: Grant
    adapter: Lookup[Any, Any]
    label: str
    agency: str
    timeout: float

    def ask(self, now: datetime) -> Ask:
        """The question in the words of the SDK, with no more time than the room is allowed."""
        call = self.grant.call
        source = Source(country=call.country, agency=self.agency, adapter=self.label, fetched_at=now, reference=None)
        return Ask(
            service=call.service,
            country=call.country,
            subject=self.grant.subject,
            inputs=call.inputs,
            purpose=call.purpose,
            language=call.language,
            reference=f"{call.request_id}-{call.country.value}",
            deadline=call.deadline.sooner(self.timeout),
            source=source,
        )


@dataclass(frozen=True, slots=True)
class Dossier:
    """What an exchange about an application needs beside the call; fields as in ``Order``.

    ``seconds`` is how long an exchange of files may take, where the room's own limit is meant for short answers.
    """

    reference: str
    callback_url: str
    national_reference: str | None = None
    attachments: tuple[Attachment, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The adapter version that one granted application goes by; only ``Registry.find_procedure`` makes one."""

    grant: Grant
    procedure: Procedure[Any, Any]
    label: str
    agency: str
    timeout: float

    def order(self, dossier: Dossier, now: datetime) -> Order:
        """The exchange in the words of the SDK, with no more time than the room, or the dossier, is allowed."""
        call = self.grant.call
        source = Source(country=call.country, agency=self.agency, adapter=self.label, fetched_at=now, reference=None)
        return Order(
            service=call.service,
            country=call.country,
            subject=self.grant.subject,
            inputs=call.inputs,
            purpose=call.purpose,
            language=call.language,
            reference=dossier.reference,
            call=f"{call.request_id}-{call.country.value}",
            callback_url=dossier.callback_url,
            deadline=call.deadline.sooner(dossier.seconds or self.timeout),
            source=source,
            national_reference=dossier.national_reference,
            attachments=dossier.attachments,
        )


class Registry:
    """The open rooms, indexed once."""

    def __init__(self, rooms: Sequence[Room]) -> None:
        self.rooms = rooms
        self._implementations: Mapping[tuple[str, Country], tuple[Room, Lookup[Any, Any]]] = {
            (service, room.plate.country): (room, adapter)
            for room in rooms
            for service, adapter in room.adapters.items()
        }
        self._procedures: Mapping[tuple[str, Country], tuple[Room, Procedure[Any, Any]]] = {
            (service, room.plate.country): (room, procedure)
            for room in rooms
            for service, procedure in room.procedures.items()
        }
        given = {*self._implementations, *self._procedures}
        self._countries: Mapping[str, tuple[Country, ...]] = {
            service: tuple(country for country in Country if (service, country) in given) for service, _ in given
        }

    def countries(self, service: str) -> tuple[Country, ...]:
        """The states that implement the service, in the order of ``Country``."""
        return self._countries.get(service, ())

    def find(self, grant: Grant) -> Route:
        """The route for a grant; raises ``UnknownCountry`` when the state does not implement the service."""
        call = grant.call
        try:
            room, adapter = self._implementations[call.service, call.country]
        except KeyError:
            raise UnknownCountry("service_not_in_country", field="/countries", country=call.country.value) from None
        plate = room.plate
        return Route(grant, adapter, plate.label, plate.services[call.service].agency, plate.limits.timeout_ms / 1000)

    def find_procedure(self, grant: Grant) -> Passage:
        """The passage for a grant; raises ``UnknownCountry`` when the state does not take such applications."""
        call = grant.call
        try:
            room, procedure = self._procedures[call.service, call.country]
        except KeyError:
            raise UnknownCountry("service_not_in_country", field="/country", country=call.country.value) from None
        plate = room.plate
        return Passage(
            grant, procedure, plate.label, plate.services[call.service].agency, plate.limits.timeout_ms / 1000
        )

    def room_of(self, service: str, country: Country) -> Room | None:
        """The room by which applications for the service go to the state, ``None`` where none does."""
        found = self._procedures.get((service, country))
        return found[0] if found else None

    def system(self, room: str) -> NationalSystem | None:
        """The national system of the room of that name, ``None`` where no such room is open."""
        return next((each.system for each in self.rooms if each.plate.name == room), None)

    async def open(self) -> None:
        """Opens every room; one that cannot open names itself."""
        for room in self.rooms:
            await room.system.open()

    async def close(self) -> None:
        """Closes every room and the connections of its gates."""
        for room in self.rooms:
            await room.system.close()
            for gate in room.system.connection.gates.values():
                await gate.close()
