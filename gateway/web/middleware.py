"""What every request passes: its number, its language, and one shape for whatever goes wrong."""

from typing import cast
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.errors import BadRequest, BawabaError, MethodNotAllowed, NotFound
from gateway.i18n import Language, negotiate
from gateway.web.pages.problem import problem_page
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems

log = structlog.get_logger()

REQUEST_ID = web.RequestKey("request_id", str)
LANGUAGE = cast("web.RequestKey[Language]", web.RequestKey("language", str))

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


def front(problems: Problems, pages: Pages) -> Middleware:
    """The outermost middleware; answers are private and not stored unless the endpoint says otherwise."""

    @web.middleware
    async def passing(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = request_id = uuid4().hex
        request[LANGUAGE] = language = negotiate(request.headers.get("Accept-Language"))

        def told(error: BawabaError) -> web.StreamResponse:
            page = problem_page(pages, problems, request, error, request_id)
            return page or problems.response(error, language, request_id)

        try:
            response = await handler(request)
        except BawabaError as error:
            response = told(error)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            response = told(_translated(error))
        except Exception as error:  # noqa: BLE001 the last net under every handler
            # The last net. The traceback goes to the operators without the exception's words, which may be personal.
            log.error("request.failed", request_id=request_id, route=_route(request), error=type(error).__name__)
            response = told(BawabaError())
        _dress(response, request_id)
        return response

    return passing


def _translated(error: web.HTTPException) -> BawabaError:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(allowed=", ".join(sorted(error.allowed_methods)))
    if error.status == 404:
        return NotFound()
    return BadRequest("bad_request") if error.status < 500 else BawabaError()


def _dress(response: web.StreamResponse, request_id: str) -> None:
    headers = response.headers
    headers["X-Request-Id"] = request_id
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", API_POLICY)
    headers.setdefault("Vary", "Accept-Language, Authorization")
    headers.update(SAFE_HEADERS)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"
