"""The Emirates tell of an application by themselves: each change once, or as late and as often as they like."""

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from gateway.sdk import BackendGarbled, Order, Progress
from gateway.sdk.sandbox import Behaviour, Orders
from tests.support.procedures import Counter, counter
from tests.support.uae import residence


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Counter]:
    async with counter("uae") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


async def settle(here: Counter, order: Order) -> list[Progress]:
    """Hands in, follows to the end, and gives every progress that was seen by asking."""
    return await here.passes(order, await here.submit(order))


async def test_every_change_is_told_once_and_as_it_stands(here: Counter) -> None:
    order = residence(here)
    seen = await settle(here, order)

    await here.hears(3)

    told = here.told(order)
    assert told == seen
    assert len({heard.delivery for heard in here.heard}) == 3
    assert here.refused == []


async def test_what_is_told_twice_has_one_id(here: Counter) -> None:
    here.sandbox.desk.orders = Orders(pace=0.05, telling="twice")
    order = residence(here)
    await settle(here, order)

    await here.hears(6)

    assert len({heard.delivery for heard in here.heard}) == 3


async def test_what_is_told_late_comes_in_the_opposite_order_with_its_own_moments(here: Counter) -> None:
    here.sandbox.desk.orders = Orders(pace=0.05, telling="late")
    order = residence(here)
    seen = await settle(here, order)

    await here.hears(3)

    assert here.told(order) == list(reversed(seen))


async def test_an_application_that_comes_again_is_not_told_of_twice(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)
    await settle(here, order)

    await here.hears(3)

    assert len(here.heard) == 3


async def test_what_is_told_about_somebody_else_is_not_believed(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)
    await here.hears(1)
    here.sandbox.behave(Behaviour("wrong", times=1))
    here.clock.advance(0.05)
    await here.hears(2)

    with pytest.raises(BackendGarbled) as garbled:
        here.told(order)

    assert garbled.value.code == "backend_wrong_subject"


async def test_an_event_that_is_garbled_on_the_way_is_refused(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)
    await here.hears(1)
    here.sandbox.behave(Behaviour("garbled", times=1))
    here.clock.advance(0.05)

    await here.refuses(1)

    assert len(here.heard) == 1


async def test_a_room_with_another_key_believes_nothing() -> None:
    other = (await _another_state_s_key())["webhook_key"]
    async with counter("uae", secrets={"webhook_key": other}) as here:
        here.sandbox.desk.orders = Orders(pace=0.05)
        await settle(here, residence(here))

        await here.refuses(3)

        assert here.heard == []


async def _another_state_s_key() -> Mapping[str, str]:
    async with counter("uae") as other:
        return other.sandbox.secrets
