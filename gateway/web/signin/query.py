"""What the addresses of sign-in pages carry."""

import re
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiMapping

from gateway.identity.principal import Assurance
from gateway.web.signin.browser import local_path


def place_of_switch(aim: str) -> str:
    """Where the language switch leads: a page on the way to linking came by a form, which is not sent again."""
    return "/account" if aim == "link" else ""


def level(request: web.Request) -> Assurance | None:
    """The level of assurance that is asked for, if any."""
    wanted = request.query.get("level")
    return Assurance(wanted) if wanted in tuple(Assurance) else None


def age(request: web.Request) -> int | None:
    """The greatest age of the sign-in that is asked for, in seconds, if any."""
    text = request.query.get("max_age", "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


def carried(request: web.Request) -> dict[str, str]:
    """What the choice of a provider hands on."""
    along = {"return_to": local_path(request.query.get("return_to"))} if "return_to" in request.query else {}
    wanted, oldest = level(request), age(request)
    if wanted is not None:
        along["level"] = wanted.value
    return along if oldest is None else {**along, "max_age": str(oldest)}


def single(query: MultiMapping[str]) -> dict[str, str]:
    """The query's values; a name given twice is left out, for nobody can say which of the two is meant."""
    return {name: query[name] for name in query if len(query.getall(name)) == 1}


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
