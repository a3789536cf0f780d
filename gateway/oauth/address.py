"""Two spellings of one address, told to be the same (RFC 3986, 6.2.2 and 6.2.3), as RFC 9449 wants ``htu`` compared."""

import re
from functools import lru_cache
from string import ascii_letters, digits
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 2_048
_UNRESERVED: Final = frozenset(f"{ascii_letters}{digits}-._~")
_VISIBLE: Final = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_ESCAPE: Final = re.compile(r"%(..)?", re.DOTALL)
_PORTS: Final = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def normal(url: str) -> str | None:
    """Scheme, host, port and path in their one spelling, without query and fragment; nothing for what is no address.

    The scheme and the host are in small letters, a port that goes without saying and steps up the path are gone, and
    only what must be escaped is.
    """
    if len(url) > LONGEST or not _VISIBLE.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    path = _unescaped(parts.path)
    if path is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    explicit = "" if port is None or port == _PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{host}{explicit}{_without_steps(path)}"


def _unescaped(path: str) -> str | None:
    """The path with the escapes that it needs, in capitals; nothing where one is broken."""
    escapes = _ESCAPE.findall(path)
    if not all(re.fullmatch("[0-9A-Fa-f]{2}", each) for each in escapes):
        return None
    return _ESCAPE.sub(lambda match: _escape(match[1]), path)


def _escape(code: str) -> str:
    character = chr(int(code, 16))
    return character if character in _UNRESERVED else f"%{code.upper()}"


def _without_steps(path: str) -> str:
    """RFC 3986, 5.2.4, for a path that begins at the root."""
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
