"""A sandbox listens on this machine only, counts what it is asked and stops at once."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web

from gateway.schema.country import Country
from gateway.sdk.sandbox import Behaviour, Population, Reply, Sandbox, population, serve
from tests.unit.sandbox.conftest import SUBJECT, Listener, Registry

PERSON = f"/people/{SUBJECT}"


async def read(client: aiohttp.ClientSession, path: str = PERSON) -> tuple[int, str, bytes]:
    """Status, content type and body."""
    async with client.get(path) as response:
        return response.status, response.headers.get("Content-Type", ""), await response.read()


async def control(client: aiohttp.ClientSession, order: str, body: Any = None) -> tuple[int, str]:
    """Status and text of what the control door answers."""
    async with client.post(f"/_control/{order}", json=body) as response:
        return response.status, await response.text()


def reachable(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def until(condition: Callable[[], bool]) -> None:
    """Waits until it is so, for two seconds at most."""
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def state(client: aiohttp.ClientSession) -> dict[str, Any]:
    """What the sandbox says of itself."""
    async with client.get("/_control/state") as response:
        told: dict[str, Any] = await response.json()
        return told


async def test_it_listens_on_loopback_on_a_free_port_and_stops(registry: Registry) -> None:
    async with registry.running() as url, aiohttp.ClientSession(url) as client:
        assert url.startswith("http://127.0.0.1:")
        assert (await read(client))[0] == 200

    async with aiohttp.ClientSession(url) as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await read(client)


async def test_it_listens_on_the_port_that_it_is_given(registry: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async with registry.running(port) as url:
        assert url == f"http://127.0.0.1:{port}"


async def test_it_can_run_again_after_it_stopped(registry: Registry) -> None:
    for _ in range(2):
        async with registry.running() as url, aiohttp.ClientSession(url) as client:
            assert (await read(client))[0] == 200


async def test_several_run_side_by_side_and_misbehave_apart() -> None:
    first, second = Registry(secrets={}), Registry(secrets={})
    async with first.running() as one, second.running() as other, aiohttp.ClientSession() as client:
        first.behave(Behaviour("rate_limiting"))

        async with client.get(f"{one}{PERSON}") as limited, client.get(f"{other}{PERSON}") as normal:
            assert (limited.status, normal.status) == (429, 200)


async def test_a_port_that_is_taken_is_an_error_and_nothing_is_left_running(registry: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with registry.running(taken.getsockname()[1]):
            pass


async def test_serving_ends_when_it_is_cancelled(registry: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    task = asyncio.create_task(serve(registry, port))
    await until(lambda: reachable(port))

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert not reachable(port)


async def test_stopping_does_not_wait_for_what_is_slow(registry: Registry) -> None:
    registry.behave(Behaviour("slow", seconds=60))
    began = time.perf_counter()
    async with aiohttp.ClientSession() as client:
        async with registry.running() as url:
            asking = asyncio.create_task(client.post(f"{url}/soap"))
            await until(lambda: registry.requests["/soap"] == 1)

        with pytest.raises(aiohttp.ClientError):
            await asking
    assert time.perf_counter() - began < 5


async def test_stopping_cancels_calls_that_are_still_to_come(registry: Registry, listener: Listener) -> None:
    registry.behave(Behaviour("slow", seconds=60))
    began = time.perf_counter()
    order = {"url": listener.url, "identifier": SUBJECT}
    async with (
        registry.running() as url,
        aiohttp.ClientSession(url) as client,
        client.post("/later", json=order) as response,
    ):
        assert response.status == 202

    assert time.perf_counter() - began < 5
    assert listener.heard.empty()


async def test_it_counts_requests_by_route(registry: Registry, client: aiohttp.ClientSession) -> None:
    await read(client)
    await read(client, "/batch.csv")
    await read(client, "/no/such/path")
    await state(client)

    assert registry.requests == {"/people/{identifier}": 1, "/batch.csv": 1, "unknown": 1}


async def test_refused_and_spoilt_requests_are_counted_too(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("rate_limiting", times=2))

    for _ in range(3):
        await read(client)

    assert registry.requests["/people/{identifier}"] == 3


async def test_a_person_whom_nobody_knows_is_not_found(client: aiohttp.ClientSession) -> None:
    async with client.get("/people/299999999999") as response:
        assert response.status == 404


async def test_a_sandbox_answers_from_the_population_of_its_state_or_from_a_given_one() -> None:
    told = population(Country.KW)
    empty = Population(Country.KW, (), (), (), ())

    assert Registry(secrets={}).population is told
    assert Registry(secrets={}, population=empty).person(SUBJECT) is None


async def test_a_sandbox_that_does_not_say_what_it_answers_to_does_not_start() -> None:
    class Unfinished(Sandbox):
        country: ClassVar[Country] = Country.OM
        name: ClassVar[str] = "unfinished"

    with pytest.raises(TypeError, match="Unfinished must say"):
        async with Unfinished(secrets={}).running():
            pass


def test_a_sandbox_has_one_endpoint_and_no_secrets_unless_it_says_otherwise() -> None:
    assert Registry.endpoints("http://127.0.0.1:7101") == {"main": "http://127.0.0.1:7101"}
    assert Registry.make_secrets() == {}


def test_a_reply_becomes_a_response_with_its_headers() -> None:
    response = Reply(202, "text/csv", b"a;b", content_encoding="identity").response()

    assert isinstance(response, web.Response)
    assert (response.status, response.body) == (202, b"a;b")
    assert (response.headers["Content-Type"], response.headers["Content-Encoding"]) == ("text/csv", "identity")
