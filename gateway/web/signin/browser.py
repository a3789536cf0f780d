"""What a browser brings: its own secret, its session, its form token, and where it is."""

import hmac
import re
import secrets
from ipaddress import IPv4Address, ip_address

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.errors import BadRequest, FormExpired
from gateway.identity.sessions import Place
from gateway.identity.vault import Finder
from gateway.web.address import caller_address

BROWSER, SESSION, FORM = "__Host-browser", "__Host-session", "form"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_FAMILIES = (("Edg/", "edge"), ("OPR/", "opera"), ("Firefox/", "firefox"), ("Chrome/", "chrome"), ("Safari/", "safari"))
_SYSTEMS = (
    ("Android", "android"),
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("Windows", "windows"),
    ("Mac OS X", "macos"),
    ("Linux", "linux"),
)


def browser_secret(request: web.Request, cookie: str = BROWSER) -> str:
    """The secret that the browser was given, or ``""``; a cookie of another shape is none."""
    return _shaped(request.cookies.get(cookie))


def session_secret(request: web.Request) -> str:
    """The secret of the browser's session, or ``""``."""
    return _shaped(request.cookies.get(SESSION))


def give_browser_secret(response: web.StreamResponse, secret: str) -> None:
    """A provider that posts its answer (SAML) does so from another site, so this cookie alone crosses sites."""
    response.set_cookie(BROWSER, secret, secure=True, httponly=True, samesite="None", path="/", max_age=86_400)


def give_session(response: web.StreamResponse, secret: str) -> None:
    """The session's cookie, which ends with the browser."""
    response.set_cookie(SESSION, secret, secure=True, httponly=True, samesite="Lax", path="/")


def drop_session(response: web.StreamResponse) -> None:
    """Forgets the session's cookie."""
    response.del_cookie(SESSION, secure=True, httponly=True, samesite="Lax", path="/")


def new_secret() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def place_of(request: web.Request) -> Place:
    """Browser and system by family, and the address without its last part: enough to know one's own device by."""
    agent = request.headers.get("User-Agent", "")[:512]
    family = next((name for mark, name in _FAMILIES if mark in agent), "other")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "other")
    return Place(f"{family}/{system}", _network(caller_address(request)))


class Forms:
    """Tokens that tie a form to the browser and the session that it was written for.

    ``cookie`` is the name under which the browser keeps its secret.
    """

    def __init__(self, finder: Finder, public_url: str, cookie: str = BROWSER) -> None:
        self._finder = finder
        self._origin = public_url
        self._cookie = cookie

    def token(self, browser: str, session: str = "") -> str:
        """What the form carries in its hidden field."""
        return self._finder.of("form", browser, session)

    async def check(self, request: web.Request, session: str = "") -> dict[str, str]:
        """The posted text; raises ``FormExpired`` when the form is not ours, not this browser's, or from elsewhere."""
        site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", self._origin)
        browser = browser_secret(request, self._cookie)
        fields = await read_form(request)
        given = fields.get(FORM)
        if site != "same-origin" or origin != self._origin or not browser or given is None:
            raise FormExpired
        if not hmac.compare_digest(given.encode(), self.token(browser, session).encode()):
            raise FormExpired
        return fields


async def read_form(request: web.Request) -> dict[str, str]:
    """The posted text; raises ``BadRequest`` for a body that is no form or holds what no field of ours takes.

    A name given twice is left out, for nobody can say which of the two is meant.
    """
    try:
        posted = await request.post()
    except (ValueError, LookupError, HttpProcessingError) as problem:
        raise BadRequest("bad_request") from problem
    return {
        name: value
        for name, value in posted.items()
        if isinstance(value, str) and "\0" not in value and len(posted.getall(name)) == 1
    }


def local_path(text: str | None) -> str:
    """A path of ours to return to; anything that could lead elsewhere is the account page instead."""
    if not text or not re.fullmatch(r"/[A-Za-z0-9._~/?=&%-]*", text) or text.startswith("//") or "%" in text:
        return "/account"
    return text


def _shaped(value: str | None) -> str:
    return value if value and _SECRET.fullmatch(value) else ""


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv4Address):
        return ".".join(address.split(".")[:3]) + ".0/24"
    return ":".join(parsed.exploded.split(":")[:3]) + "::/48"
