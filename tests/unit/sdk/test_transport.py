"""The pool: connections are kept, used again, replaced when they have died, and never too many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.errors import BackendDown, BackendGarbled
from gateway.resilience.deadline import Deadline
from gateway.sdk.transport import Response, Transport
from tests.support.backend import Answerer, Backend, Talk, answered, backend


@asynccontextmanager
async def pool(answer: Answerer | bytes, **options: Any) -> AsyncIterator[tuple[Transport, Backend]]:
    async with backend(answer) as system:
        transport = Transport(system.url, **{"body_limit": 65_536, "header_limit": 16_384, **options})
        try:
            yield transport, system
        finally:
            await transport.close()


async def ask(transport: Transport, *, safe: bool = True, seconds: float = 2) -> Response:
    request = transport.request("GET", "/", {}, b"")
    return await transport.ask(request, Deadline.after(seconds), safe=safe)


async def hang_up(talk: Talk) -> None:
    talk.hang_up()


async def answer_and_hang_up(talk: Talk) -> None:
    await talk.say(answered())
    talk.hang_up()


async def test_one_connection_serves_one_question_after_another() -> None:
    async with pool(answered(b"hi")) as (transport, system):
        for _ in range(50):
            assert (await ask(transport)).body == b"hi"

    assert system.connections == 1


async def test_questions_asked_together_get_a_connection_each_and_their_own_answers() -> None:
    async def later(talk: Talk) -> None:
        await asyncio.sleep(0.01)
        await talk.say(answered(b"%d" % talk.number))

    async with pool(later) as (transport, system):
        answers = await asyncio.gather(*(ask(transport) for _ in range(10)))
        again = await asyncio.gather(*(ask(transport) for _ in range(10)))

    assert len({answer.body for answer in [*answers, *again]}) == 20
    assert system.connections == 10


async def test_no_more_connections_are_kept_than_were_allowed() -> None:
    async def later(talk: Talk) -> None:
        await asyncio.sleep(0.01)
        await talk.say(answered())

    async with pool(later, kept=2) as (transport, system):
        await asyncio.gather(*(ask(transport) for _ in range(6)))
        await asyncio.sleep(0.02)
        hung_up = system.hung_up

    assert system.connections == 6
    assert hung_up == 4


@pytest.mark.parametrize(
    "answer",
    [
        answered(headers=b"Connection: close\r\n"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["announced", "HTTP/1.0"],
)
async def test_a_connection_that_the_system_means_to_close_is_not_kept(answer: bytes) -> None:
    async with pool(answer) as (transport, system):
        await ask(transport)
        await ask(transport)

    assert system.connections == 2


async def test_a_connection_that_was_closed_while_it_was_kept_is_replaced() -> None:
    async with pool(answer_and_hang_up) as (transport, system):
        for _ in range(5):
            await ask(transport)
            await asyncio.sleep(0.005)

    assert system.connections == 5


async def test_a_connection_that_closes_as_the_question_goes_out_is_replaced_once() -> None:
    """The other side had not yet been seen to close."""

    async def second_not(talk: Talk) -> None:
        if talk.number == 1:
            talk.hang_up()
        else:
            await talk.say(answered(b"%d" % talk.number))

    async with pool(second_not) as (transport, system):
        await ask(transport)
        second = await ask(transport)

    assert second.body == b"2"
    assert system.connections == 2


async def test_a_new_connection_that_is_closed_at_once_is_not_replaced() -> None:
    """That is no stale connection but a system in trouble."""
    async with pool(hang_up) as (transport, system):
        with pytest.raises(BackendDown) as caught:
            await ask(transport)

    assert caught.value.facts["reason"] == "closed_unanswered"
    assert len(system.requests) == 1


async def test_a_question_is_not_repeated_once_an_answer_has_begun() -> None:
    async def half(talk: Talk) -> None:
        if talk.number == 0:
            await talk.say(answered())
        else:
            await talk.say(b"HTTP/1.1 200 OK\r\n")
            talk.hang_up()

    async with pool(half) as (transport, system):
        await ask(transport)
        with pytest.raises(BackendGarbled):
            await ask(transport)

    assert len(system.requests) == 2


async def test_a_question_that_changes_something_travels_on_a_connection_of_its_own() -> None:
    """Otherwise it could meet one that has just died, and nobody could tell whether it arrived."""
    async with pool(answered()) as (transport, system):
        for _ in range(3):
            await ask(transport)
            await ask(transport, safe=False)

    assert len(system.requests) == 6
    assert system.connections == 4


async def test_the_names_of_headers_are_told_in_lower_case_and_repeated_ones_together() -> None:
    async with pool(answered(headers=b"X-Name: a\r\nx-NAME: b\r\nCONTENT-Type: text/xml\r\n")) as (transport, _):
        headers = (await ask(transport)).headers

    assert headers["x-name"] == "a, b"
    assert headers["content-type"] == "text/xml"


async def test_what_one_answer_says_is_not_in_the_next() -> None:
    async def differently(talk: Talk) -> None:
        await talk.say(answered(b"x" * (3 - talk.number), headers=b"X-%d: 1\r\n" % talk.number))

    async with pool(differently) as (transport, system):
        first, second = await ask(transport), await ask(transport)

    assert (first.body, second.body) == (b"xxx", b"xx")
    assert "x-0" in first.headers
    assert "x-0" not in second.headers
    assert system.connections == 1


async def test_the_bounds_are_for_each_answer_and_not_for_the_connection() -> None:
    async with pool(answered(b"x" * 60_000, headers=b"X: " + b"x" * 10_000 + b"\r\n")) as (transport, system):
        for _ in range(30):
            assert len((await ask(transport)).body) == 60_000

    assert system.connections == 1


async def test_closing_the_pool_closes_what_it_keeps() -> None:
    async with pool(answered()) as (transport, system):
        await ask(transport)
        await transport.close()
        await asyncio.sleep(0.01)

        assert system.hung_up == 1
