"""The closed list of converters by name, and how a chain of them becomes one step."""

from typing import Any, Final

from pydantic import JsonValue

from gateway.field_map import day_converters, text_converters, value_converters
from gateway.field_map.findings import Findings
from gateway.field_map.kinds import Around, BadArgument, Given, Kind, Made, Sort, Step
from gateway.field_map.model import Converter
from gateway.field_map.scope import Scope
from gateway.field_map.text_converters import text

CONVERTERS: Final[dict[str, Sort]] = {**text_converters.SORTS, **day_converters.SORTS, **value_converters.SORTS}


def chain(written: tuple[Converter, ...], given: Given, key: str, around: Around, findings: Findings) -> Made | None:
    """The converters as one step from ``given``; ``None`` where there are findings."""
    steps: list[Step] = []
    for place, one in enumerate(written):
        made = _converter(one, given, f"{key}.convert[{place}]", around, findings)
        if made is None:
            return None
        steps += made[0]
        given = made[1]
    return joined(steps), given


def joined(steps: list[Step]) -> Step:
    """Steps as one; a value that is gone ends it."""
    if not steps:
        return _same
    if len(steps) == 1:
        return steps[0]
    first, rest = steps[0], tuple(steps[1:])

    def run(value: Any, scope: Scope) -> Any:
        value = first(value, scope)
        for step in rest:
            if value is None:
                return None
            value = step(value, scope)
        return value

    return run


def _same(value: Any, scope: Scope) -> Any:
    return value


def _converter(
    written: Converter, given: Given, key: str, around: Around, findings: Findings
) -> tuple[list[Step], Given] | None:
    name, argument = _split(written)
    sort = CONVERTERS.get(name)
    if sort is None:
        findings.add(key, name, "one of " + ", ".join(sorted(CONVERTERS)))
        return None
    try:
        step, gives = sort.make(argument, around)
    except BadArgument as problem:
        findings.add(key, written if isinstance(written, str) else str(written), f"{name} with {problem}")
        return None
    if given.kind in sort.takes:
        return [step], gives
    if given.kind is Kind.json and Kind.text in sort.takes:
        return [text, step], gives
    takes = " or ".join(sorted(kind.value for kind in sort.takes))
    findings.said(key, f"{name}, which takes {takes}", f"a converter that takes {given.kind.value}")
    return None


def _split(written: Converter) -> tuple[str, JsonValue]:
    """The name and what stands behind it; a table with more than one key is no converter."""
    if isinstance(written, str):
        name, colon, argument = written.partition(":")
        return name, argument if colon else None
    return next(iter(written.items())) if len(written) == 1 else ("", None)
