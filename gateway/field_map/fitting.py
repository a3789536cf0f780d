"""Whether what a rule gives is what a field takes, and the last step between the two."""

from typing import Any, Final

from pydantic import JsonValue

from gateway.field_map.day_converters import hijri_day
from gateway.field_map.kinds import Around, Given, Kind, Step
from gateway.field_map.parts import Target
from gateway.field_map.scope import Scope
from gateway.field_map.text_converters import text
from gateway.field_map.value_converters import gulf, number, truth, whole
from gateway.schema.country import Country
from gateway.schema.nationality import ALPHA2_BY_ALPHA3
from gateway.schema.text import PartialText, Text
from gateway.sdk.converters import identifier_of

_ALPHA2: Final = frozenset(ALPHA2_BY_ALPHA3.values())
_READ: Final[dict[Kind, Step]] = {Kind.text: text, Kind.whole: whole, Kind.number: number, Kind.boolean: truth}
"""How a value of the answer is read strictly where no converter says how."""


class NoFit(ValueError):
    """The text says what the field takes."""


def fit(given: Given, target: Target, around: Around) -> Step | None:
    """The step from one to the other, ``None`` where none is needed; raises ``NoFit``."""
    kind = target.kind
    if kind is Kind.code:
        if given.kind is Kind.code and given.words <= target.words:
            return None
        raise NoFit("code with words out of " + ", ".join(sorted(str(word) for word in target.words)))
    if given.kind is kind:
        return None
    if given.kind is Kind.json and kind in _READ:
        return _READ[kind]
    if kind is Kind.identifier and given.kind in (Kind.json, Kind.text):
        return _own_identifier(around.country, given.kind is Kind.json)
    step = _BETWEEN.get((given.kind, kind))
    if step is None or not _words_fit(given, kind):
        raise NoFit(_taken(target))
    return step


def literal(value: JsonValue, target: Target) -> Any:
    """A value that stands in the map, as the field takes it; raises ``NoFit``."""
    kind = target.kind
    if kind in (Kind.words, Kind.label) and isinstance(value, dict):
        return _both_languages(value, kind)
    if kind is Kind.code and isinstance(value, str | bool) and value in target.words:
        return value
    if kind is Kind.boolean and isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip():
        if kind is Kind.text:
            return value
        if kind is Kind.country and value in Country.__members__:
            return Country(value)
        if kind is Kind.nationality and value in _ALPHA2:
            return value
    raise NoFit(_taken(target, literally=True))


def _both_languages(value: dict[str, JsonValue], kind: Kind) -> PartialText | Text:
    model = Text if kind is Kind.label else PartialText
    try:
        return model.model_validate(value)
    except ValueError as problem:
        raise NoFit("a table of words, {ar = …, en = …}") from problem


def _own_identifier(country: Country, unread: bool) -> Step:
    def identify(value: Any, scope: Scope) -> Any:
        read = text(value) if unread else value
        return None if read is None else identifier_of(scope.ask, country, read)

    return identify


def _words_fit(given: Given, kind: Kind) -> bool:
    if given.kind is not Kind.code:
        return True
    if kind is Kind.boolean:
        return all(isinstance(word, bool) for word in given.words)
    if kind is Kind.country:
        return given.words <= set(Country.__members__)
    if kind is Kind.nationality:
        return given.words <= _ALPHA2
    return all(isinstance(word, str) for word in given.words)


def _taken(target: Target, *, literally: bool = False) -> str:
    said = f"one of {', '.join(sorted(str(word) for word in target.words))}" if target.words else target.kind.value
    return f"{said}, as this field takes" if not literally else f"{said} that can be written in a map"


def _same(value: Any, scope: Scope) -> Any:
    return value


_BETWEEN: Final[dict[tuple[Kind, Kind], Step]] = {
    (Kind.code, Kind.text): _same,
    (Kind.code, Kind.boolean): _same,
    (Kind.code, Kind.country): gulf,
    (Kind.code, Kind.nationality): _same,
    (Kind.country, Kind.nationality): lambda value, _: str(value),
    (Kind.hijri, Kind.day): hijri_day,
    (Kind.nationality, Kind.text): _same,
    (Kind.phone, Kind.text): _same,
    (Kind.whole, Kind.number): number,
}
