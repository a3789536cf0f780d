"""What is different between two versions, field by field, also in words."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Row

from gateway.agencies.reading import pointer
from gateway.schema.base import Frozen
from gateway.schema.text import Text

Group = Literal["plate", "services", "maps", "definitions", "cases"]
GROUPS: Final[tuple[Group, ...]] = ("plate", "services", "maps", "definitions", "cases")
Kind = Literal["added", "removed", "changed"]
SHOWN: Final = 400
MOST: Final = 2000
"""Differences that are told one by one; who has changed more has written another adapter."""

_ABSENT: Final = object()


class VersionDifference(Frozen):
    """One field: `before` and `after` are JSON, cut short where they are long, null where it was or is not there."""

    group: Group
    field: str
    kind: Kind
    before: str | None
    after: str | None
    words: Text


class VersionDiff(Frozen):
    """The differences of two versions; `complete` is false where there are more than are told."""

    adapter: str
    before: str
    after: str
    differences: tuple[VersionDifference, ...]
    complete: bool


Say = Callable[..., Text]
"""``both`` of the catalogue: a key and facts to a text in both languages."""


def compare(before: Row[Any], after: Row[Any], say: Say) -> VersionDiff:
    """Of two rows of ``registry_versions``, which hold no secrets; ``say`` puts a key with facts into words."""
    differences = _differences(orjson.loads(before.document), orjson.loads(after.document))
    # Only as many are put into words as are told.
    found = [_difference(*each, say) for each in islice(differences, MOST + 1)]
    return VersionDiff(
        adapter=before.adapter_id,
        before=before.version,
        after=after.version,
        differences=tuple(found[:MOST]),
        complete=len(found) <= MOST,
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[Group, str, Any, Any]]:
    """In the order of the groups.

    Definitions are told by their ids and cases by their promises: where they stand in their lists says nothing.
    """
    was, now = _parts(before), _parts(after)
    for group in GROUPS:
        at, part = now[group]
        yield from ((group, *each) for each in _walk(at, was[group][1], part))


def _parts(document: Mapping[str, Any]) -> dict[Group, tuple[str, Any]]:
    plate = dict(document["plate"])
    services = plate.pop("services")
    return {
        "plate": ("/plate", plate),
        "services": ("/plate/services", {name: _without_map(offer) for name, offer in services.items()}),
        "maps": ("/plate/services", {name: {"map": offer.get("map")} for name, offer in services.items()}),
        "definitions": ("/definitions", {each["id"]: each for each in document["definitions"]}),
        "cases": (
            "/cases",
            {name: {str(case.get("promise")): case for case in cases} for name, cases in document["cases"].items()},
        ),
    }


def _without_map(offer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in offer.items() if name != "map"}


def _walk(at: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Down to the fields that differ; a list of other length is told as one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from _walk(pointer(at, name), before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (was, now) in enumerate(zip(before, after, strict=True)):
            yield from _walk(pointer(at, place), was, now)
    elif before != after and not (before is _ABSENT and after == {"map": None}):
        yield at, before, after


def _difference(group: Group, field: str, before: Any, after: Any, say: Say) -> VersionDifference:
    was, now = _shown(before), _shown(after)
    kind: Kind = "added" if was is None else "removed" if now is None else "changed"
    words: Text = say(f"diff.{kind}", field=field, before=was or "", after=now or "")
    return VersionDifference(group=group, field=field, kind=kind, before=was, after=now, words=words)


def _shown(value: Any) -> str | None:
    if value is _ABSENT:
        return None
    text = orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
