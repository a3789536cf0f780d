"""Requests as bytes, in which nothing that was put in can break out of its place."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A segment "." or "..", a dot perhaps written %2e, would lead to another path than the one that was judged.
_DOT_SEGMENT: Final = re.compile(r"/(?:\.|%2e){1,2}(?:[/;?]|$)", re.IGNORECASE)
# These say where a request ends, how it travels and what may come back: they are the transport's own.
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_METHODS: Final = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})
_WITHOUT_BODY: Final = frozenset({"DELETE", "GET"})


class UnsafeRequest(ValueError):
    """A part of a request holds what may not stand there; nothing was sent. It never says what it holds."""


class RequestHead:
    """What all requests to one origin have in common, written once; ``prefix`` stands before every path."""

    def __init__(self, host: str, prefix: str) -> None:
        self._target = {method: f"{method} {prefix}" for method in _METHODS}
        self._common = f" HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nUser-Agent: bawaba\r\n"

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """The whole request; raises ``UnsafeRequest`` for an unknown method or a part that could break out.

        ``path`` may carry a query; what is not ASCII in it has to be percent-encoded before.
        """
        bare = not body and method in _WITHOUT_BODY
        return self.opening(method, path, headers, None if bare else len(body)) + body

    def opening(self, method: str, path: str, headers: Mapping[str, str], size: int | None) -> bytes:
        """A request up to its body, which is to be of ``size`` bytes; ``None`` where there is none."""
        target = self._target.get(method)
        if target is None:
            raise UnsafeRequest("the method is not one of " + ", ".join(sorted(_METHODS)))
        _check_path(path)
        lines = [target, path, self._common]
        for name, value in headers.items():
            if not _is_free_name(name):
                raise UnsafeRequest(f"the header {name!r} may not be set")
            if not (value.isascii() and value.isprintable()):
                raise UnsafeRequest(f"the header {name} holds a character that may not stand there")
            lines.append(f"{name}: {value}\r\n")
        if size is not None:
            lines.append(f"Content-Length: {size}\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("ascii")


def _check_path(path: str) -> None:
    if not (path.isascii() and path.isprintable()) or " " in path or "#" in path or "\\" in path:
        raise UnsafeRequest("the path holds a character that may not stand there")
    if path and (path[0] not in "/?" or path.startswith("//")):
        raise UnsafeRequest("the path must begin with one slash")
    if ("/." in path or "%2" in path) and _DOT_SEGMENT.search(path.partition("?")[0]):
        raise UnsafeRequest("the path must not lead elsewhere by dots")


@lru_cache(maxsize=512)
def _is_free_name(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None and name.lower() not in _OURS
