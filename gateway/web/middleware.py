"""What every request passes: its number, its language, and one shape for whatever goes wrong."""

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

import structlog
from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from gateway.errors import BadRequest, BawabaError, MethodNotAllowed, NotFound
from gateway.i18n import Language, negotiate
from gateway.identity.bearer import asks_by_proof
from gateway.web.address import TRUSTED, Network
from gateway.web.pages.problem import problem_page
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems
from gateway.web.transport import tls_alone

log = structlog.get_logger()

REQUEST_ID = web.RequestKey("request_id", str)
PUBLIC_URL = web.RequestKey("public_url", str)
LANGUAGE = cast("web.RequestKey[Language]", web.RequestKey("language", str))

SAFE_HEADERS = {
    # Not to be silent about who serves, but not to name the library and its version either.
    "Server": "bawaba",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then hide the origin of our own forms from us, too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def front(problems: Problems, pages: Pages, hosts: AbstractSet[str], proxies: Sequence[Network] = ()) -> Middleware:
    """The outermost middleware; answers are private and not stored unless the endpoint says otherwise.

    ``hosts`` are the names that the gateway is reached by; a request to any other was meant for somebody else.
    ``proxies`` are those whose word is believed about who came to them.
    """

    public_url = pages.public_url

    @web.middleware
    async def passing(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = request_id = new_request_id()
        request[PUBLIC_URL] = public_url
        request[TRUSTED] = proxies
        request[LANGUAGE] = language = negotiate(request.headers.get("Accept-Language"))

        def told(error: BawabaError) -> web.StreamResponse:
            page = problem_page(pages, problems, request, error, request_id)
            by_proof = asks_by_proof(request.headers)
            return page or problems.response(error, language, request_id, by_proof=by_proof)

        try:
            _check_address(request, hosts)
            response = await handler(request)
        except BawabaError as error:
            response = told(error)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                dress(error, request_id, public_url)
                raise
            response = told(_translated(error))
        except Exception as error:  # noqa: BLE001 the last net under every handler
            # The last net. The traceback goes to the operators without the exception's words, which may be personal.
            log.error("request.failed", request_id=request_id, route=_route(request), error=type(error).__name__)
            response = told(BawabaError())
        dress(response, request_id, public_url)
        return response

    return passing


def new_request_id() -> str:
    """The number of one request, which its answer, its log lines and its entry carry."""
    return os.urandom(16).hex()


def hosts_of(*urls: str | None, local: bool) -> AbstractSet[str]:
    """The host names of the addresses that callers reach us by, and those of this machine when it is ``local``."""
    return {urlsplit(url).hostname or "" for url in urls if url} | (LOOPBACK if local else frozenset())


def _check_address(request: web.Request, hosts: AbstractSet[str]) -> None:
    """Refuses what is not HTTP/1, a NUL, a tunnel, and a Host, or a target in absolute form, of another.

    Source: RFC 9112, 3.2.
    """
    if request.version not in (HttpVersion10, HttpVersion11):
        raise BadRequest("bad_request")
    if "%00" in request.raw_path:
        # No name of anything holds a NUL, and PostgreSQL takes it for no text at all.
        raise BadRequest("bad_request")
    if request.method == "CONNECT":
        raise MethodNotAllowed(allowed="GET, HEAD, POST")
    named = [f"//{host}" for host in request.headers.getall("Host", [])]
    if not request.raw_path.startswith(("/", "*")):
        named.append(request.raw_path)
    if not named or any(_host(address) not in hosts for address in named):
        raise BadRequest("unknown_host")


@lru_cache(maxsize=256)
def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _translated(error: web.HTTPException) -> BawabaError:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(allowed=", ".join(sorted(error.allowed_methods)))
    if error.status == 404:
        return NotFound()
    return BadRequest("bad_request") if error.status < 500 else BawabaError()


def dress(response: web.StreamResponse, request_id: str, public_url: str) -> None:
    """The headers that every answer at ``public_url`` has; an endpoint's own choice of what may be kept stands."""
    headers = response.headers
    headers["X-Request-Id"] = request_id
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", API_POLICY)
    headers.setdefault("Vary", "Accept-Language, Authorization")
    headers.update(SAFE_HEADERS)
    headers.update(tls_alone(public_url))


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"
