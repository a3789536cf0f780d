"""A service's inputs folded to one form and judged by its schema, which is compiled once."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from gateway.errors import BadRequest, ConfigurationError, InvalidInput
from gateway.registry.input_schema import MAX_DEPTH, check_schema
from gateway.schema.digits import fold_digits

_CODES: Mapping[str, str] = {
    "required": "field_missing",
    "additionalProperties": "field_unknown",
    "type": "field_type",
    "pattern": "field_format",
    "format": "field_format",
    "enum": "field_choice",
    "const": "field_choice",
    "maxLength": "field_too_long",
    "minLength": "field_too_short",
    "maxItems": "field_too_many",
    "minItems": "field_too_few",
    "uniqueItems": "field_repeated",
    "minimum": "field_out_of_range",
    "maximum": "field_out_of_range",
}
INPUT_CODES = ("invalid_input", "field_order", *dict.fromkeys(_CODES.values()))
"""Every code that ``Inputs.check`` raises ``InvalidInput`` with; ``bad_text`` is a ``BadRequest``."""

# Controls (white space too: no input has more than one line), marks of direction, halves of UTF-16 pairs.
_BAD_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# A name longer than this is not echoed: the error then points at what holds it.
_LONGEST_NAME = 64
# The automata of one pattern, in bytes; a repetition counted in millions does not fit.
_PATTERN_BYTES = 262_144


class Inputs:
    """The compiled schema of one service's inputs.

    Raises ``ConfigurationError`` naming the keyword when the schema may not be used.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        check_schema(schema)
        self._validator = compile_schema(schema)
        self._order = tuple(_order_rules("", schema))
        self._takes_nothing = self._validator.is_valid({})

    def check(self, inputs: Mapping[str, Any], at: str = "/inputs") -> dict[str, Any]:
        """A new dictionary: digits in ASCII, text in Unicode NFC and trimmed, everything as the schema says.

        Raises ``InvalidInput`` with one of ``INPUT_CODES`` and ``BadRequest`` with ``bad_text``; ``field`` is the
        JSON Pointer of the first wrong field, ``at`` standing for the inputs.
        """
        if not inputs and self._takes_nothing:
            return {}
        folded: dict[str, Any] = _fold(inputs, at, 0)
        if not self._validator.is_valid(folded):
            _refuse(next(self._validator.iter_errors(folded)), at)
        for place, earlier, later in self._order:
            _check_order(folded, at, place, earlier, later)
        return folded


def compile_schema(schema: Mapping[str, Any]) -> Draft202012Validator:
    """The validator of a schema; nothing is fetched, and a text is matched in time linear in its length.

    Raises ``ConfigurationError`` when a keyword is malformed, a reference leads out of the schema or a pattern
    cannot be matched in linear time.
    """
    try:
        return Draft202012Validator(
            dict(schema),
            validate_formats=True,
            ignore_unknown_formats=False,
            offline=True,
            pattern_options=RegexOptions(size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES),
        )
    except ValidationError as wrong:
        place = ".".join(["inputs", *map(str, wrong.instance_path)])
        raise ConfigurationError(field=place, problem=wrong.message) from wrong
    except ValueError as wrong:
        raise ConfigurationError(field="inputs", problem=str(wrong)) from wrong


def _fold(value: Any, pointer: str, depth: int) -> Any:
    if isinstance(value, str):
        return fold_text(value, pointer)
    if depth > MAX_DEPTH:
        raise InvalidInput("field_type", field=pointer)
    if isinstance(value, Mapping):
        return {_name(name, pointer): _fold(item, pointer_to(pointer, name), depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_fold(item, f"{pointer}/{place}", depth + 1) for place, item in enumerate(value)]
    return value


def fold_text(text: str, pointer: str) -> str:
    """The text trimmed, in NFC, its digits in ASCII; raises ``BadRequest`` where it holds what cannot be seen."""
    if text.isascii() and text.isprintable():
        return text.strip()
    if _BAD_TEXT.search(text):
        raise BadRequest("bad_text", field=pointer)
    return fold_digits(unicodedata.normalize("NFC", text)).strip()


def _name(name: str, pointer: str) -> str:
    if _BAD_TEXT.search(name):
        raise BadRequest("bad_text", field=pointer)
    return name


def _refuse(error: ValidationError, at: str) -> NoReturn:
    keyword = error.kind.name
    pointer = at
    for step in error.instance_path:
        pointer = pointer_to(pointer, step)
    if keyword == "required":
        pointer = pointer_to(pointer, error.kind.property)  # type: ignore[attr-defined]
    elif keyword == "additionalProperties":
        pointer = pointer_to(pointer, error.kind.unexpected[0])  # type: ignore[attr-defined]
    raise InvalidInput(_CODES.get(keyword, "invalid_input"), field=pointer)


def pointer_to(pointer: str, step: str | int) -> str:
    """The pointer one step further (RFC 6901); raises ``BadRequest`` where the name holds what cannot be seen."""
    name = _name(str(step), pointer)
    if len(name) > _LONGEST_NAME:
        return pointer
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def _order_rules(place: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each ``x-not-before`` as the pointer of the object it stands in, the earlier field and the later one."""
    for name, field in schema.get("properties", {}).items():
        if "x-not-before" in field:
            yield place, field["x-not-before"], name
        yield from _order_rules(f"{place}/{name}", field)


def _check_order(folded: Mapping[str, Any], at: str, place: str, earlier: str, later: str) -> None:
    holder: Any = folded
    for step in place.split("/")[1:]:
        holder = holder.get(step, {})
    if earlier in holder and later in holder and holder[later] < holder[earlier]:
        raise InvalidInput("field_order", field=pointer_to(at + place, later), earlier=pointer_to(at + place, earlier))
