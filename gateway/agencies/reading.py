"""A submission as it was sent, read part by part, so that everything that is wrong with its form is said at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, Field, ValidationError

from gateway.errors import ConfigurationError, Finding
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.registry.submission import LARGEST
from gateway.schema.base import Frozen

MOST_CASES: Final = 200
MOST_FINDINGS: Final = 100
"""Whoever is told of so many has enough to begin with."""

SHOWN: Final = 80
Cases = Mapping[str, tuple[dict[str, Any], ...]]
ModelT = TypeVar("ModelT", bound=BaseModel)

_CODES: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "enum": "choice",
    "literal_error": "choice",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "string_pattern_mismatch": "format",
}
_BOUNDS: Final = frozenset({"expected", "max_length", "pattern"})


class NewVersion(Frozen):
    """A version as it is handed in: `plate` is the name plate, `definitions` are services that the catalogue has not.

    `cases` are acceptance cases by service. What each of them may hold is told on the page for adapter authors.
    """

    plate: dict[str, Any]
    definitions: tuple[dict[str, Any], ...] = Field((), max_length=100)
    cases: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict, max_length=100)


def read_plate(new: NewVersion, findings: list[Finding]) -> Manifest | None:
    """The name plate, or what is wrong with it."""
    return _read("/plate", new.plate, Manifest, findings)


def read_definitions(new: NewVersion, findings: list[Finding]) -> Sequence[Service]:
    """Those of the definitions that can be read; of the others it is said why not."""
    read = (_read(f"/definitions/{place}", each, Service, findings) for place, each in enumerate(new.definitions))
    return [service for service in read if service is not None]


def check_size(new: NewVersion, findings: list[Finding]) -> None:
    """How large the whole may be, and how many cases there may be."""
    size = len(orjson.dumps(new.model_dump(mode="json")))
    if size > LARGEST:
        findings.append(Finding("", "too_large", str(size), {"most": LARGEST}))
    cases = sum(len(each) for each in new.cases.values())
    if cases > MOST_CASES:
        findings.append(Finding("/cases", "too_many", str(cases), {"most": MOST_CASES}))


def shown(value: object) -> str:
    """What came, cut short where it is long."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def pointer(at: str, *steps: str | int) -> str:
    """A JSON Pointer (RFC 6901) further down."""
    return at + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _read(at: str, document: Mapping[str, Any], model: type[ModelT], findings: list[Finding]) -> ModelT | None:
    try:
        return model.model_validate_json(orjson.dumps(document))
    except ValidationError as problem:
        findings += [_said(at, dict(each)) for each in problem.errors(include_url=False)[:MOST_FINDINGS]]
    except ConfigurationError as problem:
        # Of the schema of a service's inputs, whose fields are written with dots.
        field = pointer(at, *(problem.field or "").split("."))
        findings.append(Finding(field, "unfit", "", {"detail": str(problem.facts["problem"])}))
    return None


def _said(at: str, error: Mapping[str, Any]) -> Finding:
    code = _CODES.get(error["type"])
    field = pointer(at, *error["loc"])
    # What holds a part that is wrong is long, and says nothing of it.
    came = "" if error["type"] == "missing" or isinstance(error["input"], dict | list) else shown(error["input"])
    if code is None:
        return Finding(field, "unfit", came, {"detail": str(error["msg"]).removeprefix("Value error, ")})
    context = {name: str(value) for name, value in error.get("ctx", {}).items() if name in _BOUNDS}
    if code in ("too_long", "too_many"):
        return Finding(field, code, came, {"most": context["max_length"]})
    if code in ("choice", "format"):
        return Finding(field, code, came, {"detail": context.get("expected") or context.get("pattern", "")})
    return Finding(field, code, came)
