"""The connection beneath every request: what is not HTTP is refused in our own shape, and nothing of it is logged."""

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong

from gateway.errors import BadRequest, BawabaError, HeadersTooLarge, MethodNotAllowed
from gateway.i18n import negotiate
from gateway.web.middleware import dress, new_request_id
from gateway.web.problems import Problems

log = structlog.get_logger()

KEEPALIVE_SECONDS = 30.0
LINGERING_SECONDS = 2.0
"""How long the rest of a body that was refused is read and thrown away, so that the caller sees the answer."""


class Protocol(web.RequestHandler):
    """One connection of ``server``. Bodies are left as they came: a compressed one is refused, never unpacked."""

    __slots__ = ("_problems",)

    def __init__(self, server: web.Server, problems: Problems) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=KEEPALIVE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            auto_decompress=False,
        )
        self._problems = problems

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The problem in place of the library's text, which repeats what the caller sent."""
        log.warning("request.unreadable", error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("part of the answer has left already")
        request_id = new_request_id()
        response = self._problems.response(_problem(status, exc), negotiate(None), request_id)
        dress(response, request_id, self._problems.public_url)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """The kind of what went wrong beneath a request; its words, and those of its traceback, may be personal."""
        log.warning("connection.failed", error=type(kw.get("exc_info")).__name__)


def _problem(status: int, exc: BaseException | None) -> BawabaError:
    if isinstance(exc, BadHttpMethod):
        return MethodNotAllowed(allowed="GET, HEAD, POST")
    if isinstance(exc, LineTooLong):
        return HeadersTooLarge()
    return BadRequest("bad_request") if status < 500 else BawabaError()
