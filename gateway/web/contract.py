"""The public contract: each operation is declared once, and both the router and /openapi.json are made of it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COMMON_CODES = (
    (400, "bad_request"),
    (400, "unknown_host"),
    (431, "headers_too_large"),
    (500, "internal"),
    (503, "unavailable"),
)
"""What any operation can answer with, whatever it does."""

_PATTERN = re.compile(r":[^{}]*(\{[^{}]*\}[^{}]*)*\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in the path, the query or a header; its sentence is ``api.parameter.<name>``."""

    name: str
    place: str
    schema: dict[str, Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    ``name`` is the operationId and the key of its sentences (``api.<name>.title``, ``.text``, ``.answer``). ``body``
    and ``answer`` are models, or a media type where the answer is not JSON; ``media_type`` is that of the model when
    it has one of its own, ``also`` are further ones that the same answer comes in. ``codes`` are the problem codes
    that the operation can answer with, each with its HTTP status; ``COMMON_CODES`` go without saying. ``example`` is
    a body; ``takes`` are the media types of a body that is a file.
    """

    name: str
    method: str
    path: str
    handler: Handler
    answer: type[BaseModel] | str
    body: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    secured: bool = False
    codes: tuple[tuple[int, str], ...] = ()
    status: int = 200
    example: Any = None
    media_type: str = "application/json"
    also: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The path with its gaps as OpenAPI writes them, without the router's patterns: ``/ledger/tile/{path}``."""
        return _PATTERN.sub("}", self.path)

    @property
    def every_code(self) -> Mapping[int, tuple[str, ...]]:
        """The problem codes by HTTP status, in the order of the statuses."""
        found: dict[int, dict[str, None]] = {}
        for status, code in sorted((*self.codes, *COMMON_CODES), key=lambda pair: pair[0]):
            found.setdefault(status, {})[code] = None
        return {status: tuple(codes) for status, codes in found.items()}


def mount(app: web.Application, operations: Sequence[Operation]) -> None:
    """Adds every operation to the router; a GET answers HEAD as well."""
    for operation in operations:
        if operation.method == "GET":
            app.router.add_get(operation.path, operation.handler)
        else:
            app.router.add_route(operation.method, operation.path, operation.handler)


def path_parameter(name: str, **schema: Any) -> Parameter:
    """A part of the path."""
    return Parameter(name, "path", {"type": "string", **schema}, required=True)


def query_parameter(name: str, **schema: Any) -> Parameter:
    """A part of the query."""
    return Parameter(name, "query", {"type": "string", **schema})
