"""A procedure that keeps what it is handed, and gives the document that a test tells it to."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from gateway.resilience.deadline import Deadline
from gateway.schema import ApplicationStatus, Country, NationalIdentifier, Progress, Source
from gateway.sdk.adapter import NationalSystem
from gateway.sdk.connection import Connection
from gateway.sdk.inbox import Inbox
from gateway.sdk.procedure import Action, Attachment, Download, Order, Procedure
from tests.support.hosts import AGENCY, LABEL, now

SERVICE = "residence-certificate"
PART = 65_536


class Office(Procedure[NationalSystem, Progress]):
    """One state's office, without a state."""

    service = SERVICE

    def __init__(self) -> None:
        super().__init__(NationalSystem(Connection({}, {}, Inbox(""), now)))
        self.orders: list[Order] = []
        self.actions: list[Action] = []
        self.files: dict[str, bytes] = {}
        self.document = b"%PDF-1.7 invented"
        self.media_type = "application/pdf"
        self.fails: Exception | None = None

    async def submit(self, order: Order) -> Progress:
        self.orders.append(order)
        await self._keep(order.attachments)
        return progress()

    async def track(self, order: Order) -> Progress:
        self.orders.append(order)
        return progress()

    async def act(self, order: Order, action: Action) -> Progress:
        self.orders.append(order)
        self.actions.append(action)
        await self._keep(action.attachments)
        return progress()

    def normalise(self, answer: Progress, order: Order) -> Progress:
        return answer

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        if self.fails:
            raise self.fails
        self.orders.append(order)
        yield Download(self.media_type, None, self._parts())

    async def _parts(self) -> AsyncIterator[bytes]:
        for place in range(0, len(self.document), PART):
            yield self.document[place : place + PART]

    async def _keep(self, attachments: tuple[Attachment, ...]) -> None:
        if self.fails:
            raise self.fails
        for each in attachments:
            self.files[each.name] = b"".join([part async for part in each.read()])


def progress(**changes: object) -> Progress:
    """What the office says."""
    said = {
        "reference": "OM-1",
        "status": ApplicationStatus.accepted,
        "national_status": "RECEIVED",
        "changed_at": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return Progress.model_validate(said | changes)


def a_file(name: str, content: bytes, media_type: str = "application/pdf", **changes: object) -> Attachment:
    """A file of the applicant's; ``changes`` are what it says of itself and is not true."""

    async def read() -> AsyncIterator[bytes]:
        for place in range(0, len(content), PART):
            yield content[place : place + PART]

    said = {"size": len(content), "digest": hashlib.sha256(content).hexdigest()} | changes
    return Attachment(name, media_type, int(str(said["size"])), str(said["digest"]), read)


def an_order(*files: Attachment, number: str | None = None, inputs: Mapping[str, object] | None = None) -> Order:
    """An application to Oman."""
    moment = now()
    return Order(
        service=SERVICE,
        country=Country.OM,
        subject=NationalIdentifier.parse(Country.OM, "08123457", today=moment.date()),
        inputs=dict(inputs or {}),
        purpose="service_delivery",
        language="ar",
        reference="BW-7KQ2M9",
        call="submit-1-OM",
        callback_url="http://127.0.0.1/events/oman",
        deadline=Deadline.after(10),
        source=Source(country=Country.OM, agency=AGENCY, adapter=LABEL, fetched_at=moment),
        national_reference=number,
        attachments=files,
    )
