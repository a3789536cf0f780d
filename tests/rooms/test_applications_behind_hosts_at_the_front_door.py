"""Applications are carried by a whole gateway to a room in another process, and back."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from gateway.sdk.sandbox import Behaviour, Orders
from tests.rooms.test_applications_at_the_front_door import AT_ONCE, carry, chosen
from tests.support.application_cases import Case
from tests.support.host_farm import Farm, farm, room_behind_host
from tests.support.hosts import Sides
from tests.support.house import House, house

ROOMS = ("bahrain", "oman")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with farm(tmp_path_factory.mktemp("farm") / "complaints") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house(tmp_path_factory.mktemp("street"), rooms=ROOMS, applications=AT_ONCE) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen() if case.room in ROOMS])
async def test_an_application_is_carried_to_its_end_from_afar(
    street: House, hosts: Farm, case: Case, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With its files and its documents; it ends as the room promises, and is in the state's books once."""
    said = case.read()
    sides = Sides(tmp_path_factory.mktemp("sides"))
    async with room_behind_host(street, case.room, hosts, sides) as (sandbox, _):
        sandbox.desk.orders = Orders(**said.get("orders", {}))
        if behaviour := said.get("behaviour"):
            sandbox.behave(Behaviour(**behaviour))
        await street.awake()

        view, _ = await carry(street, case, sandbox.country.value)

        assert view["status"] == said["expect"]["status"], view["timeline"]
        assert len(sandbox.desk.books()) == 1
