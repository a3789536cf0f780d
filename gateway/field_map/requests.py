"""Requests compiled: from an ask to path, headers and body, in which nothing that was asked can break out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from pydantic import JsonValue

from gateway.field_map.findings import Findings
from gateway.field_map.model import Exchange, Request
from gateway.field_map.terms import Asked, Nothing, Template, Term, Terms
from gateway.sdk.request import RequestHead, UnsafeRequest

_HEAD: Final = RequestHead("example", "")
_RESERVED: Final = frozenset({"authorization", "cookie", "content-type"})
_FORM: Final = "application/x-www-form-urlencoded"
_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%") + " "
_MOST_BODY_DEPTH: Final = 6

Body = Any


@dataclass(frozen=True, slots=True)
class Compiled:
    """What is sent: where, and with what; ``needed`` are the terms without which it is not this request."""

    endpoint: str
    method: str
    path: Template
    query: tuple[tuple[str, Template], ...]
    headers: Mapping[str, Template]
    body: Body
    form: bool
    needed: tuple[Term, ...]

    def usable(self, asked: Asked) -> bool:
        """Whether every term that it needs is there; raises ``Nothing``."""
        return all(term(asked) is not None for term in self.needed)

    def target(self, asked: Asked, more: Mapping[str, str]) -> str:
        """Path and query, ``more`` parameters at its end; raises ``Nothing`` where a term of the path is none."""
        path = self.path.fill(asked, _segment)
        if path is None:
            raise Nothing
        pairs = [(name, value) for name, template in self.query if (value := template.fill(asked)) is not None]
        pairs += more.items()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def head(self, asked: Asked, accept: str) -> dict[str, str]:
        """The headers; one whose term is absent is left out."""
        headers = {"Accept": accept}
        if self.body is not None:
            headers["Content-Type"] = _FORM if self.form else "application/json"
        for name, template in self.headers.items():
            value = template.fill(asked, _header)
            if value is not None:
                headers[name] = value
        return headers

    def content(self, asked: Asked) -> bytes:
        """The body; a member whose term is absent is left out."""
        if self.body is None:
            return b""
        filled = _filled(self.body, asked)
        if self.form:
            return urlencode({name: str(value) for name, value in filled.items()}).encode("ascii")
        return orjson.dumps(filled)


def compile_request(request: Request, terms: Terms, key: str, findings: Findings) -> Compiled | None:
    """A request; ``None`` where there are findings."""
    exchange = compile_exchange(request, terms, key, findings, request.endpoint, request.method)
    needed = [terms.term(each, f"{key}.needs[{place}]") for place, each in enumerate(request.needs)]
    body = None
    if request.body is not None:
        if request.method == "GET":
            findings.said(f"{key}.body", "a body", "none with GET")
        body = _body(request.body, terms, f"{key}.body", findings, 0, flat=request.body_type == "form")
    if exchange is None:
        return None
    return Compiled(
        exchange.endpoint,
        exchange.method,
        exchange.path,
        exchange.query,
        exchange.headers,
        body,
        request.body_type == "form",
        (*exchange.needed, *(each for each in needed if each)),
    )


def compile_exchange(
    exchange: Exchange, terms: Terms, key: str, findings: Findings, endpoint: str, method: str = "GET"
) -> Compiled | None:
    """What requests and those for details have in common; ``None`` where there are findings."""
    path = terms.template(exchange.path, f"{key}.path")
    query = [(name, terms.template(each, f"{key}.query.{name}")) for name, each in exchange.query.items()]
    headers = {name: terms.template(each, f"{key}.headers.{name}") for name, each in exchange.headers.items()}
    if path is not None and not _sendable_path(path):
        findings.add(
            f"{key}.path", exchange.path, "a path of plain ASCII, without query, fragment, spaces or dot segments"
        )
    for name, template in headers.items():
        _check_header(name, template, f"{key}.headers.{name}", findings)
    if path is None:
        return None
    return Compiled(
        endpoint,
        method,
        path,
        tuple((name, each) for name, each in query if each),
        {name: each for name, each in headers.items() if each},
        None,
        False,
        tuple(part for part in path.parts if not isinstance(part, str)),
    )


def is_free_header(name: str) -> bool:
    """Whether a map may set a header of that name at all."""
    try:
        _HEAD.request("GET", "/", {name: ""}, b"")
    except UnsafeRequest:
        return False
    return True


def _sendable_path(path: Template) -> bool:
    example = "".join(part if isinstance(part, str) else "x" for part in path.parts)
    if "?" in example or "%" in example:
        return False
    try:
        _HEAD.request("GET", example, {}, b"")
    except UnsafeRequest:
        return False
    return True


def _check_header(name: str, template: Template | None, key: str, findings: Findings) -> None:
    fixed = "".join(part for part in template.parts if isinstance(part, str)) if template else ""
    try:
        _HEAD.request("GET", "/", {name: fixed}, b"")
    except UnsafeRequest as problem:
        findings.said(key, str(problem), "a header of printable ASCII that is not the transport's own")
    if name.lower() in _RESERVED:
        findings.said(key, name, "a header that neither authentication nor the body sets")


def _body(value: JsonValue, terms: Terms, key: str, findings: Findings, depth: int, *, flat: bool) -> Body:
    """The template of a body: every text in it is one with terms."""
    if depth > _MOST_BODY_DEPTH:
        findings.said(key, "a body too deep", f"{_MOST_BODY_DEPTH} levels at most")
        return None
    if isinstance(value, str):
        return terms.template(value, key)
    if flat and depth == 1:
        findings.said(key, "a value that is no text", "text, in a form")
        return None
    if isinstance(value, dict):
        return {
            name: _body(each, terms, f"{key}.{name}", findings, depth + 1, flat=flat) for name, each in value.items()
        }
    if isinstance(value, list):
        return [
            _body(each, terms, f"{key}[{place}]", findings, depth + 1, flat=flat) for place, each in enumerate(value)
        ]
    return value


def _filled(body: Body, asked: Asked) -> Any:
    """The body with terms; a text that is one term alone keeps the kind of its value, a number say."""
    if isinstance(body, Template):
        alone = body.term
        return alone(asked) if alone else body.fill(asked)
    if isinstance(body, dict):
        pairs = ((name, _filled(each, asked)) for name, each in body.items())
        return {name: value for name, value in pairs if value is not None}
    if isinstance(body, list):
        return [value for value in (_filled(each, asked) for each in body) if value is not None]
    return body


def _segment(value: str) -> str:
    """A value as a part of one segment of a path; what is only dots, or nothing, names nothing there."""
    if not value.strip("."):
        raise Nothing
    return quote(value, safe="")


def _header(value: str) -> str:
    """A value as it may stand in a header: what is not printable ASCII is percent-encoded."""
    return quote(value, safe=_PRINTABLE)
