"""Answers that are made to harm whoever reads them: huge, deep and explosive, each in the format of the true one."""

import gzip
import json
from typing import Any

import aiohttp
import pytest
from lxml import etree

from gateway.sdk.sandbox import Behaviour
from gateway.sdk.sandbox.behaviours import DEPTH, HUGE, Reply, spoilt
from tests.unit.sandbox.conftest import SUBJECT, Registry

PERSON = f"/people/{SUBJECT}"


async def get(client: aiohttp.ClientSession, path: str = PERSON) -> tuple[int, bytes]:
    """Status and body."""
    async with client.get(path, allow_redirects=False) as response:
        return response.status, await response.read()


async def document(client: aiohttp.ClientSession, path: str = PERSON) -> Any:
    """The body as JSON."""
    return json.loads((await get(client, path))[1])


async def test_huge_is_64_megabytes_of_unannounced_length(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("huge"))

    async with client.get(PERSON) as response:
        sizes = [len(chunk) async for chunk in response.content.iter_any()]

    assert "Content-Length" not in response.headers
    assert response.headers["Content-Type"] == "application/json"
    assert sum(sizes) == HUGE == 64 * 1024 * 1024


async def test_huge_may_be_left_by_a_client_that_has_seen_enough(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("huge", times=1))

    async with client.get(PERSON) as response:
        await response.content.readexactly(1000)
        response.close()

    assert (await document(client))["identifier"] == SUBJECT


async def test_deep_json_nests_beyond_what_a_reader_should_follow(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("deep"))

    _, body = await get(client)

    assert body == b"[" * DEPTH + b"]" * DEPTH
    with pytest.raises(RecursionError):
        json.loads(body)


async def test_deep_xml_nests_beyond_what_a_reader_should_follow(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("deep"))

    async with client.post("/soap") as response:
        body = await response.read()

    assert body.count(b"<a>") == body.count(b"</a>") == DEPTH
    with pytest.raises(etree.XMLSyntaxError, match="depth"):
        etree.fromstring(body)


async def test_deep_rows_have_more_columns_than_anyone_needs(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("deep"))

    _, body = await get(client, "/batch.csv")

    assert len(body.split(b";")) == DEPTH + 1


async def test_a_json_bomb_says_every_key_twice(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("bomb"))

    _, body = await get(client)

    pairs = json.loads(body, object_pairs_hook=list)
    assert [key for key, _ in pairs] == ["identifier", "name", "identifier", "name"]


async def test_an_xml_bomb_is_small_and_expands_without_end(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("bomb"))

    async with client.post("/soap") as response:
        body = await response.read()

    assert len(body) < 2000
    assert b"<!DOCTYPE" in body
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


async def test_any_other_bomb_is_compressed(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("bomb"))

    async with client.get("/batch.csv") as response:
        body = await response.read()

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(body) < HUGE / 100
    assert len(gzip.decompress(body)) == HUGE


@pytest.mark.parametrize("body", [b"[1,2]", b"{}", b"null", b""])
def test_a_json_bomb_can_be_made_of_any_answer(body: bytes) -> None:
    bomb = spoilt("bomb", Reply(200, "application/json", body))

    pairs = json.loads(bomb.body, object_pairs_hook=list)
    assert len(pairs) > len(dict(pairs))
