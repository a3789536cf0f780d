"""The base of every provider's stand-in: it listens on this machine and can be told to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.sdk.sandbox import Persona, personas

LOOPBACK = "127.0.0.1"


class ProviderStandIn:
    """One provider on loopback.

    A stand-in signs in whoever the test or the demo's page chooses among the personas. ``behave`` makes it down
    (it closes connections), slow (by ``seconds``), or, by a word of its own, lie in some way.
    """

    provider: ClassVar[str]

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = secrets
        self.people: Mapping[str, Persona] = {persona.id: persona for persona in personas()}
        self.lie, self.seconds, self.down = "", 0.0, False
        self.url = ""

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """New secrets, as many as the provider's name plate names."""
        return {}

    def endpoints(self) -> Mapping[str, str]:
        """The address of each endpoint on the name plate, once it runs."""
        return {"main": self.url}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Adds the provider's own addresses."""
        raise TypeError(f"{type(self).__name__} must say what it answers to")

    def behave(self, lie: str = "", *, seconds: float = 0.0, down: bool = False) -> None:
        """From now on; without arguments the stand-in is honest, quick and up."""
        self.lie, self.seconds, self.down = lie, seconds, down

    @asynccontextmanager
    async def running(self, port: int = 0, name: str = LOOPBACK) -> AsyncIterator[str]:
        """Listens while the block runs and gives the base URL; port 0 takes one that is free.

        ``name`` is what this machine is called in the URL: under ``localhost`` the stand-in is another site to a
        browser than what is called by its number.
        """
        app = web.Application(middlewares=[self._treat])
        app.router.add_post("/_control/behaviour", self._control)
        self.add_routes(app.router)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, LOOPBACK, port)
        await site.start()
        try:
            self.url = f"http://{name}:{runner.addresses[0][1]}"
            yield self.url
        finally:
            await runner.cleanup()

    @web.middleware
    async def _treat(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control/"):
            return await handler(request)
        if self.down and request.transport is not None:
            request.transport.abort()
            return web.Response(status=503)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return await handler(request)

    async def _control(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.behave(order.get("lie", ""), seconds=order.get("seconds", 0.0), down=order.get("down", False))
        return web.Response(status=204)
