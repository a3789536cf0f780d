"""How programs ask at the authorization server, and how they are answered: forms in, JSON out (RFC 6749, 5)."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.errors import BawabaError, BodyTooLarge, BodyTooSlow, InvalidClient, OAuthError, TooManyRequests
from gateway.i18n import Language
from gateway.web.contract import Handler
from gateway.web.middleware import LANGUAGE
from gateway.web.problems import Problems

FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 64
LONGEST_VALUE: Final = 16_384


def answering(problems: Problems, handler: Handler) -> Handler:
    """The handler, with what it refuses told in OAuth's own words."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except OAuthError as problem:
            return refusal(problems, request, problem)
        except TooManyRequests as problem:
            answer = refusal(problems, request, problem)
            answer.headers["Retry-After"] = str(max(1, round(problem.retry_after or 1)))
            return answer

    return handle


def said(document: Mapping[str, Any], status: int = 200) -> web.Response:
    """A JSON object that nobody on the way may keep."""
    return web.Response(
        status=status,
        body=orjson.dumps(document),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )


def refusal(problems: Problems, request: web.Request, problem: BawabaError) -> web.Response:
    """``error`` and ``error_description``; a program that tried HTTP's authentication is challenged."""
    answer = said(
        {"error": problem.code, "error_description": description(problems, problem, spoken(request))}, problem.status
    )
    if isinstance(problem, InvalidClient) and "Authorization" in request.headers:
        answer.headers["WWW-Authenticate"] = "Basic"
    if problem.code == "use_dpop_nonce":
        # RFC 9449, 8: the program asks again with this one in its proof.
        answer.headers["DPoP-Nonce"] = str(problem.facts["nonce"])
    return answer


def description(problems: Problems, problem: BawabaError, language: Language) -> str:
    """What went wrong, in a sentence."""
    facts = problems.facts(problem, language)
    return problems.catalogue.text(f"problem.{problem.code}.detail", language, **facts)


def spoken(request: web.Request) -> Language:
    """The language that the program asked for; one that asked for none is answered in the letters of RFC 6749, 5.2."""
    return request[LANGUAGE] if "Accept-Language" in request.headers else "en"


async def read_fields(request: web.Request, seconds: float) -> dict[str, str]:
    """The fields of a form that a program posted, those without a value left out (RFC 6749, 3.2).

    Raises ``OAuthError`` where it is no such form, or a name stands in it twice: nobody can say which is meant.
    """
    if request.content_type != FORM or (request.charset or "utf-8").lower() != "utf-8":
        raise OAuthError(field="Content-Type")
    try:
        async with asyncio.timeout(seconds):
            posted = await request.post()
    except TimeoutError as problem:
        raise BodyTooSlow from problem
    except web.HTTPRequestEntityTooLarge as problem:
        raise BodyTooLarge(limit=request.client_max_size) from problem
    except (ValueError, LookupError, HttpProcessingError, web.RequestPayloadError) as problem:
        raise OAuthError from problem
    return single_fields(list(posted.items()))


def single_fields(pairs: list[tuple[str, Any]]) -> dict[str, str]:
    """The pairs as a mapping; raises ``OAuthError`` where they are too many, too long, doubled or no text."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise OAuthError(field=name[:64])
        if not isinstance(value, str) or len(value) > LONGEST_VALUE or "\0" in value or len(fields) >= MOST_FIELDS:
            raise OAuthError(field=name[:64])
        fields[name] = value
    return {name: value for name, value in fields.items() if value}
