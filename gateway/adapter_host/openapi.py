"""The adapter protocol as an OpenAPI 3.1 document, made of the models that both sides check by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.adapter_host import examples
from gateway.adapter_host.problems import CODES, refusal
from gateway.adapter_host.protocol import (
    FAILED_STATUS,
    JSON,
    LONGEST_MS,
    PDF,
    PROBLEM,
    VERSION,
    About,
    Act,
    Health,
    Problem,
    Question,
    Records,
    Stored,
    Submission,
    Tracking,
)
from gateway.schema.application import Progress

_SCHEMAS: Final = "#/components/schemas/"
_REFUSALS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("The request is malformed.", "body_malformed"),
    401: ("The signature is missing, wrong, old, or came before.", "signature_wrong"),
    404: ("The host has no such path or service.", "service_unknown"),
    409: ("A file of the application was not put before.", "files_missing"),
    413: ("The body is too large.", "body_too_large"),
    415: ("The body is of another type, or compressed.", "media_type"),
    422: ("The body is not as the schema has it.", "body_malformed"),
    503: ("The host is busy, or has just been started: come again after `Retry-After` seconds.", "host_busy"),
}
_FILES: Final = ("application/pdf", "image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation of the document; ``answer`` is a model, or a media type."""

    method: str
    path: str
    name: str
    summary: str
    text: str
    answer: type[BaseModel] | str
    body: type[BaseModel] | None = None
    asked: Any = None
    said: Any = None
    signed: bool = True
    refusals: tuple[int, ...] = (400, 401, 404, 413, 415, 422, 503)


_OPERATIONS: Final = (
    _Operation(
        "get",
        "/health",
        "health",
        "Does the host live?",
        "Without a signature, either way. It says nothing of the national system.",
        Health,
        said=examples.HEALTH,
        signed=False,
        refusals=(),
    ),
    _Operation(
        "get",
        "/about",
        "about",
        "What is the host?",
        "Its name, versions, state and services.",
        About,
        said=examples.ABOUT,
        refusals=(401, 503),
    ),
    _Operation(
        "post",
        "/lookups/{service}",
        "lookup",
        "Ask one question about one person.",
        "Answered with the records that the state has, in the shared schema, each with the `source` of the question. "
        "None is an empty list. A record about anybody else is refused by the gateway.",
        Records,
        Question,
        examples.QUESTION,
        examples.RECORDS,
    ),
    _Operation(
        "put",
        "/applications/{service}/files/{reference}/{digest}",
        "file",
        "Put a file of an applicant.",
        "Before the application or act that names it. The host keeps it until then, for a quarter of an hour at most. "
        "`digest` is the SHA-256 of the file in hexadecimal, the same as in `Content-Digest`.",
        Stored,
        said=examples.STORED,
        refusals=(400, 401, 404, 413, 415, 422, 503),
    ),
    _Operation(
        "post",
        "/applications/{service}/submit",
        "submit",
        "Hand an application in.",
        "Twice with one `order.reference` comes to the same as once. A refusal on the merits is an answer: `status` is "
        "`refused`, with the state's reasons.",
        Progress,
        Submission,
        examples.SUBMISSION,
        examples.PROGRESS,
        refusals=(400, 401, 404, 409, 413, 415, 422, 503),
    ),
    _Operation(
        "post",
        "/applications/{service}/track",
        "track",
        "How does an application stand?",
        "By `order.reference` as long as `order.national_reference` is null.",
        Progress,
        Tracking,
        examples.TRACKING,
        examples.PROGRESS,
    ),
    _Operation(
        "post",
        "/applications/{service}/act",
        "act",
        "Supply what was asked for, withdraw, or have the state look whether it was paid.",
        "Twice with one `reference` comes to the same as once.",
        Progress,
        Act,
        examples.ACT,
        examples.PROGRESS,
        refusals=(400, 401, 404, 409, 413, 415, 422, 503),
    ),
    _Operation(
        "post",
        "/applications/{service}/documents/{document}",
        "document",
        "Get a document that the state issued.",
        "The body is the document; its digest is in `Content-Digest`, and so is signed before its first byte.",
        PDF,
        Tracking,
        examples.TRACKING,
    ),
)


