"""Qatar's room beside its stand-in, or beside a national system that the test plays."""

import socket
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from adapters.qatar.national import QatarSystem
from adapters.qatar.operations import REFERENCE
from adapters.qatar.sandbox import Sandbox
from gateway.resilience.retry import Backoff
from gateway.sdk import Ask, Connection, Country, Deadline, Gate, GateLimits, Inbox, NationalIdentifier, Source

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
QATARI, SAUDI, NOBODY = (Country.QA, "29363462675"), (Country.SA, "1084260288"), (Country.QA, "28463400123")
SECRETS = {
    "api_key": "the key of the gateway",
    "signing_secret": "the secret of the signatures",
    "callback_secret": "the secret of the events",
}
ENDPOINTS = ("moi", "traffic", "moci", "grsia", "moehe")

PERSON = (
    '<person><identity type="QID"><number>29363462675</number><nationality>QAT</nationality></identity>'
    "<name><en>NOORA AL KUWARI</en></name></person>"
)


def ask(
    service: str = "identity-verification",
    subject: tuple[Country, str] = QATARI,
    *,
    reference: str = "req-1-QA",
    seconds: float = 5,
    **inputs: Any,
) -> Ask:
    """A question to Qatar as the registry would make it."""
    return Ask(
        service=service,
        country=Country.QA,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs=inputs,
        purpose="self_service",
        language="en",
        reference=reference,
        deadline=Deadline.after(seconds),
        source=Source(country=Country.QA, agency="qa-moi", adapter="qatar@1.0.0", fetched_at=NOW),
    )


@dataclass
class Clock:
    """A clock that stands where it is put."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


class PassingClock(Clock):
    """A clock on which a second passes whenever it is read."""

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@asynccontextmanager
async def line(
    endpoints: Mapping[str, str], secrets: Mapping[str, str] = SECRETS, clock: Clock | None = None
) -> AsyncIterator[QatarSystem]:
    """Connects the room to ``endpoints``; it tries again without pausing."""
    limits = GateLimits(timeout=5, breaker_failures=5, breaker_open=60)
    gates = {name: Gate("qatar", url, limits, backoff=Backoff(0, 0)) for name, url in endpoints.items()}
    try:
        yield QatarSystem(Connection(gates, secrets, Inbox(""), clock or Clock()))
    finally:
        for gate in gates.values():
            await gate.close()


@asynccontextmanager
async def line_to_the_stand_in(
    secrets: Mapping[str, str] = SECRETS, clock: Clock | None = None
) -> AsyncIterator[tuple[QatarSystem, Sandbox]]:
    """The room with ``secrets`` and ``clock`` connected to the stand-in, which has the right ones."""
    sandbox = Sandbox(secrets=SECRETS, clock=Clock())
    async with sandbox.running() as url, line(sandbox.endpoints(url), secrets, clock) as system:
        yield system, sandbox


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PlayedSystem:
    """A national system in the test's own hands: it says what is in ``replies``, else tells of Noora.

    ``{ref}`` in a reply is filled in.
    """

    replies: deque[tuple[int, str]] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        got = Received(request.method, request.raw_path, dict(request.headers), await request.read())
        self.received.append(got)
        status, body = self.replies.popleft() if self.replies else (200, response(PERSON))
        text = body.replace("{ref}", request.query.get(REFERENCE, ""))
        return web.Response(status=status, text=text, content_type="application/xml")


@asynccontextmanager
async def line_to_a_played_system(clock: Clock | None = None) -> AsyncIterator[tuple[QatarSystem, PlayedSystem]]:
    """The room connected to a national system that the test plays."""
    played, app = PlayedSystem(), web.Application()
    app.router.add_route("*", "/{path:.*}", played.answer)
    listener = socket.create_server(("127.0.0.1", 0))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with line(dict.fromkeys(ENDPOINTS, url), clock=clock) as system:
            yield system, played
    finally:
        await runner.cleanup()


def response(content: str = "", code: str = "0000", *, reference: str = "{ref}", transaction: str = "MOI-1") -> str:
    """An answer with this content."""
    return (
        f'<response><status code="{code}">Noora</status><requestRef>{reference}</requestRef>'
        f"<transaction>{transaction}</transaction>{content}</response>"
    )
