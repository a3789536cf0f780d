"""The door for late answers: national systems deliver here, on the private network, to the worker that waits."""

from aiohttp import web

from gateway.sdk.inbox import Inbox


def callback_app(inbox: Inbox, body_bytes: int = 4_194_304) -> web.Application:
    """One address, ``POST /callbacks/{room}/{reference}``; a reference that nobody waits for is not found."""

    async def deliver(request: web.Request) -> web.Response:
        room, reference = request.match_info["room"], request.match_info["reference"]
        if not inbox.deliver(f"{room}/{reference}", dict(request.headers), await request.read()):
            raise web.HTTPNotFound
        return web.Response(status=204)

    app = web.Application(client_max_size=body_bytes)
    app.router.add_post("/callbacks/{room}/{reference}", deliver)
    return app
