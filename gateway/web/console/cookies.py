"""The console's own cookies: a browser keeps one jar for all ports of a host, so their names are no one else's."""

import re

from aiohttp import web

BROWSER, SESSION = "__Host-console-browser", "__Host-console"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def session_secret(request: web.Request) -> str:
    """The secret of the operator's session, or ``""``; a cookie of another shape is none."""
    value = request.cookies.get(SESSION, "")
    return value if _SECRET.fullmatch(value) else ""


def give_browser_secret(response: web.StreamResponse, secret: str) -> None:
    """The provider sends the browser back from another site, by a link, so this cookie crosses sites by links alone."""
    response.set_cookie(BROWSER, secret, secure=True, httponly=True, samesite="Lax", path="/", max_age=86_400)


def give_session(response: web.StreamResponse, secret: str, *, whole: bool) -> None:
    """The session's cookie, which ends with the browser; that of a whole session never comes from another site."""
    # The page that asks for the second factor is reached from the provider's, which Strict would not let happen.
    same_site = "Strict" if whole else "Lax"
    response.set_cookie(SESSION, secret, secure=True, httponly=True, samesite=same_site, path="/")


def drop_session(response: web.StreamResponse) -> None:
    """Forgets the session, and what the browser may have kept of its pages (Clear-Site-Data)."""
    response.headers["Clear-Site-Data"] = '"cache"'
    response.del_cookie(SESSION, secure=True, httponly=True, samesite="Strict", path="/")
