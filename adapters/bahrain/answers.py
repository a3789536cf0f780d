"""What an answer of Bahrain means, before anybody reads what it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, Response, TokenRefused, read_json

Json = Mapping[str, Any]
NOT_FOUND: Final = "NOT_FOUND"
PDF: Final = "application/pdf"

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_CODE: Final = re.compile(r"[A-Z][A-Z_]{1,39}")
_FILE_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
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


def read_application(response: Response) -> Json:
    """An application as it stands; raises ``BackendError``: one that is not known there is refused."""
    if response.status in (200, 201):
        return _object(response, _JSON)
    _expect_nothing(response)
    raise BackendRefused(reason=NOT_FOUND)


def read_file_id(response: Response) -> str:
    """Under what id a file was taken in; raises ``BackendError``, ``KeyError``."""
    file_id = read_application(response)["file_id"]
    if not isinstance(file_id, str) or not _FILE_ID.fullmatch(file_id):
        raise BackendGarbled
    return file_id


def check_document(status: int, headers: Mapping[str, str]) -> int | None:
    """The length of a document, where it is told; raises ``BackendError`` where no PDF follows."""
    if status == 401:
        raise TokenRefused
    if status >= 500:
        raise BackendDown
    if status >= 400:
        raise BackendRefused(reason=f"status_{status}")
    if status != 200 or _media_type(headers) != PDF:
        raise BackendGarbled
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


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
    if _media_type(response.headers) != media_type:
        raise BackendGarbled
    document = read_json(response.body)
    if not isinstance(document, dict):
        raise BackendGarbled
    return document


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _code(problem: Json) -> str:
    """The problem's own code; its title and detail stay behind, for they may name a person."""
    code = problem.get("code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "unknown"
