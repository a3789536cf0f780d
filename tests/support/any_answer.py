"""Answers that a national system should never give: a good one with some of its parts replaced, moved or gone."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Whatever the strict reader of JSON can give."""

_GONE = object()
Place = tuple[str | int, ...]


@st.composite
def spoilt(draw: st.DrawFn, good: Mapping[str, Any], most: int = 4) -> dict[str, Any]:
    """``good`` after up to ``most`` changes: a value of another kind, a value of another member, or none at all."""
    document = deepcopy(dict(good))
    for _ in range(draw(st.integers(0, most))):
        places = list(_places(document))
        if not places:
            break
        place = draw(st.sampled_from(places))
        moved = st.sampled_from(places).map(lambda other: deepcopy(_at(document, other)))
        _put(document, place, draw(JUNK | moved | st.just(_GONE)))
    return document


def _places(node: Any, path: Place = ()) -> Iterator[Place]:
    members: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(node, dict):
        members = iter(list(node.items()))
    elif isinstance(node, list):
        members = iter(list(enumerate(node)))
    for name, value in members:
        yield (*path, name)
        yield from _places(value, (*path, name))


def _at(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


def _put(document: Any, place: Place, value: object) -> None:
    holder = _at(document, place[:-1])
    if value is _GONE:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
