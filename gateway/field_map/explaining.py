"""What a map makes of one item, field by field: for whoever writes one and wonders why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.field_map.compiling import compile_map
from gateway.field_map.model import FieldMap, Rule
from gateway.field_map.paths import getter, parse
from gateway.field_map.scope import Fuel, Scope, Unfit
from gateway.sdk import Ask


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: what stood at ``path``, what the field got, what was noted of it, and why it could not be read.

    ``path`` and ``came`` are ``None`` where the field is made of other rules. Both ``came`` and ``gave`` may be
    personal.
    """

    field: str
    path: str | None
    came: Any
    gave: Any
    notes: tuple[str, ...] = ()
    problem: str | None = None


def explain(field_map: FieldMap, kind: str, item: Mapping[str, Any], ask: Ask) -> list[Explained]:
    """Every field of the map in its order; the map must be one that ``check`` finds nothing wrong with."""
    made = compile_map(field_map, kind, ask.country)
    if isinstance(made, list):
        raise ValueError(f"{made[0].key} {made[0].problem}")
    return [
        _explained(name, field_map.answer.fields[name], step, Scope(ask, item, set(), Fuel()))
        for name, step in made.fields.items()
    ]


def _explained(name: str, rule: Rule, step: Any, scope: Scope) -> Explained:
    came = gave = problem = None
    try:
        came = getter(parse(rule.path))(scope.root, scope) if rule.path is not None else None
        gave = step(scope.root, scope)
    except ValueError as refusal:
        # What the shared schema refuses is told by its kind: its words repeat the value.
        inner = f"{refusal.at} " if isinstance(refusal, Unfit) and refusal.at else ""
        problem = f"{inner}{refusal}" if isinstance(refusal, Unfit) else type(refusal).__name__
    return Explained(name, rule.path, came, gave, tuple(sorted(scope.notes)), problem)
