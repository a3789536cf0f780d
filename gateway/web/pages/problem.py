"""A problem as a page, where a person asked for a page."""

from aiohttp import web

from gateway.errors import BawabaError
from gateway.web.pages.render import Pages, prefers_page
from gateway.web.problems import Problems

PAGE = "page."
"""How the names of page routes begin; every other route answers in JSON, whatever its caller accepts."""


def problem_page(
    pages: Pages, problems: Problems, request: web.Request, error: BawabaError, request_id: str
) -> web.Response | None:
    """The page that ``error`` is to the reader of a page, or ``None`` where a problem document is due."""
    if not wants_page(request):
        return None
    language = pages.language(request)
    response = pages.render_problem(request, problems.document(error, language, request_id))
    for name, value in problems.response(error, language, request_id).headers.items():
        if name in ("Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def wants_page(request: web.Request) -> bool:
    """Whether the address is a page's, or nobody's, and the caller reads pages."""
    found = request.match_info.http_exception is None
    is_page = (request.match_info.route.name or "").startswith(PAGE)
    return (is_page or not found) and prefers_page(request)
