"""What the registry gives for a grant: the way that a call, or an application, is to go."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.policy.permit import Grant
from gateway.registry.mandates import MandateTerms
from gateway.registry.rooms import Room
from gateway.registry.routing import Adapter
from gateway.registry.version import Version
from gateway.schema.source import Source
from gateway.sdk.adapter import Ask, Lookup
from gateway.sdk.procedure import Attachment, Order, Procedure


class MandateQuota(Protocol):
    """Counts a call by one of the mandates; raises ``TooManyRequests`` where none has one left today."""

    async def spend(self, *mandates: MandateTerms) -> MandateTerms: ...


@dataclass(frozen=True, slots=True)
class Way:
    """What a call is sent by: a version, its room, and the mandates it may be sent under, if it needs any.

    ``adapter`` is the registered adapter that the version was chosen by, ``None`` where a folder answers.
    """

    version: Version
    room: Room
    adapter: Adapter | None
    mandates: Sequence[MandateTerms]
    quota: MandateQuota | None

    @property
    def label(self) -> str:
        """The version as records and entries name it, ``kuwait@1.0.0``."""
        return self.version.label

    @property
    def timeout(self) -> float:
        """The most seconds that the room is allowed for an answer."""
        return self.room.plate.limits.timeout_ms / 1000

    def agency(self, service: str) -> str:
        """Whose service it is."""
        return self.room.plate.services[service].agency

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keeps the version as it is for one exchange, whatever changes meanwhile.

        Raises ``TooManyRequests`` where the mandate's quota is spent.
        """
        async with self.version:
            if self.mandates and self.quota is not None:
                await self.quota.spend(*self.mandates)
            yield


@dataclass(frozen=True, slots=True)
class _Granted:
    """What a grant goes by, and what is told of it in records and entries."""

    grant: Grant
    way: Way

    @property
    def label(self) -> str:
        """The version as records and entries name it."""
        return self.way.label

    @property
    def agency(self) -> str:
        """Whose service it is."""
        return self.way.agency(self.grant.call.service)

    def source(self, now: datetime) -> Source:
        """Where what is answered at that moment comes from."""
        country = self.grant.call.country
        return Source(country=country, agency=self.agency, adapter=self.label, fetched_at=now, reference=None)


@dataclass(frozen=True, slots=True)
class Route(_Granted):
    """The adapter version that answers one granted call; only ``Registry.find`` makes one."""

    adapter: Lookup[Any, Any]

    def ask(self, now: datetime) -> Ask:
        """The question in the words of the SDK, with no more time than the room is allowed."""
        call = self.grant.call
        return Ask(
            service=call.service,
            country=call.country,
            subject=self.grant.subject,
            inputs=call.inputs,
            purpose=call.purpose,
            language=call.language,
            reference=f"{call.request_id}-{call.country.value}",
            deadline=call.deadline.sooner(self.way.timeout),
            source=self.source(now),
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
class Passage(_Granted):
    """The adapter version that one granted application goes by; only ``Registry.find_procedure`` makes one."""

    procedure: Procedure[Any, Any]

    def order(self, dossier: Dossier, now: datetime) -> Order:
        """The exchange in the words of the SDK, with no more time than the room, or the dossier, is allowed."""
        call = self.grant.call
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
            deadline=call.deadline.sooner(dossier.seconds or self.way.timeout),
            source=self.source(now),
            national_reference=dossier.national_reference,
            attachments=dossier.attachments,
        )
