"""Kuwait's room with a real inbox and callback door, beside its stand-in or a national system that the test plays."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import aiohttp
from aiohttp import web
from lxml import etree

from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.operations import DATA, INSTANCE, OPERATIONS, PATH, PERSON, SERVICE, SOAP, Operation
from adapters.kuwait.sandbox import Sandbox
from adapters.kuwait.signing import HEADER, sign
from gateway.resilience.retry import Backoff
from gateway.sdk import Ask, Connection, Country, Deadline, Gate, GateLimits, Inbox, NationalIdentifier, Source
from gateway.web.callbacks import callback_app

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KUWAITI, SAUDI, NOBODY = (Country.KW, "285061445574"), (Country.SA, "1084260288"), (Country.KW, "280010100004")
SECRETS = {"username": "bawaba", "password": "p:ä/ss", "callback_key": "the key of the callbacks"}
KEY = SECRETS["callback_key"].encode()
NUMBER = "DSP000000000001"

PERSONAL = (
    "<a:PersonalData><a:CivilID>285061445574</a:CivilID><a:FullNameAr>عبدالله العوضي</a:FullNameAr>"
    "<a:IDType>1</a:IDType><a:NationalityEn>KWT</a:NationalityEn></a:PersonalData>"
)
BUSY = "<a:Error><a:Code>9001</a:Code><a:Message>The system is busy.</a:Message></a:Error>"
DENIED = "<a:Error><a:Code>2003</a:Code><a:Message>Abdullah may not be asked for.</a:Message></a:Error>"


def ask(
    service: str = "identity-verification",
    subject: tuple[Country, str] = KUWAITI,
    *,
    reference: str = "req-1-KW",
    seconds: float = 5,
    **inputs: Any,
) -> Ask:
    """A question to Kuwait as the registry would make it."""
    return Ask(
        service=service,
        country=Country.KW,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs=inputs,
        purpose="self_service",
        language="en",
        reference=reference,
        deadline=Deadline.after(seconds),
        source=Source(country=Country.KW, agency="kw-paci", adapter="kuwait@1.0.0", fetched_at=NOW),
    )


@dataclass
class Line:
    """The room's client, the inbox that it waits at, and the address of that inbox's door."""

    system: KuwaitSystem
    inbox: Inbox
    door: str

    def gate(self, endpoint: str = "paci") -> Gate:
        return self.system.connection.gate(endpoint)


@asynccontextmanager
async def line(endpoints: Mapping[str, str], secrets: Mapping[str, str] = SECRETS) -> AsyncIterator[Line]:
    """Connects the room to ``endpoints``; it tries again without pausing."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    inbox = Inbox(base)
    runner = web.AppRunner(callback_app(inbox), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    limits = GateLimits(timeout=5, breaker_failures=5, breaker_open=60)
    gates = {name: Gate("kuwait", url, limits, backoff=Backoff(0, 0)) for name, url in endpoints.items()}
    try:
        yield Line(KuwaitSystem(Connection(gates, secrets, inbox.of("kuwait"), lambda: NOW)), inbox, base)
    finally:
        for gate in gates.values():
            await gate.close()
        await runner.cleanup()


@asynccontextmanager
async def line_to_the_stand_in() -> AsyncIterator[tuple[Line, Sandbox]]:
    """The room connected to its stand-in, both with the same secrets."""
    sandbox = Sandbox(secrets=SECRETS)
    async with sandbox.running() as url, line(sandbox.endpoints(url)) as connected:
        yield connected, sandbox


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    headers: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass
class PlayedSystem:
    """A national system in the test's own hands: it says what is in ``replies``, else a good acknowledgement.

    ``before`` runs before the reply is sent.
    """

    session: aiohttp.ClientSession
    replies: deque[tuple[int, str]] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    before: Callable[[Received], Awaitable[object]] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def first(self) -> Received:
        """The first request, once it is there."""
        await asyncio.wait_for(self.arrived.wait(), 5)
        return self.received[0]

    async def answer(self, request: web.Request) -> web.Response:
        root = etree.fromstring(await request.read())
        fields = {etree.QName(each).localname: each.text or "" for each in root.iter(f"{{{DATA}}}*")}
        got = Received(dict(request.headers), fields)
        self.received.append(got)
        self.arrived.set()
        if self.before:
            await self.before(got)
        status, body = self.replies.popleft() if self.replies else (202, acknowledgement(f"<a:Data>{NUMBER}</a:Data>"))
        return web.Response(status=status, text=body, content_type="text/xml")

    async def call_back(
        self,
        got: Received,
        content: str = PERSONAL,
        told: Mapping[str, str] = MappingProxyType({}),
        *,
        signed_with: bytes = KEY,
        signed_for: str | None = None,
    ) -> int:
        """Posts an answer to the request, ``told`` about it otherwise, and gives the status of the door."""
        body = callback(content, **{"ref_id": got.fields["RefId"], **told}).encode()
        signature = sign(signed_with, signed_for or got.fields["RefId"], body)
        return await self.post(got.fields["SPCallbackURL"], body, {HEADER: signature})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        async with self.session.post(url, data=body, headers=headers) as response:
            return response.status


@asynccontextmanager
async def line_to_a_played_system() -> AsyncIterator[tuple[Line, PlayedSystem]]:
    """The room connected to a national system that the test plays."""
    async with aiohttp.ClientSession() as session:
        played = PlayedSystem(session)
        app = web.Application()
        app.router.add_post(f"/{{agency}}{PATH}", played.answer)
        listener = socket.create_server(("127.0.0.1", 0))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            async with line({each.endpoint: f"{url}/{each.endpoint}" for each in OPERATIONS}) as connected:
                yield connected, played
        finally:
            await runner.cleanup()


def acknowledgement(members: str, operation: Operation = PERSON) -> str:
    """What is said at once, with these members."""
    return _envelope(
        f'<{operation.name}Response xmlns="{SERVICE}"><{operation.name}Result xmlns:a="{DATA}" xmlns:i="{INSTANCE}">'
        f"{members}</{operation.name}Result></{operation.name}Response>"
    )


def callback(
    content: str,
    *,
    ref_id: str = "req-1-KW",
    request_id: str = NUMBER,
    request_type: str = "1",
    result: str = "1",
    namespace: str = DATA,
) -> str:
    """What is posted later, with this content."""
    return _envelope(
        f'<InquiryCallback xmlns="{SERVICE}"><response xmlns:a="{namespace}" xmlns:i="{INSTANCE}">{content}'
        f"<a:RequestDetails><a:RefId>{ref_id}</a:RefId><a:RequestID>{request_id}</a:RequestID>"
        f"<a:RequestType>{request_type}</a:RequestType></a:RequestDetails>"
        f"<a:ResultDetails><a:ResultCode>{result}</a:ResultCode></a:ResultDetails></response></InquiryCallback>"
    )


def fault(code: str) -> str:
    """A SOAP fault."""
    return _envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>No.</faultstring></s:Fault>")


def _envelope(content: str) -> str:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{content}</s:Body></s:Envelope>'
