"""Strict readers of what strangers send: JSON, XML and CSV, each within bounds."""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from lxml import etree

from gateway.errors import BackendGarbled

MAX_DEPTH = 64
MAX_DIGITS = 40
MAX_ELEMENTS = 200_000
MAX_ROWS = 100_000
MAX_FIELD = 131_072
BOM = b"\xef\xbb\xbf"

_SHAPE = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]')


class MalformedJson(ValueError):
    """The text is not strict JSON; ``code`` is the problem code that says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def parse_json(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of ``data``, UTF-8 without a byte order mark.

    Raises ``MalformedJson`` with the code ``json_too_deep``, ``duplicate_key``, ``bad_text`` (lone surrogates,
    other encodings) or ``malformed_json`` (also for NaN, infinities and numbers of more than 40 digits).
    """
    if _too_deep(data, max_depth):
        raise MalformedJson("json_too_deep")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise MalformedJson("bad_text") from problem
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer, parse_float=_float
        )
    except MalformedJson:
        raise
    except ValueError as problem:
        raise MalformedJson("malformed_json") from problem
    if b"\\u" in data:
        _refuse_surrogates(value)
    return value


def read_json(body: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """As ``parse_json``, for a national system's answer; raises ``BackendGarbled``."""
    try:
        return parse_json(body, max_depth=max_depth)
    except MalformedJson as problem:
        raise BackendGarbled from problem


def read_xml(body: bytes, *, max_depth: int = MAX_DEPTH) -> etree._Element:
    """The root of a document in UTF-8 without a document type, entities, processing instructions or comments.

    A comment could split a value in two for one reader and not for another, so it is refused with the rest.
    Raises ``BackendGarbled``.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False, encoding="utf-8"
    )
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:
        raise BackendGarbled
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise BackendGarbled from problem
    _check_tree(root, max_depth)
    return root


def read_csv(body: bytes, *, delimiter: str = ";", max_rows: int = MAX_ROWS) -> Sequence[Sequence[str]]:
    """The rows of a table in UTF-8, with or without a byte order mark; raises ``BackendGarbled``."""
    try:
        text = body.removeprefix(BOM).decode("utf-8")
        rows = []
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
            if len(rows) > max_rows:
                raise BackendGarbled
    except (UnicodeDecodeError, csv.Error) as problem:
        raise BackendGarbled from problem
    return rows


def _too_deep(data: bytes, allowed: int) -> bool:
    """Counted before parsing: the parser recurses, and would run out of stack instead of saying no."""
    if data.count(b"[") + data.count(b"{") <= allowed:
        return False
    depth = 0
    for match in _SHAPE.finditer(data):
        mark = match.group()
        if mark in (b"[", b"{"):
            depth += 1
            if depth > allowed:
                return True
        elif mark in (b"]", b"}"):
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("duplicate_key")
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedJson("malformed_json")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if len(digits) > MAX_DIGITS or value in (float("inf"), float("-inf")):
        raise MalformedJson("malformed_json")
    return value


def _refuse(_constant: str) -> NoReturn:
    raise MalformedJson("malformed_json")


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as problem:
        raise MalformedJson("bad_text") from problem


def _check_tree(root: etree._Element, max_depth: int) -> None:
    depth = elements = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "end":
            depth -= 1
            continue
        if not isinstance(element.tag, str):
            raise BackendGarbled
        depth, elements = depth + 1, elements + 1
        if depth > max_depth or elements > MAX_ELEMENTS:
            raise BackendGarbled
