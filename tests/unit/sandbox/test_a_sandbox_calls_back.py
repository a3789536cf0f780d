"""A system that answers later misbehaves in its call back, not when it is asked."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from gateway.sdk.sandbox import Behaviour
from gateway.sdk.sandbox.behaviours import Reply
from tests.unit.sandbox.conftest import SUBJECT, Listener, Registry


async def asked_to_call(client: aiohttp.ClientSession, listener: Listener) -> int:
    """Asks for a call back and gives the status of the asking."""
    async with client.post("/later", json={"url": listener.url, "identifier": SUBJECT}) as response:
        return response.status


async def heard(listener: Listener) -> bytes:
    """The body of the next call back."""
    _, body = await asyncio.wait_for(listener.heard.get(), 5)
    return body


async def test_a_call_back_carries_the_answer_and_its_headers(
    client: aiohttp.ClientSession, listener: Listener
) -> None:
    assert await asked_to_call(client, listener) == 202

    headers, body = await asyncio.wait_for(listener.heard.get(), 5)
    assert json.loads(body) == {"identifier": SUBJECT}
    assert (headers["X-Reference"], headers["Content-Type"]) == ("r-1", "application/json")


async def test_a_call_back_misbehaves_instead_of_the_asking(
    registry: Registry, client: aiohttp.ClientSession, listener: Listener
) -> None:
    for kind in ("wrong", "garbled", "deep", "bomb"):
        registry.behave(Behaviour(kind, times=1))
        assert await asked_to_call(client, listener) == 202
        assert await heard(listener) != f'{{"identifier":"{SUBJECT}"}}'.encode()

    assert await asked_to_call(client, listener) == 202
    assert json.loads(await heard(listener)) == {"identifier": SUBJECT}


@pytest.mark.parametrize("kind", ["down", "rate_limiting", "redirect"])
async def test_a_system_that_cannot_answer_does_not_call_back(
    registry: Registry, listener: Listener, kind: Any
) -> None:
    registry.behave(Behaviour(kind))

    status = await registry.call_back(listener.url, lambda: Reply(200, "text/plain", b""))

    assert status is None
    assert listener.heard.empty()


async def test_a_slow_call_back_comes_late(
    registry: Registry, client: aiohttp.ClientSession, listener: Listener
) -> None:
    registry.behave(Behaviour("slow", seconds=0.15))

    began = time.perf_counter()
    await asked_to_call(client, listener)
    asked = time.perf_counter() - began
    await heard(listener)

    assert asked < 0.14 < time.perf_counter() - began
