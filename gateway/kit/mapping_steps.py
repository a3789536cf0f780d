"""How a field map came by each value, step by step: the path, what stood there, the converters, the result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.field_map.model import FieldMap, Rule
from gateway.field_map.paths import BadPath, parse, reader
from gateway.field_map.scope import Unfit


@dataclass(frozen=True, slots=True)
class MappingStep:
    """``field`` of the record, ``key`` of the name plate; ``raw`` is ``None`` where nothing stood at the path."""

    field: str
    key: str
    path: str
    raw: Any
    converters: str


def mapping_steps(service: str, field_map: FieldMap, item: Mapping[str, Any]) -> Iterator[MappingStep]:
    """Each path that the rules of the map look at in one item of an answer, in the order of the name plate."""
    for name, rule in field_map.answer.fields.items():
        yield from _steps(rule, name, f"services.{service}.map.answer.fields.{name}", item, item)


def _steps(rule: Rule, field: str, key: str, node: Any, item: Mapping[str, Any]) -> Iterator[MappingStep]:
    found = _value(rule.path, node, item) if rule.path else node
    if rule.path is not None and not rule.fields:
        yield MappingStep(field, key, rule.path, found, _written(rule))
    for name, part in rule.fields.items():
        for place, each in _nodes(rule, found, item):
            yield from _steps(part, f"{field}{place}.{name}", f"{key}.fields.{name}", each, item)
    for kind in ("either", "one_of", "join"):
        for number, inner in enumerate(getattr(rule, kind)):
            at = f"{field}[{number}]" if kind == "join" else field
            yield from _steps(inner, at, f"{key}.{kind}[{number}]", found, item)


def _nodes(rule: Rule, found: Any, item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the rule's fields start at: the items of a list with ``each``, else the part itself."""
    if rule.each is None:
        yield "", found
        return
    listed = _value(rule.each, found, item)
    for place, each in enumerate(listed if isinstance(listed, list) else ()):
        yield f"[{place}]", each


def _value(path: str, node: Any, item: Mapping[str, Any]) -> Any:
    start, rest = (item, path.removeprefix("$.").removeprefix("$") or "@") if path.startswith("$") else (node, path)
    try:
        return reader(parse(rest))(start)
    except (BadPath, Unfit):
        return None


def _written(rule: Rule) -> str:
    """The converters as the name plate writes them."""
    names = (each if isinstance(each, str) else " ".join(f"{name}:{{…}}" for name in each) for each in rule.convert)
    return " → ".join(names)
