"""A request's body, read within its bounds of size, time, type and shape."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from gateway.errors import BadRequest, BodyTooLarge, BodyTooSlow, InvalidInput, UnknownCountry, UnsupportedMediaType
from gateway.registry.inputs import pointer_to
from gateway.sdk.readers import MalformedJson, parse_json

MAX_DEPTH = 32
ModelT = TypeVar("ModelT", bound=BaseModel)

_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "enum": "field_choice",
    "literal_error": "field_choice",
    "string_too_long": "field_too_long",
    "string_too_short": "field_too_short",
    "string_pattern_mismatch": "field_format",
    "too_long": "field_too_many",
    "greater_than_equal": "field_out_of_range",
    "less_than_equal": "field_out_of_range",
}
MODEL_CODES = ("field_type", *dict.fromkeys(_CODES.values()))
"""Every code of the ``InvalidInput`` that ``read_model`` raises."""


def read_model(document: Mapping[str, Any], model: type[ModelT]) -> ModelT:
    """The document as the model; raises ``InvalidInput`` or ``UnknownCountry`` naming the first field that is wrong."""
    try:
        return model.model_validate_json(as_json(document))
    except ValidationError as problem:
        error = problem.errors(include_url=False, include_input=False)[0]
        pointer = ""
        for step in error["loc"]:
            pointer = pointer_to(pointer, step)
        if error["type"] == "enum" and error["loc"][-1] == "country":
            raise UnknownCountry(field=pointer) from None
        raise InvalidInput(_CODES.get(error["type"], "field_type"), field=pointer) from None


def as_json(document: Mapping[str, Any], options: int = 0) -> bytes:
    """A document that was read, written again: its numbers with a fraction are ``Decimal``, and stay as they were."""
    return orjson.dumps(document, default=_number, option=options)


def _number(value: object) -> orjson.Fragment:
    return orjson.Fragment(str(value))


async def read_json_object(request: web.Request, seconds: float, limit: int | None = None) -> dict[str, Any]:
    """The JSON object that the request carries, of ``limit`` bytes at most where that is not what it usually is.

    Raises ``UnsupportedMediaType``, ``BodyTooLarge``, ``BodyTooSlow`` or ``BadRequest`` with the code that
    says what is wrong with it.
    """
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
        raise UnsupportedMediaType(expected="application/json")
    if any(coding.lower() != "identity" for coding in request.headers.getall("Content-Encoding", [])):
        raise UnsupportedMediaType("content_encoding", expected="identity")
    body = await _read(request, seconds, limit or request.client_max_size)
    try:
        value = parse_json(body, max_depth=MAX_DEPTH)
    except MalformedJson as problem:
        raise BadRequest(problem.code) from problem
    if not isinstance(value, dict):
        raise BadRequest("json_not_object")
    return value


async def _read(request: web.Request, seconds: float, limit: int) -> bytes:
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLarge(limit=limit)
    try:
        if request.content.is_eof():
            # All of it came with the head, as short bodies do: there is nothing to wait for.
            body: bytes = request.content.read_nowait()
            if len(body) > limit:
                raise BodyTooLarge(limit=limit)
            return body
        async with asyncio.timeout(seconds):
            return await _gather(request, limit)
    except web.RequestPayloadError as problem:
        raise BadRequest("bad_request") from problem
    except TimeoutError as problem:
        raise BodyTooSlow from problem


async def _gather(request: web.Request, limit: int) -> bytes:
    """All of it, and never more than the limit in memory."""
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > limit:
            raise BodyTooLarge(limit=limit)
        parts.append(part)
    return b"".join(parts)
