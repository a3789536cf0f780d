"""Signing keys change while tokens are given and used: no verification fails, on any worker or with any program."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest

from gateway.errors import ConfigurationError
from gateway.identity.key_files import rotate
from tests.support.token_house import TokenHouse, Told, token_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TokenHouse]:
    async with token_house(tmp_path) as house:
        yield house


class Load:
    """Tokens given by one worker and used at the other, over and over."""

    def __init__(self, house: TokenHouse, workers: list[str]) -> None:
        self.house = house
        self.workers = workers
        self.kids: dict[str, set[str]] = {worker: set() for worker in workers}
        self.failures: list[str] = []
        self.over = False
        self.news = asyncio.Event()

    async def run(self, told: Told) -> None:
        turn = 0
        while not self.over:
            giving, using = self.workers[turn % 2], self.workers[(turn + 1) % 2]
            turn += 1
            told = await self.house.refresh(told["refresh_token"], url=giving)
            if told.status != 200:
                self.failures.append(f"refresh {told.document}")
                return
            self.kids[giving].add(jwt.get_unverified_header(told["access_token"])["kid"])
            self.news.set()
            for worker in (using, giving):
                if not await self.house.works(told["access_token"], url=worker):
                    self.failures.append(f"token at {worker}")
            await self.house.id_token(told)
            await asyncio.sleep(0.2)

    async def until_kids(self, count: int) -> None:
        """Waits until every worker has signed with so many keys."""
        async with asyncio.timeout(20):
            while min(map(len, self.kids.values())) < count:
                await self.news.wait()
                self.news.clear()


async def test_no_verification_fails_while_the_keys_change(house: TokenHouse) -> None:
    folder = house.askers.entrance.house.settings.tokens.keys_dir
    published = {key["kid"] for key in (await house.get("/.well-known/jwks.json"))["keys"]}
    async with house.askers.entrance.another_worker() as doors, asyncio.TaskGroup() as tasks:
        load = Load(house, [house.url, f"http://127.0.0.1:{doors.public_port}"])
        for _ in range(2):
            tasks.create_task(load.run(await house.tokens()))
        await load.until_kids(1)
        rotate(folder, now=time.time())
        await load.until_kids(2)
        load.over = True

    assert load.failures == []
    signed = set.union(*load.kids.values())
    assert len(signed) == 2
    assert signed <= published
    after = {key["kid"] for key in (await house.get("/.well-known/jwks.json"))["keys"]}
    assert signed < after
    with pytest.raises(ConfigurationError):
        rotate(folder, now=time.time())
