"""The pages that are the same for everyone, written once in each language, for the first who asks."""

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
from gateway.web.openapi import Document, document
from gateway.web.pages.docs import operations_in_words, problems_in_words, schemas_in_words
from gateway.web.pages.problem import PAGE
from gateway.web.pages.render import CHOICE, Pages
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
Words = Callable[[Language], Mapping[str, Any]]


def add_pages(
    app: web.Application,
    pages: Pages,
    operations: Sequence[Operation],
    services: Iterable[PublicService],
    connected: Connected,
) -> None:
    """Adds the home page, the documentation, ``/openapi.json`` and the static files to the router.

    ``connected`` gives the states in which the gateway itself gives a service; the home page follows it.
    """
    offered = tuple(services)

    def contract(language: Language) -> Document:
        return document(operations, pages.catalogue, pages.public_url, language)

    app.router.add_get("/", _home(pages, offered, connected), name=f"{PAGE}home")
    for path, (template, words) in _documentation(pages, operations, offered, contract).items():
        name = PAGE + template.removesuffix(".html")
        app.router.add_get(path, _fixed(pages, template, words), name=name)
    app.router.add_get("/openapi.json", _contract(contract))
    pages.static.add_routes(app)


def _documentation(
    pages: Pages,
    operations: Sequence[Operation],
    services: Sequence[PublicService],
    contract: Callable[[Language], Document],
) -> Mapping[str, tuple[str, Words]]:
    """The template of each page, with what it shows."""

    def asked(_: Language) -> Mapping[str, Any]:
        samples = {"service": services[0].id} if services else {}
        return {**_shown(services), "operations": operations_in_words(operations, pages.public_url, samples)}

    return {
        "/docs": ("docs.html", asked),
        "/docs/problems": (
            "problems.html",
            lambda language: {"problems": problems_in_words(operations, pages.catalogue, language)},
        ),
        "/docs/schema": ("schema.html", lambda language: {"schemas": schemas_in_words(contract(language))}),
        "/docs/join": ("join.html", lambda language: {"join": read_text("join", language)}),
    }


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

    known: Mapping[str, bool] | None = None
    written: Mapping[Language, str] = {}

    async def page(request: web.Request) -> web.Response:
        nonlocal known, written
        if (now := reach()) != known:
            known, written = now, write(now)
        return pages.response(request, written[pages.language(request)])

    return page


def _fixed(pages: Pages, template: str, words: Words) -> Handler:
    @cache
    def written(language: Language) -> bytes:
        return _kept(pages.html(template, language, **words(language)).encode())

    async def page(request: web.Request) -> web.Response:
        return pages.response(request, zlib.decompress(written(pages.language(request))).decode())

    return page


def _contract(contract: Callable[[Language], Document]) -> Handler:
    @cache
    def written(language: Language) -> bytes:
        return _kept(orjson.dumps(contract(language)))

    async def openapi(request: web.Request) -> web.Response:
        """The document in the language asked for; programs that ask for none read English."""
        chosen = request.query.get(CHOICE) or request.headers.get("Accept-Language", "")
        language = negotiate(f"{chosen}, en;q=0.001")
        return web.Response(
            body=zlib.decompress(written(language)),
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
