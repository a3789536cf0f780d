"""A room's counter: the room beside its stand-in, where applications are handed in without a gateway around them.

The stand-in and the room go by one clock that stands still until it is moved, so every stage is seen and nothing is
waited for; what the stand-in tells by itself arrives at a real door and is read by ``read_callback``.
"""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.errors import CallbackRefused
from gateway.kit.beside import beside
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room
from gateway.resilience.deadline import Deadline
from gateway.schema.application import Progress
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.source import Source
from gateway.sdk.inbox import Callback, Heard
from gateway.sdk.procedure import Action, ActionKind, Attachment, Order
from gateway.sdk.sandbox import Sandbox

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PIECE = 65_536
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + (8).to_bytes(4) * 2
ENDS: Mapping[str, tuple[bytes, bytes]] = {
    "application/pdf": (b"%PDF-1.7\n", b"\nstartxref\n9\n%%EOF\n"),
    "image/jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"\xff\xd9"),
    "image/png": (_PNG_HEAD, b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"),
}
"""How a file of each type begins and ends, which is what is looked at."""


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def attachment(name: str, media_type: str = "application/pdf", size: int = 1000) -> Attachment:
    """An invented file of that type and size, read in pieces of 64 KiB."""
    first, last = ENDS[media_type]
    content = (first + name.encode() * (size // len(name) + 1))[: size - len(last)] + last

    async def read() -> AsyncIterator[bytes]:
        for start in range(0, size, PIECE):
            yield content[start : start + PIECE]

    return Attachment(name, media_type, size, hashlib.sha256(content).hexdigest(), read)


@dataclass
class Fetched:
    """A document that was downloaded."""

    media_type: str
    size: int | None
    content: bytes


@dataclass
class Counter:
    """The room, its stand-in at ``url``, and what that has told by itself: ``heard`` was believed, ``refused`` not."""

    room: Room
    sandbox: Sandbox
    clock: Clock
    url: str
    door: str
    heard: list[Heard] = field(default_factory=list)
    refused: list[Callback] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    exchanges: Iterator[int] = field(default_factory=itertools.count)

    def order(
        self,
        service: str,
        subject: tuple[str, str],
        inputs: Mapping[str, Any],
        attachments: Iterable[Attachment] = (),
        *,
        reference: str = "BW-7KQ2M9",
        language: str = "en",
        number: str | None = None,
        seconds: float = 10,
    ) -> Order:
        """An exchange as the gateway would make it; ``number`` is the state's own reference."""
        plate = self.room.plate
        source = Source(
            country=plate.country, agency=plate.services[service].agency, adapter=plate.label, fetched_at=self.clock()
        )
        return Order(
            service=service,
            country=plate.country,
            subject=NationalIdentifier.parse(Country(subject[0]), subject[1], today=START.date()),
            inputs=inputs,
            purpose="service_delivery",
            language=language,
            reference=reference,
            call=f"call-1-{plate.country.value}",
            callback_url=self.door,
            deadline=Deadline.after(seconds),
            source=source,
            national_reference=number,
            attachments=tuple(attachments),
        )

    async def submit(self, order: Order) -> Progress:
        """What the state says to the application, in the shared schema."""
        procedure = self.room.procedures[order.service]
        order = self._fresh(order)
        return procedure.normalise(await procedure.submit(order), order)

    async def track(self, order: Order, number: str) -> Progress:
        """How the application of that national number stands."""
        procedure = self.room.procedures[order.service]
        order = replace(self._fresh(order), national_reference=number)
        return procedure.normalise(await procedure.track(order), order)

    async def act(
        self,
        order: Order,
        number: str,
        kind: ActionKind,
        values: Mapping[str, str] | None = None,
        attachments: Iterable[Attachment] = (),
        reference: str = "act-1",
    ) -> Progress:
        """What the state says once the applicant has acted."""
        procedure = self.room.procedures[order.service]
        order = replace(self._fresh(order), national_reference=number)
        action = Action(kind, reference, dict(values or {}), tuple(attachments))
        return procedure.normalise(await procedure.act(order, action), order)

    async def document(self, order: Order, number: str, document: str) -> Fetched:
        """A document of the application, whole."""
        procedure = self.room.procedures[order.service]
        order = replace(self._fresh(order), national_reference=number)
        async with procedure.open_document(order, document) as download:
            content = b"".join([part async for part in download.parts])
            return Fetched(download.media_type, download.size, content)

    async def passes(self, order: Order, first: Progress, rounds: int = 20) -> list[Progress]:
        """Every change from ``first`` on, until it ends, waits for the applicant, or ``rounds`` steps have passed."""
        seen, pace = [first], self.sandbox.desk.orders.pace
        for _ in range(rounds):
            status = seen[-1].status
            if status is not None and (status.final or status in ("needs_citizen", "awaiting_payment")):
                break
            self.clock.advance(pace)
            latest = await self.track(order, first.reference)
            if latest != seen[-1]:
                seen.append(latest)
        return seen

    async def hears(self, count: int, seconds: float = 10) -> None:
        """Waits until the stand-in has told ``count`` things that were believed."""
        await self._until(lambda: len(self.heard) >= count, seconds)

    async def refuses(self, count: int, seconds: float = 10) -> None:
        """Waits until ``count`` things that came to the callback door were not believed."""
        await self._until(lambda: len(self.refused) >= count, seconds)

    def told(self, order: Order) -> list[Progress]:
        """What the stand-in told by itself about the application, in the order of its arrival."""
        procedure = self.room.procedures[order.service]
        return [procedure.normalise(each.answer, order) for each in self.heard if each.reference == order.reference]

    def books(self) -> list[Mapping[str, Any]]:
        """Every application in the stand-in's books, as its control door tells them."""
        return list(self.sandbox.desk.books())

    async def _until(self, reached: Callable[[], bool], seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not reached():
                self.arrived.clear()
                await self.arrived.wait()

    def _fresh(self, order: Order) -> Order:
        """The order as another exchange: with a name of its own, and a deadline that has not passed meanwhile."""
        call = f"call-{next(self.exchanges)}-{order.country.value}"
        return replace(order, call=call, deadline=Deadline.after(10))


@asynccontextmanager
async def counter(
    folder: Path, plate: Manifest, *, secrets: Mapping[str, str] | None = None, clock: Clock | None = None
) -> AsyncIterator[Counter]:
    """Opens the room in ``folder`` beside a new stand-in; ``secrets`` replace some of the room's own."""
    going_by = clock or Clock()
    async with beside(folder, plate, clock=going_by, secrets=secrets) as both:
        here = Counter(both.room, both.sandbox, going_by, both.url, f"{both.door.base}/events/{plate.name}")
        both.door.read = lambda callback: _receive(here, callback)
        yield here


def _receive(here: Counter, callback: Callback) -> int:
    here.arrived.set()
    try:
        here.heard.append(here.room.system.read_callback(callback))
    except CallbackRefused as problem:
        here.refused.append(callback)
        return problem.status
    return 204
