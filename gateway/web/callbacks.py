"""The door for late answers: national systems deliver here, on the private network, to the worker that waits."""

from aiohttp import web

from gateway.identity.letters import Letters
from gateway.sdk.inbox import Inbox


def callback_app(inbox: Inbox, letters: Letters | None = None, body_bytes: int = 4_194_304) -> web.Application:
    """Two addresses: ``/callbacks/{room}/{reference}`` hands over at once, ``/letters/{reference}`` keeps.

    A reference that nobody waits for, or under which something came before, is not found; neither is any letter
    where there is nowhere to keep it.
    """

    async def deliver(request: web.Request) -> web.Response:
        room, reference = request.match_info["room"], request.match_info["reference"]
        if not inbox.deliver(f"{room}/{reference}", dict(request.headers), await request.read()):
            raise web.HTTPNotFound
        return web.Response(status=204)

    async def keep(request: web.Request) -> web.Response:
        if letters is None or not await letters.put(request.match_info["reference"], await request.read()):
            raise web.HTTPNotFound
        return web.Response(status=204)

    app = web.Application(client_max_size=body_bytes)
    app.router.add_post("/callbacks/{room}/{reference}", deliver)
    app.router.add_post("/letters/{reference}", keep)
    return app
