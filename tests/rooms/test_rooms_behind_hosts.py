"""Two rooms run in processes of their own, beside their national systems, and keep every promise as they do at home."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.rooms.test_cases import Case, cases, keeps
from tests.support.host_farm import Farm, farm, room_behind_host
from tests.support.hosts import Sides
from tests.support.house import House, house

ROOMS = ("bahrain", "oman")
"""The one speaks JSON and is asked, the other takes files and is polled."""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    return Sides(tmp_path_factory.mktemp("sides"))


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with farm(tmp_path_factory.mktemp("farm") / "complaints") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house(tmp_path_factory.mktemp("street"), rooms=ROOMS) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases() if case.room in ROOMS])
async def test_a_room_keeps_its_promise_from_afar(street: House, hosts: Farm, sides: Sides, case: Case) -> None:
    """The answer is the one that the case expects of the room at home, whatever the national system was made to do."""
    await street.awake()
    async with room_behind_host(street, case.room, hosts, sides) as (sandbox, _):
        await keeps(case, street, sandbox)


def test_every_lookup_of_both_rooms_is_played() -> None:
    assert {(case.room, case.service) for case in cases() if case.room in ROOMS} == {
        (room, service)
        for room in ROOMS
        for service in ("commercial-registration", "identity-verification", "pension-contributions", "traffic-fines")
    }
