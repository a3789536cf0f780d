"""The demo's visitor signs in at every provider, also where a high level is asked for."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.demo.visitor import Visitor
from tests.support.entrance import PEOPLE, Entrance, entrance

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSONAS = {
    "bh-ekey": "bahraini-citizen",
    "kw-mobile-id": "kuwaiti-citizen",
    "om-pki": "omani-citizen",
    "qa-nas": "qatari-citizen",
    "sa-nafath": "saudi-citizen",
    "ae-uaepass": "emirati-citizen",
    "gcc-card": "omani-citizen",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path_factory.mktemp("house"), tuple(PERSONAS)) as gate:
        yield gate


@pytest.mark.parametrize("provider", PERSONAS)
@pytest.mark.parametrize("level", ["", "high"])
async def test_a_citizen_signs_in(gate: Entrance, provider: str, level: str) -> None:
    async with Visitor(gate.url) as visitor:
        assert await visitor.sign_in(provider, PEOPLE[PERSONAS[provider]], gate.house.stand_ins[provider].url, level)


async def test_who_does_not_reach_the_level_is_not_signed_in(gate: Entrance) -> None:
    async with Visitor(gate.url) as visitor:
        signed_in = await visitor.sign_in("bh-ekey", PEOPLE["resident"], gate.house.stand_ins["bh-ekey"].url, "high")

    assert not signed_in
