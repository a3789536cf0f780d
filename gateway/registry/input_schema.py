"""What a service's input schema may hold: a closed part of JSON Schema 2020-12 with words in both languages.

Keywords of our own, all optional but ``x-title``, which every property has:

==================  ====================================================================================
``x-title``         the field's name, ``{ar, en}``
``x-hint``          how to fill it in, ``{ar, en}``
``x-error``         what to say when it is wrong, ``{ar, en}``
``x-options``       the name of each value of ``enum``, ``{value: {ar, en}}``
``x-not-before``    the name of a sibling text field whose value may not come after this one's
==================  ====================================================================================

There are no references: a schema is written out in full, so nothing is ever fetched and nothing recurs.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.errors import ConfigurationError

MAX_DEPTH = 8
MAX_NODES = 200
MAX_OPTIONS = 250
MAX_PATTERN = 200
MAX_LENGTH = 4000

FORMATS = frozenset({"date", "date-time", "time", "email", "uuid"})
_BOUNDS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
_PLAIN = frozenset({"const", "minimum", "maximum", "uniqueItems"})
_TEXTS = frozenset({"x-title", "x-hint", "x-error"})
_KEYWORDS = (
    frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "format"})
    | frozenset({"x-options", "x-not-before"})
    | _BOUNDS
    | _PLAIN
    | _TEXTS
)
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema", "$anchor", "$dynamicAnchor"})
_QUANTIFIED_GROUP = re.compile(r"\)[*+{]")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises ``ConfigurationError`` naming the first keyword that may not stand where it does."""
    if schema.get("type") != "object":
        raise _wrong("inputs.type", 'must be "object"')
    for count, (path, node) in enumerate(_walk("inputs", schema, 0), start=1):
        if count > MAX_NODES:
            raise _wrong(path, f"the schema has more than {MAX_NODES} parts")
        _check_node(path, node)


