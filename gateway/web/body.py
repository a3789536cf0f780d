"""A request's body, read within its bounds of size, time, type and shape."""

import asyncio
from typing import Any

from aiohttp import web

from gateway.errors import BadRequest, BodyTooLarge, BodyTooSlow, UnsupportedMediaType
from gateway.sdk.readers import MalformedJson, parse_json

MAX_DEPTH = 32


async def read_json_object(request: web.Request, seconds: float) -> dict[str, Any]:
    """The JSON object that the request carries.

    Raises ``UnsupportedMediaType``, ``BodyTooLarge``, ``BodyTooSlow`` or ``BadRequest`` with the code that
    says what is wrong with it.
    """
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
        raise UnsupportedMediaType(expected="application/json")
    if any(coding.lower() != "identity" for coding in request.headers.getall("Content-Encoding", [])):
        raise UnsupportedMediaType("content_encoding", expected="identity")
    body = await _read(request, seconds)
    try:
        value = parse_json(body, max_depth=MAX_DEPTH)
    except MalformedJson as problem:
        raise BadRequest(problem.code) from problem
    if not isinstance(value, dict):
        raise BadRequest("json_not_object")
    return value


async def _read(request: web.Request, seconds: float) -> bytes:
    limit = request.client_max_size
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLarge(limit=limit)
    try:
        if request.content.is_eof():
            # All of it came with the head, as short bodies do: there is nothing to wait for.
            return await request.read()
        async with asyncio.timeout(seconds):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as problem:
        raise BodyTooLarge(limit=limit) from problem
    except web.RequestPayloadError as problem:
        raise BadRequest("bad_request") from problem
    except TimeoutError as problem:
        raise BodyTooSlow from problem
