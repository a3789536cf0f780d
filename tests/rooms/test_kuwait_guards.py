"""What Kuwait does wrong is refused, down, late or garbled, and counted where the gate can see it."""

import pytest

from adapters.kuwait.operations import PERSON, VIOLATIONS
from gateway.resilience.breaker import BreakerState
from gateway.sdk import BackendBusy, BackendDown, BackendGarbled, BackendLate, BackendRefused
from tests.support.kuwait import (
    BUSY,
    DENIED,
    NUMBER,
    Received,
    acknowledgement,
    ask,
    fault,
    line_to_a_played_system,
)


async def test_a_callback_that_never_comes_is_late_and_leaves_nothing_behind() -> None:
    async with line_to_a_played_system() as (connected, played):
        with pytest.raises(BackendLate):
            await connected.system.inquire(PERSON, ask(seconds=0.2))

        assert len(connected.inbox) == 0
        assert await played.call_back(played.received[0]) == 404


async def test_busy_instead_of_an_acknowledgement_is_tried_again_with_the_same_reference() -> None:
    async with line_to_a_played_system() as (connected, played):
        busy = acknowledgement(f'<a:Data i:nil="true"/>{BUSY}')
        played.replies.extend([(200, busy), (200, busy)])

        async def at_last(got: Received) -> None:
            if not played.replies:
                await played.call_back(got)

        played.before = at_last
        answer = await connected.system.inquire(PERSON, ask())

    assert answer.reference == NUMBER
    assert len({(got.fields["RefId"], got.fields["SPCallbackURL"]) for got in played.received}) == 1
    assert len(played.received) == 3


async def test_a_system_that_stays_busy_opens_the_breaker_of_its_agency_only() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([(200, acknowledgement(BUSY))] * 5)

        for _ in range(2):
            with pytest.raises(BackendDown):
                await connected.system.inquire(PERSON, ask())
        with pytest.raises(BackendBusy):
            await connected.system.inquire(PERSON, ask())

        assert len(played.received) == 5
        assert connected.gate("paci").state.breaker is BreakerState.OPEN
        assert connected.gate("traffic").state.breaker is BreakerState.CLOSED


async def test_busy_in_a_callback_is_down_and_not_asked_again() -> None:
    """The gate judges the exchange that it makes, which ended with the acknowledgement."""
    async with line_to_a_played_system() as (connected, played):

        async def busy(got: Received) -> None:
            await played.call_back(got, BUSY, {"result": "2"})

        played.before = busy
        with pytest.raises(BackendDown):
            await connected.system.inquire(PERSON, ask())

        assert len(played.received) == 1
        assert connected.gate().state.breaker is BreakerState.CLOSED


async def test_a_refusal_is_asked_once_and_names_its_code_but_not_its_message() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.append((200, acknowledgement(DENIED)))

        with pytest.raises(BackendRefused) as refused:
            await connected.system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": "2003"}
    assert "Abdullah" not in str(refused.value.args)
    assert len(played.received) == 1


@pytest.mark.parametrize("code", ["285061445574 may not", "", "<", "x" * 33])
async def test_a_code_that_is_none_is_not_repeated(code: str) -> None:
    async with line_to_a_played_system() as (connected, played):
        error = f"<a:Error><a:Code>{code.replace('<', '&lt;')}</a:Code></a:Error>"

        async def denied(got: Received) -> None:
            await played.call_back(got, error, {"result": "2"})

        played.before = denied
        with pytest.raises(BackendRefused) as refused:
            await connected.system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": "unreadable"}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, "", BackendRefused),
        (403, "", BackendRefused),
        (500, fault("s:Client"), BackendRefused),
        (500, fault("s:Server"), BackendDown),
        (500, "the worker process died", BackendDown),
        (503, "", BackendDown),
        (302, "", BackendGarbled),
        (202, "", BackendGarbled),
        (202, acknowledgement(""), BackendGarbled),
        (202, acknowledgement('<a:Data i:nil="true"/>'), BackendGarbled),
        (202, acknowledgement("<a:Data>1</a:Data><a:Data>2</a:Data>"), BackendGarbled),
        (202, acknowledgement("<a:Data>1</a:Data>", VIOLATIONS), BackendGarbled),
        (202, acknowledgement("<a:Data>1</a:Data>").replace("</s:Body>", "</s:Body><s:Body/>"), BackendGarbled),
        (202, acknowledgement("<a:Data>1</a:Data>").replace("soap/envelope/", "soap/other/"), BackendGarbled),
        (202, acknowledgement("<a:Data>1<!-- -->2</a:Data>"), BackendGarbled),
        (200, acknowledgement("<a:Data>1</a:Data>"), BackendGarbled),
        (204, "", BackendGarbled),
        (404, "", BackendGarbled),
    ],
)
async def test_what_is_no_acknowledgement_is_judged(status: int, body: str, error: type[Exception]) -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([(status, body)] * 3)

        with pytest.raises(error):
            await connected.system.inquire(PERSON, ask())

        assert len(connected.inbox) == 0
