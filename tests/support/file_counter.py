"""Applications with files, behind their real addresses, beside a state that does with files as a test tells it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from gateway.app.applications import ApplicationParts
from gateway.applications.attachments import PART_BYTES
from gateway.applications.issued import IssuedDocuments
from gateway.applications.view import ActionRequest, NewApplication
from gateway.errors import BackendDown
from gateway.i18n import Catalogue
from gateway.identity.principal import Principal
from gateway.ledger.export import export
from gateway.policy.quota import Quota
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room
from gateway.schema import ApplicationStatus, PartialText, Progress, ResultDocument, Wanted
from gateway.sdk import Action, Connection, Download, NationalSystem, Order, Procedure
from gateway.sdk.inbox import Inbox
from gateway.storage.application_tables import application_documents
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_entries
from gateway.web.application_documents import DocumentPages
from gateway.web.contract import mount
from gateway.web.middleware import front
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems
from tests.support.files import PDF
from tests.support.house import ROOT
from tests.support.office import COUNTRY, Clock, applicant, worker

SERVICE = "certificate-equivalence"
INPUTS: Mapping[str, Any] = {
    "institution": "University of Nowhere",
    "institution_country": "EG",
    "degree": "bachelor",
    "field_of_study": "Geology",
    "graduated_on": "2019-06-30",
}


@dataclass
class State:
    """What the state says and gives. ``received`` are the attachments that it took, by name, with their bytes."""

    status: ApplicationStatus = ApplicationStatus.accepted
    wanted: tuple[Wanted, ...] = ()
    documents: tuple[ResultDocument, ...] = ()
    paper: bytes = PDF
    said_size: int | None = None
    media_type: str = "application/pdf"
    down: bool = False
    received: dict[str, bytes] = field(default_factory=dict)
    longest_part: int = 0
    opened: int = 0

    def issue(self, paper: bytes, *, signed: bool = False) -> None:
        """Approves, with one document."""
        self.status = ApplicationStatus.approved
        self.documents = (ResultDocument(id="certificate", title=PartialText(en="Certificate"), signed=signed),)
        self.paper = paper


class StatedSystem(NationalSystem):
    """A national system that is a ``State``."""

    def __init__(self, connection: Connection, state: State) -> None:
        super().__init__(connection)
        self.state = state


class StatedProcedure(Procedure[StatedSystem, State]):
    """Hands over what the test's state says, and takes attachments part by part."""

    service = SERVICE

    async def submit(self, order: Order) -> State:
        return await self._take(order)

    async def track(self, order: Order) -> State:
        return self.system.state

    async def act(self, order: Order, action: Action) -> State:
        return await self._take(order)

    def normalise(self, answer: State, order: Order) -> Progress:
        return Progress(
            reference="N-1",
            status=answer.status,
            national_status=answer.status.value,
            changed_at=order.source.fetched_at,
            wanted=answer.wanted,
            documents=answer.documents,
        )

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        state = self.system.state
        if state.down:
            raise BackendDown
        state.opened += 1
        yield Download(state.media_type, state.said_size, _streamed(state.paper))

    async def _take(self, order: Order) -> State:
        state = self.system.state
        if state.down:
            raise BackendDown
        for each in order.attachments:
            parts = [part async for part in each.read()]
            assert hashlib.sha256(b"".join(parts)).hexdigest() == each.digest
            state.longest_part = max(state.longest_part, *map(len, parts))
            state.received[each.name] = b"".join(parts)
        return state


