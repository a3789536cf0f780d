"""What an answer means by its status, its media type and its codes, before anybody reads what it holds."""

import re
from typing import Any, Final

from gateway.errors import BackendDown, BackendGarbled, BackendRefused
from gateway.field_map.model import Answer, CodeShape, Problem, Said
from gateway.field_map.paths import Reader
from gateway.field_map.scope import MOST_VALUES
from gateway.field_map.value_converters import key_of
from gateway.sdk import Response, TokenRefused, read_json

SHAPES: Final[dict[CodeShape, re.Pattern[str]]] = {
    "upper": re.compile(r"[A-Z][A-Z_]{1,39}"),
    "lower": re.compile(r"[a-z][a-z_]{1,39}"),
    "dotted": re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,15}"),
    "digits": re.compile(r"[0-9]{1,10}"),
}
"""How codes are written; nothing else of a refusal is carried, for words may name a person."""


class Judge:
    """Judges the answers to one map's requests; ``bearer`` says whether a 401 means the token."""

    def __init__(self, answer: Answer, code: Reader | None, said: Reader | None, *, bearer: bool) -> None:
        self._statuses = frozenset(answer.statuses)
        self._media_type = answer.content_type.lower()
        self._absent = {each.status: frozenset(each.codes) for each in answer.absent}
        self._problem, self._code = answer.problem, code
        self._said, self._said_code = answer.said, said
        self._bearer = bearer
        self.accept = ", ".join(
            dict.fromkeys([answer.content_type, *([answer.problem.content_type] if answer.problem else [])])
        )

    def document(self, response: Response) -> Any | None:
        """The JSON of an answer, ``None`` where there is nothing; raises ``BackendError``."""
        status = response.status
        if status in self._statuses:
            return self._judged(_json(response, self._media_type))
        if status == 401 and self._bearer:
            raise TokenRefused
        if status >= 500:
            raise BackendDown(reason=f"status_{status}")
        codes = self._absent.get(status)
        if codes is not None and not codes and (self._problem is None or status < 400):
            return None
        if not 400 <= status < 500:
            raise BackendGarbled(reason=f"status_{status}")
        if self._problem is None or self._code is None:
            raise BackendRefused(reason=f"status_{status}")
        self._expect_nothing(self._problem, self._code, response, codes)
        return None

    def _expect_nothing(self, problem: Problem, get: Reader, response: Response, absent: frozenset[str] | None) -> None:
        """Passes where the refusal says that there is nothing; raises what any other says."""
        code = _code(get, _json(response, problem.content_type.lower()), problem.shape)
        if code is None and problem.needed:
            raise BackendGarbled(reason="no_code")
        if absent is None:
            raise BackendRefused(reason=code or "unknown")
        # Only the system's own word for it is an answer: a page that was not found may be an address that moved.
        if absent and code not in absent:
            raise BackendGarbled(reason=f"status_{response.status}")

    def _judged(self, document: Any) -> Any | None:
        if self._said is None or self._said_code is None:
            return document
        return document if _is_good(self._said, _code(self._said_code, document, self._said.shape)) else None


def _is_good(said: Said, code: str | None) -> bool:
    if code is None:
        raise BackendGarbled(reason="no_code")
    if code in said.good:
        return True
    if code in said.absent:
        return False
    raise BackendRefused(reason=code)


def _code(get: Reader, document: Any, shape: CodeShape) -> str | None:
    value = get(document)
    key = key_of(value) if isinstance(value, str | int) else None
    return key if key is not None and SHAPES[shape].fullmatch(key) else None


def _json(response: Response, media_type: str) -> Any:
    told = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told != media_type:
        raise BackendGarbled(reason="content_type")
    body = response.body
    # Each value but the first of its kind stands behind one of these.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        raise BackendGarbled(reason="too_many_values")
    return read_json(body)
