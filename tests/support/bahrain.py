"""Bahrain's room beside its stand-in, or beside a national system that the test plays."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
from aiohttp import web

from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.sandbox import AGENCIES, Sandbox
from adapters.bahrain.tokens import PATH
from gateway.resilience.retry import Backoff
from gateway.sdk import Ask, Connection, Country, Deadline, Gate, GateLimits, Inbox, NationalIdentifier, Source

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MARYAM, KHALID, NOBODY = (Country.BH, "010345570"), (Country.SA, "1084260288"), (Country.BH, "800101001")
YOUSEF, WORST_DRIVER = (Country.BH, "791162871"), (Country.BH, "900339753")
SECRETS = Sandbox.make_secrets()
BEARER = {"access_token": "token-1", "token_type": "Bearer", "expires_in": 300}


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def ask(
    subject: tuple[Country, str] = MARYAM,
    *,
    service: str = "identity-verification",
    reference: str = "req-1-BH",
    seconds: float = 5,
    **inputs: Any,
) -> Ask:
    """A question to Bahrain as the registry would make it."""
    return Ask(
        service=service,
        country=Country.BH,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs=inputs,
        purpose="self_service",
        language="en",
        reference=reference,
        deadline=Deadline.after(seconds),
        source=Source(country=Country.BH, agency="bh-iga", adapter="bahrain@1.0.0", fetched_at=NOW),
    )


@dataclass
class Line:
    """The room's client, its gates, and the clock that it and its stand-in go by."""

    system: BahrainSystem
    gates: Mapping[str, Gate]
    clock: Clock


@asynccontextmanager
async def line(
    endpoints: Mapping[str, str], clock: Clock | None = None, secrets: Mapping[str, str] = SECRETS
) -> AsyncIterator[Line]:
    """Connects the room to ``endpoints``; it tries again without pausing."""
    clock = clock or Clock()
    limits, at_once = GateLimits(timeout=5), Backoff(0, 0)
    gates = {name: Gate("bahrain", url, limits, backoff=at_once) for name, url in endpoints.items()}
    system = BahrainSystem(Connection(gates, secrets, Inbox("http://127.0.0.1"), clock))
    try:
        yield Line(system, gates, clock)
    finally:
        await system.close()
        for gate in gates.values():
            await gate.close()


@asynccontextmanager
async def line_to_the_stand_in(secrets: Mapping[str, str] = SECRETS) -> AsyncIterator[tuple[Line, Sandbox]]:
    """The room, which has ``secrets``, connected to its stand-in; both go by one clock."""
    clock = Clock()
    sandbox = Sandbox(secrets=SECRETS, clock=clock)
    async with sandbox.running() as url, line(sandbox.endpoints(url), clock, secrets) as connected:
        yield connected, sandbox


@dataclass
class PlayedSystem:
    """A national system in the test's own hands: it says what is in ``tokens`` and ``replies``, in their order.

    Where nothing is queued it gives a good token, and a list without items. ``slow`` holds the tokens back.
    """

    tokens: deque[tuple[int, Any]] = field(default_factory=deque)
    replies: deque[tuple[int, Any]] = field(default_factory=deque)
    assertions: list[str] = field(default_factory=list)
    asked: list[web.Request] = field(default_factory=list)
    slow: float = 0
    slow_replies: float = 0

    @property
    def claims(self) -> list[dict[str, Any]]:
        """What the assertions say, as far as the test has to know."""
        return [jwt.decode(each, options={"verify_signature": False}) for each in self.assertions]

    async def token(self, request: web.Request) -> web.Response:
        self.assertions.append(dict(parse_qsl(await request.text()))["assertion"])
        await asyncio.sleep(self.slow)
        status, content = self.tokens.popleft() if self.tokens else (200, BEARER)
        return web.json_response(content, status=status)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        await asyncio.sleep(self.slow_replies)
        status, content = self.replies.popleft() if self.replies else (200, {"items": [], "next_cursor": None})
        kind = "application/json" if status == 200 else "application/problem+json"
        return web.json_response(content, status=status, content_type=kind)


@asynccontextmanager
async def line_to_a_played_system() -> AsyncIterator[tuple[Line, PlayedSystem]]:
    """The room connected to a national system that the test plays."""
    played = PlayedSystem()
    app = web.Application()
    app.router.add_post(PATH, played.token)
    app.router.add_get("/{rest:.*}", played.answer)
    listener = socket.create_server(("127.0.0.1", 0))
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with line({"auth": url, **{agency: f"{url}/{agency}" for agency in AGENCIES}}) as connected:
            yield connected, played
    finally:
        await runner.cleanup()
