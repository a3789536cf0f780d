"""A sign-in that failed leaves a line for the operators, and nothing of the person in it."""

from collections.abc import Container
from functools import wraps

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.errors import BawabaError
from gateway.web.middleware import REQUEST_ID

log = structlog.get_logger()


def logging_failures(handler: Handler, step: str, providers: Container[str]) -> Handler:
    """The handler, whose failures are logged as those of ``step``.

    Of the address, the only word that is logged is the name of a provider that we know.
    """

    @wraps(handler)
    async def logged(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except BawabaError as problem:
            named = request.match_info.get("provider", "")
            provider = named if named in providers else "unknown"
            number = request[REQUEST_ID]
            log.warning("signin.failed", step=step, provider=provider, reason=problem.code, request_id=number)
            raise

    return logged