async def _all_but_the_last(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The last line of an export is its checkpoint."""
    held: bytes | None = None
    async for line in lines:
        if held is not None:
            yield held
        held = line


async def _streamed(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), PART_BYTES):
        await asyncio.sleep(0)
        yield data[at : at + PART_BYTES]


class OpenDoor:
    """A doorkeeper that takes everybody for one person, whom the test may change."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal

    async def identify(self, request: web.Request) -> Principal:
        return self.principal


@dataclass
class FileCounter:
    """The whole: the state, the worker's parts, the database and the addresses."""

    state: State
    parts: ApplicationParts
    storage: Storage
    clock: Clock
    door: OpenDoor
    url: str
    session: aiohttp.ClientSession
    secrets: dict[str, str]

    async def draft(self) -> str:
        """The id of a draft that waits for its files."""
        new = NewApplication(
            service=SERVICE, country=COUNTRY, inputs=dict(INPUTS), purpose="service_delivery", draft=True
        )
        return (await self.parts.applications.apply(self.door.principal, new, "request-1")).id

    async def act(self, application: str, kind: str) -> None:
        request = ActionRequest.model_validate({"kind": kind})
        await self.parts.applications.act(self.door.principal, application, request, "request-2")

    async def put(
        self, application: str, name: str, data: Any, media_type: str = "application/pdf"
    ) -> tuple[int, dict[str, Any]]:
        """The status and document that the upload is answered with."""
        address = f"{self.url}/v1/applications/{application}/documents/{name}"
        headers = {"Content-Type": media_type, "Accept-Language": "en"}
        body = BytesIO(data) if isinstance(data, bytes) else data
        async with self.session.put(address, data=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def handed_in(self) -> str:
        """The id of an application that was handed in with its certificate."""
        application = await self.draft()
        assert (await self.put(application, "certificate", PDF))[0] == 200
        await self.act(application, "submit")
        await self.deliver()
        return application

    async def deliver(self) -> int:
        return await self.parts.outbox.lanes.once()

    async def ask_the_state(self) -> None:
        """Moves the clock on to the next question, and asks it."""
        self.clock.advance(3600)
        await self.parts.tracking.lanes.once()

    async def issued(self, paper: bytes, *, signed: bool = False) -> str:
        """The id of an application that was approved with this document, fetched and checked."""
        application = await self.handed_in()
        self.state.issue(paper, signed=signed)
        await self.ask_the_state()
        await self.parts.collector.lanes.once()
        return application

    async def steps(self) -> list[tuple[str, str, str | None]]:
        """What the ledger knows: the step, its outcome and its code, in the order of the log."""
        entries = [orjson.loads(line)["entry"] async for line in _all_but_the_last(export(self.storage))]
        return [(each.get("step", ""), each["outcome"], each.get("code")) for each in entries]

    async def sealed(self, entry: str) -> tuple[Mapping[str, Any], bytes]:
        """The ledger entry of that id, and the salt that opens its commitments."""
        wanted = select(ledger_entries.c.body, ledger_entries.c.salt).where(ledger_entries.c.entry_id == entry)
        async with self.storage.reading() as connection:
            body, salt = (await connection.execute(wanted)).one()
            return orjson.loads(body)["entry"], bytes(salt)

    def trust(self, certificate: str) -> None:
        """Sets the certificate that the state signs with, as an operator does."""
        self.secrets["documents_certificate"] = certificate

    async def claim_and_die(self) -> None:
        """Takes what is to be fetched, and never fetches it."""
        async with self.storage.writing() as connection:
            now, lease = self.clock(), timedelta(seconds=120)
            assert await IssuedDocuments().claim(connection, COUNTRY, 10, now, lease)

    async def forget_documents(self) -> None:
        """As if the state had issued nothing when it approved."""
        async with self.storage.writing() as connection:
            await connection.execute(application_documents.delete())

    async def until_nothing_is_given(self) -> None:
        """Waits until no document is under way any more."""
        async with asyncio.timeout(5):
            while True:
                if not self.parts.giving.under_way:
                    return
                await asyncio.sleep(0.05)

    async def until_given(self, application: str) -> int:
        """Asks until there is room for it; the status then."""
        async with asyncio.timeout(5):
            while True:
                status, _, _ = await self.get(application)
                if status != 429:
                    return status
                await asyncio.sleep(0.05)

    def address(self, application: str, document: str = "certificate") -> str:
        return f"{self.url}/v1/applications/{application}/documents/{document}"

    async def get(self, application: str, document: str = "certificate") -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body; raises ``aiohttp.ClientPayloadError`` where the body is not whole."""
        async with self.session.get(self.address(application, document), headers={"Accept-Language": "en"}) as response:
            return response.status, response.headers, await response.read()


@asynccontextmanager
async def file_counter(
    database: str, *, certificate: str = "", body_seconds: float = 5.0, take_seconds: float = 5.0, **section: Any
) -> AsyncIterator[FileCounter]:
    """Runs it; ``certificate`` is what the state is known to sign with, ``section`` are settings of applications."""
    clock, state = Clock(), State()
    plate = Manifest.load(ROOT / "adapters/example")
    offer = plate.services["residence-certificate"]
    plate = plate.model_copy(update={"services": {SERVICE: offer}})
    secrets = {"documents_certificate": certificate} if certificate else {}
    system = StatedSystem(Connection({}, secrets, Inbox("http://127.0.0.1"), clock), state)
    room = Room(plate, system, {}, {SERVICE: StatedProcedure(system)})
    async with AsyncExitStack() as stack:
        parts, storage = await stack.enter_async_context(worker(database, room, clock, **section))
        door = OpenDoor(applicant())
        app = _application(parts, door, body_seconds, take_seconds)
        server = await stack.enter_async_context(TestServer(app))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        url = f"http://127.0.0.1:{server.port}"
        yield FileCounter(state, parts, storage, clock, door, url, session, secrets)


def _application(parts: ApplicationParts, door: OpenDoor, body_seconds: float, take_seconds: float) -> web.Application:
    words = Catalogue.load()
    problems = Problems(words, "http://127.0.0.1")
    pages = DocumentPages(
        doorkeeper=door,  # type: ignore[arg-type]
        uploads=parts.uploads,
        giving=parts.giving,
        flow=parts.uploads.flow,
        strangers=Quota(1000, 1000, lambda: 0.0),
        body_seconds=body_seconds,
        take_seconds=take_seconds,
    )
    passing = front(problems, Pages(words, "http://127.0.0.1"), {"127.0.0.1"})
    app = web.Application(middlewares=[passing], client_max_size=65_536)
    mount(app, pages.operations())
    return app
