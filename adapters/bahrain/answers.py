"""What an answer of Bahrain means, before anybody reads what it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, Response, read_json

Json = Mapping[str, Any]
NOT_FOUND: Final = "NOT_FOUND"

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_CODE: Final = re.compile(r"[A-Z][A-Z_]{1,39}")
_LONGEST_CURSOR: Final = 512


class Verdict(Enum):
    """An answer that holds nothing to read."""

    MISSING = auto()
    TOKEN_REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and where the rest begins; no cursor where there is no more."""

    items: tuple[Json, ...]
    next_cursor: str | None


def read_document(response: Response) -> Json | Verdict:
    """One object, or that there is none; raises ``BackendError``."""
    if response.status == 200:
        return _object(response, _JSON)
    return _trouble(response)


def read_page(response: Response) -> Page | Verdict:
    """One page of a list, or that nobody of that number is known; raises ``BackendError``, ``KeyError``."""
    if response.status != 200:
        return _trouble(response)
    document = _object(response, _JSON)
    # A page that does not say whether there is more may have been cut short.
    cursor, items = document["next_cursor"], document["items"]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BackendGarbled
    if cursor is not None and not (isinstance(cursor, str) and 0 < len(cursor) <= _LONGEST_CURSOR):
        raise BackendGarbled
    return Page(tuple(items), cursor)


def _trouble(response: Response) -> Verdict:
    """What a status other than 200 says: a token no longer taken, nobody, no, or out of order."""
    status = response.status
    if status == 401:
        return Verdict.TOKEN_REFUSED
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
    return Verdict.MISSING


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
