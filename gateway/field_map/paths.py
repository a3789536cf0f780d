"""Where a value stands in a document: names, indexes and at most one projection, compiled once, always ending."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from gateway.field_map.scope import Scope, Unfit

MOST_STEPS: Final = 8
GRAMMAR: Final = 'names with dots between them, such as employer.name or "odd name"[0], with one [*] at most'

_PART: Final = re.compile(
    r'(?:(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|"(?P<quoted>[^"\\\x00-\x1f]{1,100})")(?P<marks>(?:\[(?:\*|[0-9]{1,3})\])*)'
)
_MARK: Final = re.compile(r"\[(\*|[0-9]{1,3})\]")

Get = Callable[[Any, Scope], Any]
Reader = Callable[[Any], Any]
Rows = Callable[[Any, Scope], list[Any] | None]


class BadPath(ValueError):
    """A path that is none."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path in its steps; ``rooted`` ones start at the item, ``tail`` is what follows the projection."""

    rooted: bool
    steps: tuple[str | int, ...]
    tail: tuple[str | int, ...] | None = None


def parse(text: str) -> Path:
    """The path that ``text`` writes; ``@`` is the value itself, ``$`` the item. Raises ``BadPath``."""
    rooted = text == "$" or text.startswith("$.")
    rest = text[2:] if rooted else "" if text == "@" else text
    steps, tail = list[str | int](), None
    at = 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None:
            raise BadPath
        into = steps if tail is None else tail
        into.append(found["name"] or found["quoted"])
        for mark in _MARK.findall(found["marks"]):
            if mark != "*":
                (steps if tail is None else tail).append(int(mark))
            elif tail is None:
                tail = list[str | int]()
            else:
                raise BadPath
        at = found.end()
        if at < len(rest):
            if rest[at] != "." or at + 1 == len(rest):
                raise BadPath
            at += 1
    if len(steps) + len(tail or ()) > MOST_STEPS or (not rest and text not in ("@", "$")):
        raise BadPath
    return Path(rooted, tuple(steps), None if tail is None else tuple(tail))


def getter(path: Path) -> Get:
    """Gives the value at a path without a projection, ``None`` where there is none.

    The getter raises ``Unfit`` where the document has another shape: a text where an object was said to be.
    """
    if path.tail is not None:
        raise BadPath
    if not path.rooted and len(path.steps) == 1 and isinstance(path.steps[0], str):
        return partial(member, path.steps[0])
    walk = _walker(path.steps)
    if path.rooted:
        return lambda _, scope: walk(scope.root)
    return lambda node, _: walk(node)


def member(name: str, node: Any, scope: Scope) -> Any:
    """The member of an object, the path that nearly all are."""
    if type(node) is not dict:
        raise Unfit("is not an object")
    return node.get(name)


def reader(path: Path) -> Reader:
    """As ``getter``, for a whole document, where there is no item yet for ``$`` to mean."""
    if path.tail is not None or path.rooted:
        raise BadPath
    return _walker(path.steps)


def presence(path: Path) -> Callable[[Any], bool]:
    """Whether a document has the member that a path ends with, be it ``null``."""
    *before, last = path.steps or ("",)
    walk = _walker(tuple(before))

    def present(document: Any) -> bool:
        holder = walk(document)
        return type(holder) is dict and last in holder

    return present


def rows_getter(path: Path) -> Rows:
    """Gives the list at a path, or that of all lists that a projection finds; ``None`` where there is none."""
    walk, tail = _walker(path.steps), _walker(path.tail or ())

    def rows(node: Any, scope: Scope) -> list[Any] | None:
        found = _list(walk(scope.root if path.rooted else node))
        if found is None or not path.tail:
            return found
        scope.fuel.spend(len(found))
        return [each for inner in found for each in _list(tail(inner)) or ()]

    return rows


def _walker(steps: tuple[str | int, ...]) -> Reader:
    def walk(node: Any) -> Any:
        for step in steps:
            if node is None:
                return None
            if isinstance(step, int):
                if type(node) is not list:
                    raise Unfit("is not a list")
                node = node[step] if step < len(node) else None
            else:
                if type(node) is not dict:
                    raise Unfit("is not an object")
                node = node.get(step)
        return node

    return walk


def _list(node: Any) -> list[Any] | None:
    if node is not None and type(node) is not list:
        raise Unfit("is not a list")
    return node
