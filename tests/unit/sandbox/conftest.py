"""A small national system, running, and a client to ask it with."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

import aiohttp
import orjson
import pytest
from aiohttp import web

from gateway.schema.country import Country
from gateway.sdk.sandbox import Reply, Sandbox

SUBJECT = "285061445574"
"""The Kuwaiti persona: someone with fines, companies and contributions."""


class Registry(Sandbox):
    """Answers in JSON, XML and CSV, hands out tokens, and can call back."""

    country: ClassVar[Country] = Country.KW
    name: ClassVar[str] = "registry"
    undisturbed: ClassVar[frozenset[str]] = frozenset({"/token", "/later"})

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/people/{identifier}", self._person)
        router.add_get("/people/{identifier}/held", self._held)
        router.add_get("/companies", self._company)
        router.add_post("/soap", self._soap)
        router.add_get("/batch.csv", self._batch)
        router.add_get("/paged", self._paged)
        router.add_get("/stream", self._stream)
        router.add_get("/refused", self._refused)
        router.add_get("/token", self._token)
        router.add_post("/later", self._later)

    async def _person(self, request: web.Request) -> web.Response:
        person = self.person(request.match_info["identifier"])
        if person is None:
            return web.Response(status=404)
        document = {"identifier": person.identifier, "name": person.arabic.full}
        return self.answer(json_reply(document)).response()

    async def _held(self, request: web.Request) -> web.Response:
        identifier = request.match_info["identifier"]
        document = {
            "fines": [fine.identifier for fine in self.fines(identifier)],
            "contributions": [paid.identifier for paid in self.contributions(identifier)],
            "companies": [[owner for owner, _ in each.owners] + [each.manager] for each in self.companies(identifier)],
        }
        return self.answer(json_reply(document)).response()

    async def _company(self, request: web.Request) -> web.Response:
        company = self.company(request.query["number"])
        return self.answer(json_reply({"number": company.number if company else None})).response()

    async def _soap(self, request: web.Request) -> web.Response:
        return self.answer(Reply(200, "text/xml; charset=utf-8", "<a><b>سالم</b></a>".encode())).response()

    async def _batch(self, request: web.Request) -> web.Response:
        return self.answer(Reply(200, "text/csv", "\ufeffرقم;اسم\r\n1;سالم\r\n".encode())).response()

    async def _paged(self, request: web.Request) -> web.Response:
        return web.json_response({"items": [1]}, headers={"Link": "</paged?cursor=2>; rel=next"})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        await response.write(b"already on its way")
        return response

    async def _refused(self, request: web.Request) -> web.Response:
        raise web.HTTPForbidden(text="no such mandate")

    async def _token(self, request: web.Request) -> web.Response:
        return web.json_response({"access_token": self.secrets["token"]})

    async def _later(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.later(self._call(order["url"], order["identifier"]))
        return web.Response(status=202)

    async def _call(self, url: str, identifier: str) -> None:
        await self.call_back(url, lambda: self._callback(identifier), {"X-Reference": "r-1"})

    def _callback(self, identifier: str) -> Reply:
        person = self.person(identifier)
        return self.answer(json_reply({"identifier": person.identifier if person else None}))


def json_reply(document: Mapping[str, object]) -> Reply:
    """A document as JSON."""
    return Reply(200, "application/json", orjson.dumps(document))


class Listener:
    """Somebody who waits to be called back."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[Mapping[str, str], bytes]] = asyncio.Queue()
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.put_nowait((request.headers, await request.read()))
        return web.Response(status=204)


@pytest.fixture
def registry() -> Registry:
    return Registry(secrets={"token": "opaque"})


@pytest.fixture
async def base(registry: Registry) -> AsyncIterator[str]:
    async with registry.running() as url:
        yield url


@pytest.fixture
async def client(base: str) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(base, connector=connector, auto_decompress=False) as session:
        yield session


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    waiting = Listener()
    app = web.Application(client_max_size=128 * 1024 * 1024)
    app.router.add_post("/callbacks/1", waiting.hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    waiting.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks/1"
    yield waiting
    await runner.cleanup()
