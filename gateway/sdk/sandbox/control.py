"""The door by which tests and the demo tell a running sandbox how to behave."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, Protocol

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from gateway.sdk.sandbox.behaviours import Behaviour, Reply
from gateway.sdk.sandbox.desk import Desk, Orders

_BEHAVIOUR = TypeAdapter(Behaviour)
_ORDER = TypeAdapter(dict[str, Any])
_ORDERS = TypeAdapter(Orders)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Controlled(Protocol):
    """What the door needs of a sandbox."""

    def behave(self, behaviour: Behaviour) -> None:
        """Takes on the behaviour from the next request on."""

    def prime(self, reply: Reply) -> None:
        """Queues a raw business reply."""

    def reset(self) -> None:
        """Forgets behaviour, primed replies and counts."""

    def state(self) -> dict[str, object]:
        """What the sandbox is told to do and has been asked."""

    @property
    def desk(self) -> Desk:
        """Where applications are booked."""


def add_control(router: web.UrlDispatcher, sandbox: Controlled) -> None:
    """Opens the door under ``/_control``; only callers of this machine may use it."""

    async def behaviour(request: web.Request) -> web.Response:
        sandbox.behave(_BEHAVIOUR.validate_json(await _body(request)))
        return web.Response(status=204)

    async def reply(request: web.Request) -> web.Response:
        sandbox.prime(Reply.from_json(_ORDER.validate_json(await _body(request))))
        return web.Response(status=204)

    async def reset(request: web.Request) -> web.Response:
        _from_here(request)
        sandbox.reset()
        return web.Response(status=204)

    async def state(request: web.Request) -> web.Response:
        _from_here(request)
        return web.Response(body=orjson.dumps(sandbox.state()), content_type="application/json")

    async def orders(request: web.Request) -> web.Response:
        sandbox.desk.orders = _ORDERS.validate_json(await _body(request))
        return web.Response(status=204)

    async def books(request: web.Request) -> web.Response:
        _from_here(request)
        return web.Response(body=orjson.dumps(sandbox.desk.books()), content_type="application/json")

    router.add_post("/_control/orders", _mending(orders))
    router.add_get("/_control/books", books)
    router.add_post("/_control/behaviour", _mending(behaviour))
    router.add_post("/_control/reply", _mending(reply))
    router.add_post("/_control/reset", reset)
    router.add_get("/_control/state", state)


def _mending(handler: Handler) -> Handler:
    """Answers an order that cannot be read with 400 and what is wrong with it."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValidationError as error:
            problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            return web.Response(status=400, text="\n".join(problems))

    return guarded


async def _body(request: web.Request) -> bytes:
    _from_here(request)
    return await request.read()


def _from_here(request: web.Request) -> None:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not (peer and ip_address(peer[0]).is_loopback):
        raise web.HTTPForbidden(text="The control door answers to this machine only.")
