"""Signing in, from the first step to the session: what ends an attempt, what leaves it, and what is rationed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import (
    AssuranceTooLow,
    BawabaError,
    ProviderDown,
    ProviderGarbled,
    ProviderLate,
    SignInError,
    SignInRejected,
    TooManyRequests,
)
from gateway.identity.attempts import Wish
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse, Step, Wait
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.signin import GRACE, SignIn
from gateway.policy.quota import Quota
from gateway.storage.tables import sessions
from tests.support.people import CIVIL, CPR, PLACE, Roof, evidence, roof

PLATE = ProviderPlate.load(Path(__file__).parents[3] / "config/providers/kw-mobile-id.toml")
WISH = Wish(provider="kw-mobile-id", redirect_uri="https://gateway.example/cb", language="ar", identifier=CIVIL)
WINDOW = timedelta(seconds=60)


@dataclass
class Scripted:
    """A provider that waits, and says at each poll what the test wrote down; it counts the telephones it rang."""

    now: Callable[[], float]
    answer: Evidence | BawabaError | None = None
    plate: ProviderPlate = PLATE
    rung: int = 0
    together: asyncio.Barrier | None = None

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def begin(self, attempt: Attempt) -> Step:
        self.rung += 1
        if isinstance(self.answer, ProviderDown):
            raise self.answer
        return Wait(datetime.fromtimestamp(self.now(), UTC) + WINDOW, "42", {"transaction": "t"})

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        return evidence("completed", CIVIL, provider=attempt.provider)

    async def poll(self, attempt: Attempt) -> Evidence | None:
        if self.together:
            await self.together.wait()
        if isinstance(self.answer, BawabaError):
            raise self.answer
        return self.answer


@dataclass
class Stage:
    """One provider before one house."""

    home: Roof
    provider: Scripted
    signin: SignIn

    async def begin(self, browser: str = "browser", wish: Wish = WISH) -> str:
        return (await self.signin.begin(wish, browser)).state

    async def poll(self, state: str, browser: str = "browser") -> object:
        return await self.signin.poll(state, browser, PLACE, None)


@pytest.fixture
async def stage(storage_url: str) -> AsyncIterator[Stage]:
    async with roof(storage_url) as home:
        provider = Scripted(lambda: home.now)
        quota = Quota(2, 5, lambda: home.now)
        signin = SignIn(
            {"kw-mobile-id": provider},
            home.attempts,
            home.people,
            home.sessions,
            lambda: datetime.fromtimestamp(home.now, UTC),
            quota.spend,
        )
        yield Stage(home, provider, signin)


async def test_a_yes_makes_a_session_once(stage: Stage) -> None:
    state = await stage.begin()
    assert await stage.poll(state) is None
    stage.provider.answer = evidence("a", CIVIL, provider="kw-mobile-id")

    done = await stage.signin.poll(state, "browser", PLACE, None)

    assert done is not None
    assert await stage.home.sessions.find(done.secret) is not None
    with pytest.raises(SignInError):
        await stage.poll(state)


async def test_of_two_polls_that_hear_yes_one_makes_a_session(stage: Stage) -> None:
    state = await stage.begin()
    stage.provider.answer, stage.provider.together = evidence("a", CIVIL), asyncio.Barrier(2)

    outcomes = await asyncio.gather(stage.poll(state), stage.poll(state))

    assert sorted(type(each).__name__ for each in outcomes) == ["Done", "NoneType"]
    assert len(await stage.home.rows(sessions)) == 1


@pytest.mark.parametrize("answer", [SignInRejected("signin_declined"), ProviderGarbled(provider="kw-mobile-id")])
async def test_a_no_and_a_lie_end_the_attempt(stage: Stage, answer: BawabaError) -> None:
    state = await stage.begin()
    stage.provider.answer = answer
    with pytest.raises(type(answer)):
        await stage.poll(state)

    stage.provider.answer = evidence("a", CIVIL)
    with pytest.raises(SignInError):
        await stage.poll(state)


@pytest.mark.parametrize("answer", [ProviderDown(provider="kw-mobile-id"), ProviderLate(provider="kw-mobile-id")])
async def test_an_outage_leaves_the_attempt_to_be_asked_again(stage: Stage, answer: BawabaError) -> None:
    state = await stage.begin()
    stage.provider.answer = answer
    with pytest.raises(type(answer)):
        await stage.poll(state)

    stage.provider.answer = evidence("a", CIVIL)
    assert await stage.poll(state) is not None


async def test_a_provider_that_is_down_at_the_start_leaves_no_attempt(stage: Stage) -> None:
    stage.provider.answer = ProviderDown(provider="kw-mobile-id")
    with pytest.raises(ProviderDown):
        await stage.begin()


async def test_a_window_that_has_closed_ends_the_attempt(stage: Stage) -> None:
    state = await stage.begin()
    stage.home.now += (WINDOW + GRACE).total_seconds() + 1
    stage.provider.answer = evidence("a", CIVIL)

    with pytest.raises(SignInRejected) as refused:
        await stage.poll(state)

    assert refused.value.code == "signin_expired"


async def test_less_than_was_asked_for_makes_no_session(stage: Stage) -> None:
    wish = Wish("kw-mobile-id", "https://gateway.example/cb", "ar", wanted=Assurance.HIGH, identifier=CIVIL)
    state = await stage.begin(wish=wish)
    stage.provider.answer = evidence("a", CIVIL, assurance=Assurance.SUBSTANTIAL)

    with pytest.raises(AssuranceTooLow) as refused:
        await stage.poll(state)

    assert refused.value.facts == {"needed": "high", "held": "substantial"}


async def test_an_answer_at_the_address_of_another_provider_ends_the_attempt(stage: Stage) -> None:
    state = await stage.begin()
    for name in ("other", "kw-mobile-id"):
        with pytest.raises(SignInError):
            await stage.signin.complete(name, state, "browser", ProviderResponse(), PLACE, None)


async def test_an_unknown_provider_is_refused(stage: Stage) -> None:
    with pytest.raises(SignInError) as refused:
        await stage.begin(wish=Wish("nobody", "https://gateway.example/cb", "ar"))

    assert refused.value.code == "provider_unknown"


async def test_one_number_is_rung_five_times_and_then_now_and_again(stage: Stage) -> None:
    for place in range(5):
        await stage.begin(f"browser {place}")
    with pytest.raises(TooManyRequests):
        await stage.begin("another")
    assert stage.provider.rung == 5

    await stage.begin("another", Wish("kw-mobile-id", "https://gateway.example/cb", "ar", identifier=CPR))
    stage.home.now += 31
    await stage.begin("a third")


async def test_a_sign_in_that_rings_nobody_is_not_rationed(stage: Stage) -> None:
    for _ in range(20):
        await stage.begin(wish=Wish("kw-mobile-id", "https://gateway.example/cb", "ar"))
