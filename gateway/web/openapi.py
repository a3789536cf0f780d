"""The contract as an OpenAPI 3.1 document, made of the same operations as the router."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway import __version__
from gateway.i18n import LANGUAGES, Catalogue, Language
from gateway.web.contract import Operation, Parameter
from gateway.web.problems import MEDIA_TYPE, Problem

Document = dict[str, Any]
_Use = tuple[type[BaseModel], Literal["validation", "serialization"]]

_SCHEMAS = "#/components/schemas/"
_HEADERS = "#/components/headers/"


def documents(operations: Sequence[Operation], catalogue: Catalogue, public_url: str) -> Mapping[Language, Document]:
    """The document in each language; its names and shapes are the same, only the sentences differ."""
    return {language: document(operations, catalogue, public_url, language) for language in LANGUAGES}


def document(operations: Sequence[Operation], catalogue: Catalogue, public_url: str, language: Language) -> Document:
    """The document in one language."""
    return _Writer(catalogue, language, public_url).document(operations)


class _Writer:
    """Writes one document; every sentence comes from the catalogue, in one language."""

    def __init__(self, catalogue: Catalogue, language: Language, public_url: str) -> None:
        self._catalogue = catalogue
        self._language = language
        self._public_url = public_url
        self._references: Mapping[_Use, dict[str, Any]] = {}

    def document(self, operations: Sequence[Operation]) -> Document:
        self._references, schemas = _model_schemas(operations)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": self._text("page.name"),
                "summary": self._text("api.summary"),
                "description": self._text("api.text"),
                "version": __version__,
                "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": self._public_url}],
            "externalDocs": {"url": f"{self._public_url}/docs", "description": self._text("api.docs")},
            "paths": self._paths(operations),
            "components": {
                "schemas": {name: self._described(name, schema) for name, schema in sorted(schemas.items())},
                "parameters": {"accept_language": self._parameter(_ACCEPT_LANGUAGE)},
                "headers": {name: self._header(name, schema) for name, schema in _ANSWER_HEADERS.items()},
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": self._text("api.security"),
                    }
                },
            },
        }

    def _text(self, key: str) -> str:
        return self._catalogue.text(key, self._language)

    def _paths(self, operations: Sequence[Operation]) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for operation in operations:
            paths.setdefault(operation.template, {})[operation.method.lower()] = self._operation(operation)
        return paths

    def _operation(self, operation: Operation) -> dict[str, Any]:
        described: dict[str, Any] = {
            "operationId": operation.name,
            "summary": self._text(f"api.{operation.name}.title"),
            "description": self._text(f"api.{operation.name}.text"),
            "security": [{"bearer": []}] if operation.secured else [],
            "parameters": [
                *map(self._parameter, operation.parameters),
                {"$ref": "#/components/parameters/accept_language"},
            ],
            "responses": {
                str(operation.status): self._answer(operation),
                **{str(status): self._problem(status, codes) for status, codes in operation.every_code.items()},
            },
        }
        if operation.body is not None:
            described["requestBody"] = self._body(operation.body, operation.example)
        if operation.takes:
            described["requestBody"] = {"required": True, "content": {each: {} for each in operation.takes}}
        return described

    def _parameter(self, parameter: Parameter) -> dict[str, Any]:
        return {
            "name": parameter.name,
            "in": parameter.place,
            "required": parameter.required,
            "description": self._text(f"api.parameter.{parameter.name}"),
            "schema": parameter.schema,
        }

    def _body(self, body: type[BaseModel], example: Any) -> dict[str, Any]:
        content: dict[str, Any] = {"schema": self._references[body, "validation"]}
        if example is not None:
            content["example"] = example
        return {"required": True, "content": {"application/json": content}}

    def _answer(self, operation: Operation) -> dict[str, Any]:
        content: dict[str, Any]
        if isinstance(operation.answer, str):
            content = {operation.answer: {"schema": {"type": "string"}}}
        else:
            content = {operation.media_type: {"schema": self._references[operation.answer, "serialization"]}}
        content |= {media_type: {} for media_type in operation.also}
        names = ["X-Request-Id", *(["Location"] if operation.status == HTTPStatus.CREATED else [])]
        if any(parameter.name == "Idempotency-Key" for parameter in operation.parameters):
            names.append("Idempotency-Replayed")
        if any(parameter.name == "after" for parameter in operation.parameters):
            names.append("Link")
        return {
            "description": self._text(f"api.{operation.name}.answer"),
            "headers": _header_references(*names),
            "content": content,
        }

    def _problem(self, status: int, codes: tuple[str, ...]) -> dict[str, Any]:
        names = ["X-Request-Id", *(["WWW-Authenticate"] if status == HTTPStatus.UNAUTHORIZED else [])]
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            names.append("Retry-After")
        particular = {"properties": {"status": {"const": status}, "code": {"enum": list(codes)}}}
        return {
            "description": " ".join(f"{self._text(f'problem.{code}.title')} (`{code}`)." for code in codes),
            "headers": _header_references(*names),
            "content": {MEDIA_TYPE: {"schema": {"allOf": [{"$ref": f"{_SCHEMAS}Problem"}, particular]}}},
        }

    def _header(self, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {"description": self._text(f"api.header.{name}"), "schema": schema}

    def _described(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with the catalogue's sentences, or those of the code where it has none.

        A field's sentence is its own, else the one that all fields of its name share.
        """
        self._describe(schema, f"schema.{name}")
        for field, value in schema.get("properties", {}).items():
            self._describe(value, f"schema.{name}.{field}", f"schema.field.{field}")
        return schema

    def _describe(self, schema: dict[str, Any], *keys: str) -> None:
        for key in keys:
            if key in self._catalogue.messages[self._language]:
                schema["description"] = self._text(key)
                return


_ACCEPT_LANGUAGE = Parameter(
    "Accept-Language", "header", {"type": "string", "default": "ar", "examples": ["ar", "en", "ar-KW, en;q=0.5"]}
)
_ANSWER_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Request-Id": {"type": "string"},
    "Retry-After": {"type": "integer", "minimum": 0},
    "WWW-Authenticate": {"type": "string"},
    "Location": {"type": "string", "format": "uri-reference"},
    "Link": {"type": "string"},
    "Idempotency-Replayed": {"type": "string", "enum": ["true"]},
}


def _header_references(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"{_HEADERS}{name}"} for name in names}


def _model_schemas(operations: Sequence[Operation]) -> tuple[Mapping[_Use, dict[str, Any]], dict[str, dict[str, Any]]]:
    """A reference for each model as it is used, and every schema that they stand on, by name."""
    uses: dict[_Use, None] = {(Problem, "serialization"): None}
    for operation in operations:
        if operation.body is not None:
            uses[operation.body, "validation"] = None
        if not isinstance(operation.answer, str):
            uses[operation.answer, "serialization"] = None
    references, schemas = _schemas_of(tuple(uses))
    return references, deepcopy(schemas)


@cache
def _schemas_of(uses: tuple[_Use, ...]) -> tuple[Mapping[_Use, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The same for both languages: their sentences go into copies."""
    references, definitions = models_json_schema(list(uses), ref_template=_SCHEMAS + "{model}")
    schemas: dict[str, dict[str, Any]] = definitions.get("$defs", {})
    for schema in schemas.values():
        _drop_titles(schema)
    return references, schemas  # type: ignore[return-value]


def _drop_titles(node: Any) -> None:
    """Takes away the titles that pydantic makes of names; a field that is called ``title`` holds a schema and stays."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for value in node.values():
            _drop_titles(value)
    elif isinstance(node, list):
        for value in node:
            _drop_titles(value)
