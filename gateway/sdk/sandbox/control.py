"""The door by which tests and the demo tell a running sandbox how to behave."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Annotated, Protocol, Self

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gateway.sdk.sandbox.behaviours import Behaviour, Reply

_BEHAVIOUR = TypeAdapter(Behaviour)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Controlled(Protocol):
    """What the door needs of a sandbox."""

    def behave(self, behaviour: Behaviour) -> None:
        """Takes on the behaviour from the next request on."""

    def prime(self, reply: Reply, times: int = 1) -> None:
        """Queues a raw business reply."""

    def reset(self) -> None:
        """Forgets behaviour, primed replies and counts."""

    def state(self) -> dict[str, object]:
        """What the sandbox is told to do and has been asked."""


class PrimedReply(BaseModel):
    """A raw business reply in JSON: its body as text, or as base64 where it is not text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Annotated[int, Field(ge=200, le=599)] = 200
    content_type: Annotated[str, Field(pattern=r"^[\x20-\x7e]+$")] = "application/json"
    body: str | None = None
    body_base64: str | None = None
    times: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.body is None) == (self.body_base64 is None):
            raise ValueError("say either body or body_base64")
        return self

    def reply(self) -> Reply:
        """The reply itself; raises ``ValueError`` where the base64 cannot be read."""
        if self.body is not None:
            return Reply(self.status, self.content_type, self.body.encode())
        return Reply(self.status, self.content_type, base64.b64decode(self.body_base64 or "", validate=True))


def add_control(router: web.UrlDispatcher, sandbox: Controlled) -> None:
    """Opens the door under ``/_control``; only callers of this machine may use it."""

    async def behaviour(request: web.Request) -> web.Response:
        sandbox.behave(_BEHAVIOUR.validate_json(await _body(request)))
        return web.Response(status=204)

    async def reply(request: web.Request) -> web.Response:
        primed = PrimedReply.model_validate_json(await _body(request))
        sandbox.prime(primed.reply(), primed.times)
        return web.Response(status=204)

    async def reset(request: web.Request) -> web.Response:
        _from_here(request)
        sandbox.reset()
        return web.Response(status=204)

    async def state(request: web.Request) -> web.Response:
        _from_here(request)
        return web.Response(body=orjson.dumps(sandbox.state()), content_type="application/json")

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
        except binascii.Error as error:
            return web.Response(status=400, text=f"body_base64: {error}")

    return guarded


async def _body(request: web.Request) -> bytes:
    _from_here(request)
    return await request.read()


def _from_here(request: web.Request) -> None:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not (peer and ip_address(peer[0]).is_loopback):
        raise web.HTTPForbidden(text="The control door answers to this machine only.")
