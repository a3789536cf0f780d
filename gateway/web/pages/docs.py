"""The contract in words: what the documentation pages show of operations, problems and schemas."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from markupsafe import Markup, escape

from gateway.i18n import Catalogue, Language
from gateway.schema.record import Record
from gateway.web.contract import Operation

_PROBLEM = re.compile(r"problem\.(\w+)\.title")
_GAP = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class TypeWords:
    """What a field holds: a kind (the end of ``docs.type.<kind>``), or schemas by name, or one of a few values."""

    kind: str
    many: bool = False
    nullable: bool = False
    links: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldWords:
    """One field of a schema."""

    name: str
    type: TypeWords
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class SchemaWords:
    """One schema, an object with fields or a plain value."""

    name: str
    text: str
    type: TypeWords
    fields: tuple[FieldWords, ...]


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """One problem code, with the statuses under which operations answer it; none inside a state's own answer."""

    code: str
    statuses: tuple[int, ...]
    detail: Markup


@dataclass(frozen=True, slots=True)
class OperationWords:
    """One operation with its example line and its problems by status."""

    operation: Operation
    body: str | None
    answer: str | None
    curl: str


def operations_in_words(
    operations: Sequence[Operation], public_url: str, samples: Mapping[str, str]
) -> Sequence[OperationWords]:
    """Every operation; ``samples`` fill the gaps of paths in the example lines."""
    return [
        OperationWords(
            operation=operation,
            body=operation.body.__name__ if operation.body else None,
            answer=None if isinstance(operation.answer, str) else operation.answer.__name__,
            curl=curl(operation, public_url, samples),
        )
        for operation in operations
    ]


def curl(operation: Operation, public_url: str, samples: Mapping[str, str]) -> str:
    """A line for a shell that asks the operation; ``$TOKEN`` and gaps in capitals are the reader's to fill."""
    path = _GAP.sub(lambda gap: samples.get(gap[1], gap[1].upper()), operation.template)
    parts = ["curl"]
    if operation.method not in ("GET", "POST"):
        parts.append(f"-X {operation.method}")
    if operation.secured:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if operation.body is not None:
        body = orjson.dumps(operation.example or {}).decode()
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    parts.append(f"{public_url}{path}")
    return (" \\\n  " if len(parts) > 2 else " ").join(parts)


def problems_in_words(
    operations: Sequence[Operation], catalogue: Catalogue, language: Language
) -> Sequence[ProblemWords]:
    """Every code that the catalogue has a sentence for, in the order of the alphabet."""
    statuses: dict[str, set[int]] = {"method_not_allowed": {405}}
    for operation in operations:
        for status, codes in operation.every_code.items():
            for code in codes:
                statuses.setdefault(code, set()).add(status)
    found = (_PROBLEM.fullmatch(key) for key in catalogue.messages[language])
    return [
        ProblemWords(code, tuple(sorted(statuses.get(code, ()))), _with_gaps(code, catalogue, language))
        for code in sorted(match[1] for match in found if match)
    ]


def _with_gaps(code: str, catalogue: Catalogue, language: Language) -> Markup:
    """The detail of a code with each gap named in words."""

    def named(gap: re.Match[str]) -> str:
        key = f"docs.gap.{gap[1]}"
        word = catalogue.text(key, language) if key in catalogue.messages[language] else gap[1]
        return f"<var>{escape(word)}</var>"

    sentence = str(escape(catalogue.text(f"problem.{code}.detail", language)))
    return Markup(_GAP.sub(named, sentence))  # noqa: S704 - escaped, word by word


def schemas_in_words(document: Mapping[str, Any]) -> Sequence[SchemaWords]:
    """Every schema of an OpenAPI document, the records that services answer with first."""
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    names = sorted(schemas, key=lambda name: (not _is_record(schemas[name]), name))
    return [_schema(name, schemas[name]) for name in names]


def _is_record(schema: Mapping[str, Any]) -> bool:
    return set(Record.model_fields) < set(schema.get("properties", ()))


def _schema(name: str, schema: Mapping[str, Any]) -> SchemaWords:
    required = schema.get("required", ())
    fields = tuple(
        FieldWords(field, type_words(value), field in required, value.get("description", ""))
        for field, value in schema.get("properties", {}).items()
    )
    return SchemaWords(name, schema.get("description", ""), type_words(schema), fields)


def type_words(schema: Mapping[str, Any]) -> TypeWords:
    """What a JSON Schema, as pydantic writes it, lets a field hold."""
    choices = [choice for choice in schema.get("anyOf", schema.get("oneOf", ())) if choice.get("type") != "null"]
    nullable = len(choices) < len(schema.get("anyOf", ()))
    if len(choices) == 1:
        inner = type_words(choices[0])
        return TypeWords(inner.kind, inner.many, nullable, inner.links, inner.values)
    if choices:
        links = tuple(link for choice in choices for link in type_words(choice).links)
        return TypeWords("one_of", nullable=nullable, links=links)
    if "$ref" in schema:
        return TypeWords("schema", links=(schema["$ref"].rsplit("/", 1)[1],))
    if schema.get("type") == "array":
        item = type_words(schema.get("items", {}))
        return TypeWords(item.kind, many=True, links=item.links, values=item.values)
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> TypeWords:
    values = schema.get("enum", (schema["const"],) if "const" in schema else ())
    if values:
        return TypeWords("values", values=tuple(map(str, values)))
    kind = schema.get("type", "any")
    if kind == "string" and schema.get("format") in ("date", "date-time"):
        kind = schema["format"].replace("-", "_")
    return TypeWords(kind)
