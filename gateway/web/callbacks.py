"""The door for late answers: national systems deliver here, on the private network."""

import asyncio
from typing import Final

from aiohttp import web

from gateway.applications.hearing import Hearing
from gateway.errors import BackendError, BawabaError
from gateway.identity.letters import Letters
from gateway.sdk.inbox import Callback, Inbox

BODY_SECONDS: Final = 10.0
"""How long anybody may take to send a body; who takes longer would hold a connection that others need."""


def callback_app(
    inbox: Inbox,
    letters: Letters | None = None,
    hearing: Hearing | None = None,
    body_bytes: int = 4_194_304,
    body_seconds: float = BODY_SECONDS,
) -> web.Application:
    """Three addresses: ``/callbacks/{room}/{reference}`` hands over to the worker that waits, ``/letters/{reference}``
    keeps, and ``/events/{room}`` hears what a national system tells of an application by itself.

    A reference that nobody waits for, or under which something came before, is not found; neither is any letter
    where there is nowhere to keep it. An event is answered with 204 once it is durable, the first time and any other;
    401 where its sender is not proved or it is old, 404 for an application that is not ours, 422 where it cannot be
    read, and 503 where it should be sent again. Any body that does not come in ``body_seconds`` is answered with 408.
    """

    async def deliver(request: web.Request) -> web.Response:
        room, reference = request.match_info["room"], request.match_info["reference"]
        if not inbox.deliver(f"{room}/{reference}", dict(request.headers), await _read(request, body_seconds)):
            raise web.HTTPNotFound
        return web.Response(status=204)

    async def keep(request: web.Request) -> web.Response:
        if letters is None or not await letters.put(
            request.match_info["reference"], await _read(request, body_seconds)
        ):
            raise web.HTTPNotFound
        return web.Response(status=204)

    async def hear(request: web.Request) -> web.Response:
        if hearing is None:
            raise web.HTTPNotFound
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            await hearing.hear(request.match_info["room"], Callback(headers, await _read(request, body_seconds)))
        except BackendError:
            return web.Response(status=422)
        except BawabaError as problem:
            return web.Response(status=problem.status)
        return web.Response(status=204)

    app = web.Application(client_max_size=body_bytes)
    app.router.add_post("/callbacks/{room}/{reference}", deliver)
    app.router.add_post("/letters/{reference}", keep)
    app.router.add_post("/events/{room}", hear)
    return app


async def _read(request: web.Request, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
