"""JSON read strictly: what two readers could understand in two ways is refused."""

import json
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

import orjson

from gateway.errors import BackendGarbled

MAX_DEPTH: Final = 32
_CONTAINERS: Final = frozenset((dict, list))
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_INTEGER_BITS: Final = 64
_FRACTION_LENGTH: Final = 64
_LARGEST_EXPONENT: Final = 300


class MalformedJson(ValueError):
    """``code`` says why: ``malformed_json``, ``json_too_deep``, ``duplicate_key`` or ``bad_text``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_json(body: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The document that a national system sent; raises ``BackendGarbled`` where it cannot be believed.

    Numbers with a fraction or an exponent are ``Decimal``, never binary floating point.
    """
    try:
        return parse_json(body, max_depth=max_depth)
    except MalformedJson as problem:
        raise BackendGarbled(reason=problem.code) from problem


def parse_json(body: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """``body`` as objects, lists, text, ``int``, ``Decimal``, booleans and ``None``; raises ``MalformedJson``.

    Refused are: other encodings than UTF-8, a byte order mark, lone surrogates, a name that stands twice in one
    object, NaN and infinity, integers beyond 64 bits, fractions of more than 64 characters, and more than
    ``max_depth`` levels of objects and lists.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise MalformedJson(_cause(body, problem, max_depth)) from problem
    fractions = _has_fractions(document, max_depth)
    # Of two equal names the reader keeps the last, so that what is written again has fewer strings.
    if _quotation_marks(body) != _quotation_marks(orjson.dumps(document)):
        raise MalformedJson("duplicate_key")
    return _read_exactly(body) if fractions else document


def _has_fractions(document: Any, max_depth: int) -> bool:
    """Whether a number was read as binary floating point; judges the depth on the way, level by level."""
    fractions = False
    level: list[Any] = [document]
    for _ in range(max_depth + 1):
        kinds = set(map(type, level))
        fractions = fractions or float in kinds
        if kinds.isdisjoint(_CONTAINERS):
            return fractions
        inner: list[Any] = []
        for value in level:
            if type(value) is dict:
                inner += value.values()
            elif type(value) is list:
                inner += value
        level = inner
    raise MalformedJson("json_too_deep")


def _quotation_marks(body: bytes) -> int:
    if b"\\" not in body:
        return body.count(b'"')
    # Escapes pair up from the left, so without the escaped backslashes every backslash left escapes what follows it.
    return body.replace(b"\\\\", b"").replace(b'\\"', b"").count(b'"')


def _read_exactly(body: bytes) -> Any:
    """The document again, each number as it is written; its syntax and depth have been judged."""
    return json.loads(body, parse_int=_integer, parse_float=_fraction, parse_constant=_no_number)


def _integer(text: str) -> int:
    value = int(text) if len(text) < _INTEGER_BITS else 1 << _INTEGER_BITS
    if value.bit_length() > _INTEGER_BITS:
        raise MalformedJson("malformed_json")
    return value


def _fraction(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= _FRACTION_LENGTH else Decimal("inf")
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise MalformedJson("malformed_json")
    return value


def _no_number(text: str) -> NoReturn:
    raise MalformedJson("malformed_json")


def _cause(body: bytes, problem: orjson.JSONDecodeError, max_depth: int) -> str:
    if _is_deeper(body, max_depth):
        return "json_too_deep"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "bad_text"
    return "bad_text" if "surrogate" in problem.msg else "malformed_json"


def _is_deeper(body: bytes, max_depth: int) -> bool:
    depth = 0
    for mark in re.findall(rb"[\[{\]}]", _STRING.sub(b"", body)):
        depth += 1 if mark in b"[{" else -1
        if depth > max_depth:
            return True
    return False
