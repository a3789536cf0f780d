"""The pages that are the same for everyone, written once in each language when the gateway starts."""

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import orjson
from aiohttp import web

from gateway.i18n import LANGUAGES, Language, negotiate
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.web.contract import Handler, Operation
from gateway.web.openapi import Document, documents
from gateway.web.pages.docs import operations_in_words, problems_in_words, schemas_in_words
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import COOKIE, Pages
from gateway.web.pages.texts.reading import read_text


class PublicAuthority(Protocol):
    """The body that gives a service in one state."""

    @property
    def country(self) -> Country: ...
    @property
    def participation(self) -> str: ...


class PublicService(Protocol):
    """What the home page shows of a service."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> Text: ...
    @property
    def description(self) -> Text: ...
    @property
    def authorities(self) -> Sequence[PublicAuthority]: ...


Connected = Callable[[str], Collection[Country]]


def add_pages(
    app: web.Application,
    pages: Pages,
    operations: Sequence[Operation],
    services: Iterable[PublicService],
    connected: Connected,
) -> None:
    """Adds the home page, the documentation, ``/openapi.json`` and the static files to the router.

    ``connected`` gives the states in which the gateway itself gives a service; the home page follows it. Raises
    ``KeyError`` when the catalogue lacks a sentence that one of them needs.
    """
    offered = tuple(services)
    contract = documents(operations, pages.catalogue, pages.public_url)
    contents = _contents(pages, operations, offered, contract)
    app.router.add_get("/", _home(pages, offered, connected), name=f"{PAGE}home")
    for path, template in _TEMPLATES.items():
        name = PAGE + template.removesuffix(".html")
        app.router.add_get(path, _fixed(pages, template, contents), name=name)
    app.router.add_get("/openapi.json", _contract(contract))
    pages.static.add_routes(app)


_TEMPLATES: Mapping[str, str] = {
    "/docs": "docs.html",
    "/docs/problems": "problems.html",
    "/docs/schema": "schema.html",
    "/docs/join": "join.html",
}


def _contents(
    pages: Pages,
    operations: Sequence[Operation],
    services: Sequence[PublicService],
    contract: Mapping[Language, Document],
) -> Callable[[Language], Mapping[str, Any]]:
    samples = {"service": services[0].id} if services else {}
    asked = operations_in_words(operations, pages.public_url, samples)

    # Each page shows some of it.
    @cache
    def in_language(language: Language) -> Mapping[str, Any]:
        return {
            **_shown(services),
            "operations": asked,
            "problems": problems_in_words(operations, pages.catalogue, language),
            "schemas": schemas_in_words(contract[language]),
            "join": read_text("join", language),
        }

    return in_language


def _shown(services: Sequence[PublicService]) -> Mapping[str, Any]:
    return {
        "services": services,
        "stand_ins": any(body.participation == "sandbox" for service in services for body in service.authorities),
        "states": tuple(Country),
    }


def _home(pages: Pages, services: Sequence[PublicService], connected: Connected) -> Handler:
    """The home page, written anew when a service reaches a state for the first time or none any more."""
    shared = _shown(services)

    def write(reached: Mapping[str, bool]) -> Mapping[Language, str]:
        return {each: pages.html("home.html", each, **shared, reached=reached) for each in LANGUAGES}

    def reach() -> Mapping[str, bool]:
        return {service.id: bool(connected(service.id)) for service in services}

    known = reach()
    written = write(known)

    async def page(request: web.Request) -> web.Response:
        nonlocal known, written
        if (now := reach()) != known:
            known, written = now, write(now)
        return pages.response(request, written[pages.language(request)])

    return page


def _fixed(pages: Pages, template: str, contents: Callable[[Language], Mapping[str, Any]]) -> Handler:
    written = {language: _kept(pages.html(template, language, **contents(language)).encode()) for language in LANGUAGES}

    async def page(request: web.Request) -> web.Response:
        return pages.response(request, zlib.decompress(written[pages.language(request)]).decode())

    return page


def _contract(contract: Mapping[Language, Document]) -> Handler:
    bodies = {language: _kept(orjson.dumps(document)) for language, document in contract.items()}

    async def openapi(request: web.Request) -> web.Response:
        """The document in the language asked for; programs that ask for none read English."""
        chosen = request.query.get(COOKIE) or request.headers.get("Accept-Language", "")
        language = negotiate(f"{chosen}, en;q=0.001")
        return web.Response(
            body=zlib.decompress(bodies[language]),
            content_type="application/json",
            headers={
                "Cache-Control": "public, max-age=300",
                "Content-Language": language,
                "Vary": "Accept-Language",
            },
        )

    return openapi


def _kept(body: bytes) -> bytes:
    """Compressed: three megabytes that few ask for are a third of one, and take a millisecond to unfold."""
    return zlib.compress(body)
