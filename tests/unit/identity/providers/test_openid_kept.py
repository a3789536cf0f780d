"""A value from outside is fetched when needed, anew when old, kept when it cannot be, and never hammered for."""

import asyncio

import pytest

from gateway.errors import ProviderDown, ProviderError, ProviderGarbled
from gateway.identity.providers.oidc.kept import Ages, Kept

AGES = Ages(fresh=100, longest=1000, cooldown=10, pause=1)


class Outside:
    """Counts what is fetched, at a time that the test sets."""

    def __init__(self, ages: Ages = AGES) -> None:
        self.now, self.fetched = 1000.0, 0
        self.failure: ProviderError | None = None
        self.gate: asyncio.Event | None = None
        self.kept = Kept("number", self.fetch, ages, lambda: self.now)

    async def fetch(self) -> int:
        self.fetched += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.fetched


async def test_a_value_is_fetched_when_it_is_first_needed_and_then_kept_while_it_is_fresh() -> None:
    outside = Outside()
    assert outside.fetched == 0

    values = [await outside.kept.get()]
    outside.now += 99
    values.append(await outside.kept.get())
    outside.now += 1
    values.append(await outside.kept.get())

    assert values == [1, 1, 2]


async def test_many_who_ask_at_once_make_one_fetch() -> None:
    outside = Outside()
    outside.gate = asyncio.Event()
    asking = [asyncio.create_task(outside.kept.get()) for _ in range(100)]
    await asyncio.sleep(0)

    outside.gate.set()

    assert set(await asyncio.gather(*asking)) == {1}
    assert outside.fetched == 1


async def test_a_renewal_is_made_once_a_cooldown() -> None:
    outside = Outside()
    await outside.kept.get()

    values = [await outside.kept.renew() for _ in range(1000)]
    outside.now += 10
    values.append(await outside.kept.renew())

    assert values == [2] * 1000 + [3]


async def test_renewals_at_once_make_one_fetch() -> None:
    outside = Outside()
    await outside.kept.get()

    assert set(await asyncio.gather(*(outside.kept.renew() for _ in range(100)))) == {2}


async def test_the_last_good_value_is_kept_while_it_cannot_be_fetched_until_it_is_too_old() -> None:
    outside = Outside()
    await outside.kept.get()
    outside.failure = ProviderDown(provider="x")

    outside.now += 999
    assert await outside.kept.get() == 1
    assert await outside.kept.renew() == 1

    outside.now += 1
    with pytest.raises(ProviderDown):
        await outside.kept.get()


async def test_after_a_failure_there_is_a_pause_and_its_error_is_told_meanwhile() -> None:
    outside = Outside()
    outside.failure = ProviderGarbled(provider="x")
    told = await asyncio.gather(*(outside.kept.get() for _ in range(50)), return_exceptions=True)
    assert all(isinstance(each, ProviderGarbled) and each.facts == {"provider": "x"} for each in told)
    assert len({id(each) for each in told} | {id(outside.failure)}) == 51
    assert outside.fetched == 1

    outside.failure = None
    outside.now += 1
    assert await outside.kept.get() == 2


async def test_a_pause_does_not_use_up_a_renewal() -> None:
    outside = Outside()
    await outside.kept.get()
    outside.now += 100
    outside.failure = ProviderDown(provider="x")
    await outside.kept.get()
    outside.failure = None

    assert await outside.kept.renew() == 1
    outside.now += 1
    assert await outside.kept.renew() == 3


async def test_whoever_gives_up_waiting_does_not_keep_the_others_from_fetching() -> None:
    outside = Outside()
    outside.gate = asyncio.Event()
    impatient = asyncio.create_task(outside.kept.get())
    patient = asyncio.create_task(outside.kept.get())
    await asyncio.sleep(0)

    impatient.cancel()
    outside.gate.set()

    assert await patient == 2
    assert impatient.cancelled()
