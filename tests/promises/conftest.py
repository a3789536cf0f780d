"""One house for all the tests of a module that only knock at its front door."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.house import House, house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bahrain_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway with one room, Bahrain's, and little patience with slow bodies."""
    async with house(tmp_path_factory.mktemp("house"), rooms=["bahrain"], server={"body_seconds": 0.5}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def bahrain(bahrain_house: House) -> House:
    """The house, awake after the time in which other tests ran."""
    await bahrain_house.awake()
    return bahrain_house
