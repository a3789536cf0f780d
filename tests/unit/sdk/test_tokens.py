"""One fetch of a bearer token serves all who need it; it is kept until shortly before its end and doubted once."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.sdk import (
    BackendDown,
    BackendError,
    BackendGarbled,
    BackendLate,
    BackendRefused,
    BearerToken,
    Deadline,
    Response,
    TokenRefused,
    TokenSource,
    read_token,
)
from gateway.sdk.tokens import EARLY

GRANTED = {"access_token": "a.b~c/d+e==", "token_type": "Bearer", "expires_in": 300}


@dataclass
class Desk:
    """Where tokens come from: it counts them, and takes as long, or fails, as it is told."""

    seconds: int = 300
    takes: float = 0
    fails: list[Exception] = field(default_factory=list)
    fetches: int = 0
    now: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    refused: set[str] = field(default_factory=set)

    async def fetch(self, deadline: Deadline) -> BearerToken:
        self.fetches += 1
        number = self.fetches
        await asyncio.sleep(min(self.takes, deadline.remaining()))
        if self.fails:
            raise self.fails.pop()
        return BearerToken(f"token-{number}", self.seconds)

    async def send(self, token: str) -> str:
        """A question that is answered with the token it came with."""
        if token in self.refused:
            raise TokenRefused
        return f"answered {token}"

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def source(desk: Desk) -> AsyncIterator[TokenSource]:
    tokens = TokenSource(desk.fetch, lambda: desk.now)
    yield tokens
    await tokens.close()


def soon(seconds: float = 5) -> Deadline:
    return Deadline.after(seconds)


async def test_those_who_ask_together_share_one_fetch(desk: Desk, source: TokenSource) -> None:
    desk.takes = 0.01

    tokens = await asyncio.gather(*(source.token(soon()) for _ in range(100)))

    assert set(tokens) == {"token-1"}
    assert desk.fetches == 1


async def test_a_token_is_kept_until_shortly_before_its_end(desk: Desk, source: TokenSource) -> None:
    first = await source.token(soon())
    desk.pass_by(desk.seconds - EARLY - 1)
    kept = await source.token(soon())
    desk.pass_by(1)
    fresh = await source.token(soon())

    assert (first, kept, fresh) == ("token-1", "token-1", "token-2")


async def test_of_a_short_life_the_first_half_is_used(desk: Desk, source: TokenSource) -> None:
    desk.seconds = 10
    first = await source.token(soon())
    desk.pass_by(4)
    kept = await source.token(soon())
    desk.pass_by(1)
    fresh = await source.token(soon())

    assert (first, kept, fresh) == ("token-1", "token-1", "token-2")


async def test_the_life_of_a_token_counts_from_when_it_was_asked_for(desk: Desk, source: TokenSource) -> None:
    """A slow answer does not make it live longer."""
    desk.takes = 0.05
    asking = asyncio.create_task(source.token(soon()))
    await asyncio.sleep(0.01)
    desk.pass_by(desk.seconds - EARLY)
    await asking

    assert await source.token(soon()) == "token-2"


async def test_a_token_that_is_refused_is_replaced_once_for_all(desk: Desk, source: TokenSource) -> None:
    await source.token(soon())
    desk.refused.add("token-1")
    desk.takes = 0.01

    answers = await asyncio.gather(*(source.ask(soon(), desk.send) for _ in range(20)))

    assert set(answers) == {"answered token-2"}
    assert desk.fetches == 2


async def test_a_fresh_token_that_is_refused_too_is_a_refusal(desk: Desk, source: TokenSource) -> None:
    desk.refused.update(("token-1", "token-2", "token-3"))

    with pytest.raises(BackendRefused) as refused:
        await source.ask(soon(), desk.send)

    assert refused.value.facts == {"reason": "invalid_token"}
    assert desk.fetches == 2


async def test_another_refusal_is_no_reason_to_fetch(desk: Desk, source: TokenSource) -> None:
    async def send(token: str) -> str:
        raise BackendRefused(reason="not_yours")

    with pytest.raises(BackendRefused):
        await source.ask(soon(), send)

    assert desk.fetches == 1


async def test_whoever_has_less_time_is_late_and_the_fetch_goes_on_for_the_others(
    desk: Desk, source: TokenSource
) -> None:
    desk.takes = 0.1

    hasty, patient = await asyncio.gather(source.token(soon(0.02)), source.token(soon()), return_exceptions=True)

    assert isinstance(hasty, BackendLate)
    assert patient == "token-1"
    assert desk.fetches == 1


async def test_whoever_began_a_fetch_may_be_cancelled_without_harm_to_the_others(
    desk: Desk, source: TokenSource
) -> None:
    desk.takes = 0.1
    first, second = (asyncio.create_task(source.token(soon())) for _ in range(2))
    await asyncio.sleep(0.02)
    first.cancel()

    assert await second == "token-1"
    assert first.cancelled()


async def test_a_failure_is_shared_and_not_remembered(desk: Desk, source: TokenSource) -> None:
    desk.fails, desk.takes = [BackendDown()], 0.01

    failed = await asyncio.gather(*(source.token(soon()) for _ in range(5)), return_exceptions=True)
    after = await source.token(soon())

    assert [type(each) for each in failed] == [BackendDown] * 5
    assert after == "token-2"


async def test_a_failure_that_nobody_waited_for_is_no_noise(desk: Desk, source: TokenSource) -> None:
    """A warning of an error that was never looked at would fail this test."""
    desk.fails, desk.takes = [BackendDown()], 0.05

    with pytest.raises(BackendLate):
        await source.token(soon(0.01))
    await asyncio.sleep(0.1)

    assert await source.token(soon()) == "token-2"


async def test_closing_ends_a_fetch_that_is_under_way(desk: Desk, source: TokenSource) -> None:
    desk.takes = 30
    waiting = asyncio.create_task(source.token(soon()))
    await asyncio.sleep(0.02)

    await source.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_no_time_at_all_fetches_nothing_more_than_once(desk: Desk, source: TokenSource) -> None:
    with pytest.raises(BackendError):
        await source.token(soon(-1))

    assert desk.fetches <= 1


def said(status: int, content: Any) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(content).encode())


def test_a_token_is_read_with_the_seconds_it_lives() -> None:
    assert read_token(said(200, GRANTED)) == BearerToken("a.b~c/d+e==", 300)
    assert read_token(said(200, GRANTED | {"token_type": "bearer", "scope": "all"})).seconds == 300


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": ""},
        {"access_token": "two words"},
        {"access_token": "line\r\nX-Injected: 1"},
        {"access_token": "arabic-٣"},
        {"access_token": 7},
        {"access_token": "x" * 5000},
        {"token_type": "MAC"},
        {"token_type": None},
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": True},
        {"expires_in": "300"},
        {"expires_in": 300.0},
        {"expires_in": 10**12},
    ],
)
def test_a_token_that_cannot_be_believed_is_garbled(change: dict[str, Any]) -> None:
    with pytest.raises(BackendGarbled):
        read_token(said(200, GRANTED | change))


@pytest.mark.parametrize("content", [[], "token", None, 7])
def test_what_is_no_object_is_garbled(content: Any) -> None:
    with pytest.raises(BackendGarbled):
        read_token(said(200, content))


@pytest.mark.parametrize("status", [201, 204, 404, 418])
def test_a_token_under_another_status_is_garbled(status: int) -> None:
    with pytest.raises(BackendGarbled):
        read_token(said(status, GRANTED))


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("invalid_client", "invalid_client"),
        ("invalid_grant", "invalid_grant"),
        ("Maryam Al Zayani", "token_refused"),
        (None, "token_refused"),
        (7, "token_refused"),
    ],
)
def test_a_refusal_names_the_code_and_nobody(status: int, error: Any, reason: str) -> None:
    with pytest.raises(BackendRefused) as refused:
        read_token(said(status, {"error": error, "error_description": "Maryam Al Zayani"}))

    assert refused.value.facts == {"reason": reason}


@pytest.mark.parametrize("status", [500, 502, 599])
def test_an_endpoint_out_of_order_is_down(status: int) -> None:
    with pytest.raises(BackendDown):
        read_token(said(status, {"error": "invalid_client"}))
