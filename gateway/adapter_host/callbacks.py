"""The host's door for its national system: answers that come later, and what it tells by itself."""

import asyncio
from typing import Final

import structlog
from aiohttp import web

from gateway.errors import BackendError, CallbackRefused
from gateway.sdk.adapter import NationalSystem
from gateway.sdk.inbox import Callback, Inbox

log = structlog.get_logger()

BODY_BYTES: Final = 4_194_304
BODY_SECONDS: Final = 10.0


def callback_app(room: str, system: NationalSystem, inbox: Inbox) -> web.Application:
    """``/callbacks/{room}/{reference}`` hands over to the call that waits, ``/events/{room}`` hears what is told.

    An event whose sender is proved is answered with 204 and written to the log. It goes no further: the gateway
    asks how an application stands, and does not wait to be told.
    """

    async def deliver(request: web.Request) -> web.Response:
        reference = f"{request.match_info['room']}/{request.match_info['reference']}"
        if not inbox.deliver(reference, dict(request.headers), await _body(request)):
            raise web.HTTPNotFound
        return web.Response(status=204)

    async def hear(request: web.Request) -> web.Response:
        if request.match_info["room"] != room:
            raise web.HTTPNotFound
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            system.read_callback(Callback(headers, await _body(request)))
        except CallbackRefused:
            return web.Response(status=401)
        except BackendError:
            return web.Response(status=422)
        log.info("event.heard", room=room)
        return web.Response(status=204)

    app = web.Application(client_max_size=BODY_BYTES)
    app.router.add_post("/callbacks/{room}/{reference}", deliver)
    app.router.add_post("/events/{room}", hear)
    return app


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