def _walk(path: str, node: Any, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema in the schema, from the outside in; its fields are tables by then."""
    if not isinstance(node, Mapping):
        raise _wrong(path, "must be a schema, written as a table")
    if depth > MAX_DEPTH:
        raise _wrong(path, f"is nested more than {MAX_DEPTH} deep")
    fields = node.get("properties", {})
    if not isinstance(fields, Mapping):
        raise _wrong(f"{path}.properties", "must be a table of fields")
    for name, child in fields.items():
        if not _NAME.fullmatch(name):
            raise _wrong(f"{path}.properties.{name}", "must be a name in snake_case of 40 letters at most")
        if not isinstance(child, Mapping):
            raise _wrong(f"{path}.properties.{name}", "must be a schema, written as a table")
    yield path, node
    for name, child in fields.items():
        yield from _walk(f"{path}.properties.{name}", child, depth + 1)
    if "items" in node:
        yield from _walk(f"{path}.items", node["items"], depth + 1)


def _check_node(path: str, node: Mapping[str, Any]) -> None:
    for keyword in node:
        if keyword in _REFERENCES:
            raise _wrong(f"{path}.{keyword}", "references are not accepted; write the schema out in full")
        if keyword not in _KEYWORDS:
            raise _wrong(f"{path}.{keyword}", "is not a keyword that an input schema may use")
    kind = node.get("type")
    if not isinstance(kind, str) or kind not in _CHECKS:
        raise _wrong(f"{path}.type", f"must be one of {', '.join(sorted(_CHECKS))}")
    _CHECKS[kind](path, node)
    _check_options(path, node)
    _check_bounds(path, node)
    _check_words(path, node)


def _check_boolean(path: str, node: Mapping[str, Any]) -> None:
    """A boolean needs no more than every schema does."""


def _check_number(path: str, node: Mapping[str, Any]) -> None:
    for keyword in ("minimum", "maximum"):
        if not isinstance(node.get(keyword), int):
            raise _wrong(f"{path}.{keyword}", "must be a whole number: a number is bounded on both sides")


def _check_object(path: str, node: Mapping[str, Any]) -> None:
    if node.get("additionalProperties") is not False:
        raise _wrong(f"{path}.additionalProperties", "must be false, so that a field misspelt is not passed over")
    fields = node.get("properties", {})
    required = node.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) and name in fields for name in required):
        raise _wrong(f"{path}.required", "must list names that are among the properties")
    for name, field in fields.items():
        if "x-title" not in field:
            raise _wrong(f"{path}.properties.{name}.x-title", "is missing")
        if "x-not-before" in field and not _are_texts(fields, name, field["x-not-before"]):
            raise _wrong(f"{path}.properties.{name}.x-not-before", "must name another text field beside this one")


def _are_texts(fields: Mapping[str, Any], *names: object) -> bool:
    return all(isinstance(name, str) and fields.get(name, {}).get("type") == "string" for name in names)


def _check_array(path: str, node: Mapping[str, Any]) -> None:
    for keyword in ("items", "maxItems"):
        if keyword not in node:
            raise _wrong(f"{path}.{keyword}", "is missing: a list says what it holds and how much at most")
    for inner, part in _walk(f"{path}.items", node["items"], 0):
        if "x-not-before" in part:
            raise _wrong(f"{inner}.x-not-before", "cannot stand inside a list")


def _check_string(path: str, node: Mapping[str, Any]) -> None:
    if not {"enum", "const", "maxLength"} & set(node) and "format" not in node:
        raise _wrong(f"{path}.maxLength", "is missing: a text is bounded by maxLength, enum or format")
    if "format" in node and str(node["format"]) not in FORMATS:
        raise _wrong(f"{path}.format", f"must be one of {', '.join(sorted(FORMATS))}")
    if "pattern" in node:
        _check_pattern(f"{path}.pattern", node["pattern"])


def _check_pattern(path: str, pattern: Any) -> None:
    """Our engine runs in linear time whatever the pattern; the browsers that read this schema do not."""
    if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN:
        raise _wrong(path, f"must be a text of {MAX_PATTERN} characters at most")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise _wrong(path, "must begin with ^ and end with $, so that it speaks of the whole text")
    if _QUANTIFIED_GROUP.search(pattern):
        raise _wrong(path, "repeats a group, which can take for ever on some texts; spell the repetition out")


def _check_options(path: str, node: Mapping[str, Any]) -> None:
    options = node.get("enum", [""])
    if not isinstance(options, list) or not 1 <= len(options) <= MAX_OPTIONS:
        raise _wrong(f"{path}.enum", f"must list from 1 to {MAX_OPTIONS} values")
    if not all(isinstance(option, str) for option in options):
        raise _wrong(f"{path}.enum", "must list texts")
    names = node.get("x-options", {})
    if not isinstance(names, Mapping) or (names and set(names) != set(options)):
        raise _wrong(f"{path}.x-options", "must name every value of enum and no other")


def _check_bounds(path: str, node: Mapping[str, Any]) -> None:
    for keyword in sorted(_BOUNDS & set(node)):
        if not isinstance(node[keyword], int) or not 0 <= node[keyword] <= MAX_LENGTH:
            raise _wrong(f"{path}.{keyword}", f"must be a number from 0 to {MAX_LENGTH}")


def _check_words(path: str, node: Mapping[str, Any]) -> None:
    words = {keyword: node[keyword] for keyword in sorted(_TEXTS & set(node))}
    words |= {f"x-options.{value}": name for value, name in node.get("x-options", {}).items()}
    for keyword, text in words.items():
        if not isinstance(text, Mapping) or set(text) != {"ar", "en"} or not all(map(_is_words, text.values())):
            raise _wrong(f"{path}.{keyword}", "must say it in both languages: { ar = …, en = … }")


def _is_words(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


_CHECKS = {
    "array": _check_array,
    "boolean": _check_boolean,
    "integer": _check_number,
    "number": _check_number,
    "object": _check_object,
    "string": _check_string,
}


def _wrong(path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(field=path, problem=problem)
