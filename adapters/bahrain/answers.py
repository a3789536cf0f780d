"""What an answer of Bahrain means, before anybody reads what it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, Response, TokenRefused, read_json

Json = Mapping[str, Any]
NOT_FOUND: Final = "NOT_FOUND"

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_CODE: Final = re.compile(r"[A-Z][A-Z_]{1,39}")
_LONGEST_CURSOR: Final = 512


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and where the rest begins; no cursor where there is no more."""

    items: tuple[Json, ...]
    next_cursor: str | None


def read_document(response: Response) -> Json | None:
    """One object, ``None`` where there is none; raises ``BackendError``."""
    if response.status == 200:
        return _object(response, _JSON)
    _expect_nothing(response)
    return None


def read_page(response: Response) -> Page | None:
    """One page of a list, ``None`` where nobody of that number is known; raises ``BackendError``, ``KeyError``."""
    if response.status != 200:
        _expect_nothing(response)
        return None
    document = _object(response, _JSON)
    # A page that does not say whether there is more may have been cut short.
    cursor, items = document["next_cursor"], document["items"]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BackendGarbled
    if cursor is not None and not (isinstance(cursor, str) and 0 < len(cursor) <= _LONGEST_CURSOR):
        raise BackendGarbled
    return Page(tuple(items), cursor)


def _expect_nothing(response: Response) -> None:
    """Passes where the system says that there is nothing; raises what any other status than 200 says."""
    status = response.status
    if status == 401:
        raise TokenRefused
    if status >= 500:
        raise BackendDown
    if not 400 <= status < 500:
        raise BackendGarbled
    code = _code(_object(response, _PROBLEM))
    if status != 404:
        raise BackendRefused(reason=code)
    # Only the system's own word for it is an answer: a page that was not found may be an address that moved.
    if code != NOT_FOUND:
        raise BackendGarbled


def _object(response: Response, media_type: str) -> Json:
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise BackendGarbled
    document = read_json(response.body)
    if not isinstance(document, dict):
        raise BackendGarbled
    return document


def _code(problem: Json) -> str:
    """The problem's own code; its title and detail stay behind, for they may name a person."""
    code = problem.get("code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "unknown"