def document() -> dict[str, Any]:
    """The whole document, as ``docs/adapter-protocol/openapi.json`` has it."""
    models: list[type[BaseModel]] = [Problem]
    for operation in _OPERATIONS:
        models += [each for each in (operation.body, operation.answer) if isinstance(each, type) and each not in models]
    _, definitions = models_json_schema([(each, "validation") for each in models], ref_template=_SCHEMAS + "{model}")
    schemas: dict[str, Any] = definitions["$defs"]
    paths: dict[str, Any] = {}
    for operation in _OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bawaba adapter protocol",
            "summary": "What the gateway asks an adapter that runs in a state's own network.",
            "description": "README.md beside this file says how requests and answers are signed.",
            "version": VERSION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://host.example:8443", "description": "The address that is registered"}],
        "security": [{"mutual_tls": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "headers": {name: {"description": text, "schema": shape} for name, text, shape in _SIGNED},
            "securitySchemes": {
                "mutual_tls": {
                    "type": "mutualTLS",
                    "description": "The gateway shows a certificate of its authority; the host one of the agency's.",
                }
            },
        },
    }


_STRING: Final = {"type": "string"}
_SIGNED: Final = (
    ("Signature-Input", "What is signed, by which key and when (RFC 9421)", _STRING),
    ("Signature", "The signature (RFC 9421)", _STRING),
    (
        "Content-Digest",
        "SHA-256 of the body (RFC 9530)",
        {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
    ),
)
_DEADLINE: Final = {
    "name": "Bawaba-Deadline-Ms",
    "in": "header",
    "required": True,
    "description": "Milliseconds that the host has for its answer, from the arrival of the request",
    "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_MS},
}


def _described(operation: _Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.text,
        "parameters": _parameters(operation),
        "responses": {"200": _answered(operation)}
        | {str(status): _problem(status, *_REFUSALS[status]) for status in operation.refusals},
    }
    if operation.body is not None:
        shape = {"schema": {"$ref": _SCHEMAS + operation.body.__name__}, "example": operation.asked}
        described["requestBody"] = {"required": True, "content": {JSON: shape}}
        described["responses"][str(FAILED_STATUS)] = _failure()
    elif operation.method == "put":
        described["requestBody"] = {"required": True, "content": {kind: {} for kind in _FILES}}
    return described


def _parameters(operation: _Operation) -> Sequence[Mapping[str, Any]]:
    named = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    found: list[Mapping[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"},
        }
        for name in named
    ]
    if operation.signed:
        headers = _SIGNED if operation.method != "get" else _SIGNED[:2]
        found += [
            {"name": name, "in": "header", "required": True, "description": text, "schema": shape}
            for name, text, shape in headers
        ]
        found.append(_DEADLINE)
    return found


def _answered(operation: _Operation) -> Mapping[str, Any]:
    answer = operation.answer
    if isinstance(answer, str):
        content: Mapping[str, Any] = {answer: {}}
    else:
        content = {JSON: {"schema": {"$ref": _SCHEMAS + answer.__name__}, "example": operation.said}}
    return {"description": "Answered.", "headers": _headers() if operation.signed else {}, "content": content}


def _problem(status: int, text: str, code: str) -> Mapping[str, Any]:
    example = refusal(status, code).model_dump(mode="json", exclude_none=True)
    return {"description": text, "headers": _headers(), "content": {PROBLEM: _shape(example)}}


def _failure() -> Mapping[str, Any]:
    codes = "; ".join(f"`{outcome}`: {', '.join(f'`{code}`' for code in codes)}" for outcome, codes in CODES.items())
    text = f"The national system did not answer as it should. The codes, by outcome: {codes}."
    return {"description": text, "headers": _headers(), "content": {PROBLEM: _shape(examples.FAILURE)}}


def _shape(example: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"schema": {"$ref": f"{_SCHEMAS}Problem"}, "example": example}


def _headers() -> Mapping[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name, _, _ in _SIGNED}
