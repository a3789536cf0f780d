"""The base of every room's sandbox: a stand-in of a national system that listens on this machine only."""

import asyncio
import socket
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from math import ceil
from typing import ClassVar

import aiohttp
from aiohttp import web

from gateway.schema.country import Country
from gateway.sdk.sandbox.behaviours import Behaviour, Reply, spoilt, stream_huge
from gateway.sdk.sandbox.control import Handler, add_control
from gateway.sdk.sandbox.desk import Desk
from gateway.sdk.sandbox.holdings import Holdings, wrongly
from gateway.sdk.sandbox.population import Population
from gateway.sdk.sandbox.population import population as population_of

LOOPBACK = "127.0.0.1"

_NORMAL = Behaviour("normal")
_OWN_PATHS = ("/_control/", "/_trap")


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class Sandbox(Holdings):
    """A national system of one state, answering from its synthetic population.

    A room subclasses it, sets ``country`` and ``name``, and adds its routes. Business answers go through
    ``answer``, and people and what is held about them are asked from ``person``, ``fines``, ``companies``,
    ``company`` and ``contributions`` rather than from the population, so that the sandbox can be told to answer
    about somebody else. ``undisturbed`` are paths that are never made to misbehave: a token endpoint, or the asking
    path of a system that answers later and misbehaves in ``call_back``.
    """

    country: ClassVar[Country]
    name: ClassVar[str]
    undisturbed: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        *,
        population: Population | None = None,
        secrets: Mapping[str, str],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(population or population_of(self.country))
        self.secrets = secrets
        self.clock = clock
        self.requests: Counter[str] = Counter()
        self.trapped = 0
        self._behaviour, self._left, self._before = _NORMAL, 0, 0
        self.desk = Desk(clock, f"{self.country.value}-")
        self._primed: deque[Reply] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trap_url = ""

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """Fresh credentials under the names of the room's name plate, for the gateway and for the sandbox.

        Those under other names are the sandbox's alone.
        """
        return {}

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        """The base URL of each endpoint of the name plate, for a sandbox that runs at ``url``."""
        return {"main": url}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Adds the national system's own routes."""
        raise TypeError(f"{type(self).__name__} must say what it answers to")

    # --- what a room's handlers use

    def answer(self, default: Reply) -> Reply:
        """The reply that was primed, if one was, else ``default``."""
        return self._primed.popleft() if self._primed else default

    def primed(self) -> bool:
        """Whether the next business answer is a primed one."""
        return bool(self._primed)

    def later(self, work: Coroutine[object, object, None]) -> None:
        """Runs ``work`` beside the requests; it is cancelled when the sandbox stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def call_back(
        self, url: str, compose: Callable[[], Reply], headers: Mapping[str, str] | None = None
    ) -> int | None:
        """Posts what ``compose`` gives to ``url``, misbehaving as told: for systems that answer later.

        Gives the status of the other side, or ``None`` where a system that behaves so sends nothing. Raises
        ``aiohttp.ClientError`` where nobody listens.
        """
        behaviour = self._next()
        with wrongly(behaviour.kind == "wrong"):
            reply = compose()
        if behaviour.kind in ("down", "rate_limiting", "redirect"):
            return None
        if behaviour.kind == "slow":
            await asyncio.sleep(behaviour.seconds)
        reply = spoilt(behaviour.kind, reply)
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                url, data=reply.body, headers={**(headers or {}), **reply.headers}, allow_redirects=False
            ) as response,
        ):
            return response.status

    # --- what tests and the demo use

    @asynccontextmanager
    async def running(self, port: int = 0, host: str = LOOPBACK) -> AsyncIterator[str]:
        """Listens while the block runs and gives the base URL; port 0 takes one that is free."""
        app = web.Application(middlewares=[self._treat], client_max_size=4 * 1024 * 1024)
        add_control(app.router, self)
        app.router.add_route("*", "/_trap", self._spring)
        self.add_routes(app.router)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await runner.setup()
        try:
            url = await _listen(runner, host, port)
            self._trap_url = f"{await _listen(runner, LOOPBACK, 0)}/_trap"
            yield url
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await runner.cleanup()

    def behave(self, behaviour: Behaviour) -> None:
        """Takes on ``behaviour`` from the next request on."""
        self._behaviour = _NORMAL if behaviour.kind == "normal" else behaviour
        self._left, self._before = behaviour.times or 0, behaviour.after

    def prime(self, reply: Reply) -> None:
        """Queues ``reply`` as the next business answer, ``reply.times`` times, after those that wait already."""
        self._primed.extend([reply] * reply.times)

    def reset(self) -> None:
        """Behaves normally again and forgets primed replies and counts."""
        self.behave(_NORMAL)
        self._primed.clear()
        self.requests.clear()
        self.trapped = 0
        self.desk.clear()

    def state(self) -> dict[str, object]:
        """Behaviour, primed replies that wait, requests by route, and redirects that were followed."""
        return {
            "name": self.name,
            "country": self.country,
            "behaviour": self._behaviour.kind,
            "primed": len(self._primed),
            "requests": dict(self.requests),
            "trapped": self.trapped,
        }

    # --- how requests are treated

    @web.middleware
    async def _treat(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        if path.startswith(_OWN_PATHS):
            return await handler(request)
        resource = request.match_info.route.resource
        self.requests[resource.canonical if resource else "unknown"] += 1
        if self._behaviour is _NORMAL or path in self.undisturbed:
            return await handler(request)
        return await self._misbehave(self._next(), request, handler)

    async def _misbehave(self, behaviour: Behaviour, request: web.Request, handler: Handler) -> web.StreamResponse:
        match behaviour.kind:
            case "down":
                return _hang_up(request)
            case "rate_limiting":
                return web.Response(status=429, headers={"Retry-After": str(ceil(behaviour.seconds))})
            case "redirect":
                return web.Response(status=302, headers={"Location": self._trap_url})
            case "slow":
                await asyncio.sleep(behaviour.seconds)
        with wrongly(behaviour.kind == "wrong"):
            response = await handler(request)
        if behaviour.kind == "lost":
            return _hang_up(request)
        if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
            return response
        reply = Reply(response.status, response.headers["Content-Type"], response.body)
        if behaviour.kind == "huge":
            return await stream_huge(request, reply)
        spoilt_reply = spoilt(behaviour.kind, reply)
        response.body = spoilt_reply.body
        response.headers.update(spoilt_reply.headers)
        return response

    def _next(self) -> Behaviour:
        """The behaviour for one more request; back to normal when its times are used up."""
        if self._before:
            self._before -= 1
            return _NORMAL
        behaviour = self._behaviour
        if behaviour.times is not None:
            self._left -= 1
            if self._left == 0:
                self._behaviour = _NORMAL
        return behaviour

    async def _spring(self, request: web.Request) -> web.Response:
        """Counts those who followed a redirect."""
        self.trapped += 1
        return web.Response(text="A redirect was followed.")


async def serve(sandbox: Sandbox, port: int, host: str = LOOPBACK) -> None:
    """Runs ``sandbox`` until it is cancelled."""
    async with sandbox.running(port, host):
        await asyncio.Event().wait()


def _hang_up(request: web.Request) -> web.Response:
    """Ends the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=503)


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    """Opens one more listener of ``runner`` and gives its URL."""
    listener = socket.create_server((host, port))
    await web.SockSite(runner, listener).start()
    return f"http://{host}:{listener.getsockname()[1]}"
