"""What rules become when they are compiled: closures that walk one answer."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from gateway.field_map.day_converters import DATE_NOT_CONVERTED, compared, hijri_day
from gateway.field_map.kinds import HijriDay, Step
from gateway.field_map.parts import Part
from gateway.field_map.paths import Get, Rows, member
from gateway.field_map.scope import MOST_PARTS, Scope, Unfit, Unknown
from gateway.field_map.value_converters import OTHERWISE, key_of


def read(get: Get, convert: Step | None) -> Step:
    """The value at a path, converted where it is there."""
    if convert is None:
        return get
    if isinstance(get, partial) and get.func is member:
        return _member_read(get.args[0], convert)

    def step(node: Any, scope: Scope) -> Any:
        value = get(node, scope)
        return None if value is None else convert(value, scope)

    return step


def _member_read(name: str, convert: Step) -> Step:
    """As ``read``, in one call where the path is a name: that is most of what a record costs."""

    def step(node: Any, scope: Scope) -> Any:
        if type(node) is not dict:
            raise Unfit("is not an object")
        value = node.get(name)
        return None if value is None else convert(value, scope)

    return step


def after(first: Step, then: Step | None) -> Step:
    """One after another, where the first gives something."""
    return first if then is None else read(first, then)


def either(choices: Sequence[Step]) -> Step:
    """What the first gives that finds something."""

    def step(node: Any, scope: Scope) -> Any:
        for choice in choices:
            value = choice(node, scope)
            if value is not None:
                return value
        return None

    return step


def one_of(choices: Sequence[Step]) -> Step:
    """What the only one gives that finds something."""

    def step(node: Any, scope: Scope) -> Any:
        found = [value for value in (choice(node, scope) for choice in choices) if value is not None]
        if len(found) > 1:
            raise Unfit("has more than one value")
        return found[0] if found else None

    return step


def chosen(get: Get, rules: Mapping[str, Step]) -> Step:
    """What the rule gives that a word of the answer names; ``""`` is the rule where there is no word."""
    others, none = rules.get(OTHERWISE), rules.get("")

    def step(node: Any, scope: Scope) -> Any:
        word = get(node, scope)
        key = None if word is None else key_of(word)
        rule = none if key is None else rules.get(key, others)
        if rule is not None:
            return rule(node, scope)
        if key is not None:
            raise Unknown("is a word that is on no list")
        return None

    return step


def noted(step: Step, note: str, absent: bool) -> Step:
    """A value that is not known is noted and left out; so is one that is absent, where that is to be noted."""

    def run(node: Any, scope: Scope) -> Any:
        try:
            value = step(node, scope)
        except Unknown:
            scope.notes.add(note)
            return None
        if value is None and absent:
            scope.notes.add(note)
        return value

    return run


def otherwise(step: Step, value: Any) -> Step:
    """A value where there is none."""

    def run(node: Any, scope: Scope) -> Any:
        found = step(node, scope)
        return value if found is None else found

    return run


def pair(first: Step, second: Step) -> Step:
    """A day and its other writing; a Hijri one that stands alone is converted."""

    def run(node: Any, scope: Scope) -> Any:
        day, other = first(node, scope), second(node, scope)
        if other is None:
            return day
        if day is not None:
            return compared(day, other, scope.notes)
        if not isinstance(other, HijriDay):
            return None
        try:
            return hijri_day(other)
        except Unknown:
            scope.notes.add(DATE_NOT_CONVERTED)
            return None

    return run


def part(kind: Part, base: Get | None, fields: Mapping[str, Step], literals: frozenset[str]) -> Step:
    """A part of a record, ``None`` where the answer says nothing of it."""
    steps, needed = tuple(fields.items()), tuple(name for name, target in kind.fields.items() if target.needed)

    def run(node: Any, scope: Scope) -> Any:
        if base is not None:
            node = base(node, scope)
            if node is None:
                return None
        values = filled(steps, node, scope)
        if kind.key not in values if kind.key else literals.issuperset(values):
            return None
        require(needed, values)
        return kind.make(values, scope)

    return run


def filled(steps: Sequence[tuple[str, Step]], node: Any, scope: Scope) -> dict[str, Any]:
    """The values of the fields that the answer has; what is wrong is told with the field's name."""
    values = {}
    for name, step in steps:
        try:
            value = step(node, scope)
        except Unfit as problem:
            raise problem.within(name) from None
        if value is not None:
            values[name] = value
    return values


def require(needed: Sequence[str], values: Mapping[str, Any]) -> None:
    """Raises ``Unfit`` with the name of a field that is needed and not there."""
    for name in needed:
        if name not in values:
            raise Unfit("is missing").within(name)


def each(rows: Rows, item: Step, cost: int) -> Step:
    """Each item of a list, ``None`` where it is empty; one of which nothing can be made is an error."""

    def run(node: Any, scope: Scope) -> tuple[Any, ...] | None:
        found = rows(node, scope)
        if not found:
            return None
        if len(found) > MOST_PARTS:
            raise Unfit("holds too many items")
        scope.fuel.spend(cost * len(found))
        values = tuple(item(row, scope) for row in found if row is not None)
        if len(values) < len(found) or None in values:
            raise Unfit("holds an item without what it is known by")
        return values

    return run


def alone(item: Step) -> Step:
    """A list of the one value."""

    def run(node: Any, scope: Scope) -> tuple[Any, ...] | None:
        value = item(node, scope)
        return None if value is None else (value,)

    return run


def joined_lists(lists: Sequence[Step]) -> Step:
    """Several lists as one."""
    return lambda node, scope: tuple(value for one in lists for value in one(node, scope) or ()) or None
