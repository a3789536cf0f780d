"""A program's keys at its own address: fetched where that may be, kept, renewed with a cooldown, and never more."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from gateway.errors import ProviderDown, ProviderError
from gateway.identity.providers.oidc.kept import Ages
from gateway.oauth.client_keys import ClientKeys, KeyFetcher
from gateway.outward.addresses import Allowed, Outward
from tests.support.openid_keys import make_key
from tests.support.programs import Prover, confidential


@dataclass
class Site:
    """A program's own site, which counts who asks for its keys."""

    server: BaseTestServer
    answer: web.Response
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/keys"))

    def publish(self, *keys: Any) -> None:
        self.answer = _json({"keys": [dict(each.jwk) for each in keys]})

    def fetcher(self) -> KeyFetcher:
        return KeyFetcher(Outward([Allowed.parse(f"127.0.0.1/32 port {self.server.port}")]).may_connect)


def _json(document: Any) -> web.Response:
    return web.Response(body=orjson.dumps(document), content_type="application/json")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async def serve(request: web.Request) -> web.Response:
        here.asked.append(request.path)
        answer = here.answer
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    app = web.Application()
    app.router.add_get("/{any:.*}", serve)
    async with TestServer(app) as server:
        here = Site(server, _json({}))
        yield here


async def test_keys_are_fetched_once_and_kept(site: Site) -> None:
    key = make_key("ES256")
    site.publish(key)
    keys = ClientKeys(site.fetcher().fetch)
    client = confidential(jwks=None, jwks_uri=site.url)

    for _ in range(5):
        assert await keys.of(client).find("first", "ES256") is not None
    assert site.asked == ["/keys"]


async def test_a_new_key_is_found_at_once_and_a_flood_of_unknown_ones_asks_once(site: Site) -> None:
    site.publish(make_key("ES256"))
    keys = ClientKeys(site.fetcher().fetch)
    client = confidential(jwks=None, jwks_uri=site.url)
    assert await keys.of(client).find("first", "ES256") is not None

    site.publish(make_key("ES256"), make_key("ES256", "second"))
    assert await keys.of(client).find("second", "ES256") is not None
    for number in range(50):
        assert await keys.of(client).find(f"unknown {number}", "ES256") is None

    assert len(site.asked) == 2


async def test_an_inner_address_is_never_asked(site: Site) -> None:
    site.publish(make_key("ES256"))
    strict = KeyFetcher(Outward().may_connect)

    for url in (
        site.url,
        f"http://localhost:{site.server.port}/keys",
        f"http://[::ffff:127.0.0.1]:{site.server.port}/",
    ):
        with pytest.raises(ProviderDown):
            await strict.fetch("kw-moi-app", url)
    assert site.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=404),
        web.Response(status=302, headers={"Location": "/elsewhere"}),
        web.Response(status=500),
        web.Response(body=b"{"),
        web.Response(body=b'{"keys":' + b"[" * 10_000),
        web.Response(body=b'{"keys":[], "x":"' + b"a" * 100_000 + b'"}'),
        web.Response(body=b'{"keys":[]}'),
        web.Response(body=b'{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'),
        web.Response(body=orjson.dumps({"keys": [dict(Prover().key.jwk) for _ in range(2)]})),
    ],
    ids=range(9),
)
async def test_what_is_no_key_set_is_none(site: Site, answer: web.Response) -> None:
    site.answer = answer

    with pytest.raises(ProviderError):
        await site.fetcher().fetch("kw-moi-app", site.url)
    assert site.asked == ["/keys"]


async def test_keys_are_believed_for_a_while_when_their_address_is_down(site: Site) -> None:
    site.publish(make_key("ES256"))
    keys = ClientKeys(site.fetcher().fetch, Ages(fresh=0, longest=60, cooldown=0, pause=0))
    client = confidential(jwks=None, jwks_uri=site.url)
    assert await keys.of(client).find("first", "ES256") is not None

    site.answer = web.Response(status=503)

    assert await keys.of(client).find("first", "ES256") is not None


async def test_a_changed_registration_has_its_own_keys() -> None:
    one, two = Prover(), Prover(make_key("ES256", "second"))

    async def never(client_id: str, url: str) -> Any:
        raise AssertionError("nothing is to be fetched")

    keys = ClientKeys(never)

    assert await keys.of(confidential(jwks=one.jwks)).find("first", "ES256") is not None
    assert await keys.of(confidential(jwks=two.jwks)).find("first", "ES256") is None
    assert await keys.of(confidential(jwks=two.jwks)).find("second", "ES256") is not None
