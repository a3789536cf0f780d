"""The connection beneath every request to a host: what is not HTTP is refused in two words, and nothing is logged."""

import asyncio
from typing import Any, Final

import structlog
from aiohttp import web

log = structlog.get_logger()

KEEPALIVE_SECONDS: Final = 30.0
LINGERING_SECONDS: Final = 2.0


class HostConnection(web.RequestHandler):
    """One connection of ``server``; bodies are left as they came."""

    __slots__ = ()

    def __init__(self, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=KEEPALIVE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            auto_decompress=False,
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The status alone: the library's text repeats what came."""
        log.warning("request.unreadable", error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("part of the answer has left already")
        response = web.Response(status=status)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """The kind of what went wrong beneath a request; its words may be personal."""
        log.warning("connection.failed", error=type(kw.get("exc_info")).__name__)


class Refusal(asyncio.Protocol):
    """What a connection over the limit meets: it is closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
