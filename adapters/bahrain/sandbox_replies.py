"""The two kinds of reply that the stand-in gives: a document, or a problem of RFC 9457."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.sdk import sandbox as kit


def document(content: Mapping[str, Any]) -> kit.Reply:
    """A business answer."""
    return kit.Reply(200, "application/json", orjson.dumps(content))


def problem(status: int, code: str, title: str) -> kit.Reply:
    """A problem of RFC 9457, with the system's own code."""
    kind = f"https://problems.gov.bh.example/{code.lower()}"
    content = {"type": kind, "title": title, "status": status, "code": code}
    return kit.Reply(status, "application/problem+json", orjson.dumps(content))


NOBODY: Final = problem(404, "NOT_FOUND", "Nobody is known by that number.")
NO_REGISTRATION: Final = problem(404, "NOT_FOUND", "There is no such registration.")
NO_APPLICATION: Final = problem(404, "NOT_FOUND", "There is no such application.")
