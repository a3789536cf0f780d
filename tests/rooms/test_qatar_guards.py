"""What Qatar does wrong is refused, down, late or garbled, and counted where the gate can see it."""

import pytest

from adapters.qatar.operations import PERSON, REGISTRATIONS
from adapters.qatar.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER
from gateway.resilience.breaker import BreakerState
from gateway.sdk import BackendBusy, BackendDown, BackendError, BackendGarbled, BackendLate, BackendRefused
from gateway.sdk.sandbox import KINDS, Behaviour
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.qatar import PERSON as NOORA
from tests.support.qatar import PassingClock, ask, line_to_a_played_system, line_to_the_stand_in, response

MAINTENANCE, DENIED, USED = response(code="9001"), response(code="1003"), response(code="2004")


async def test_maintenance_inside_a_200_is_tried_again_with_the_same_reference() -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.extend([(200, MAINTENANCE), (200, MAINTENANCE)])

        answer = await system.inquire(PERSON, ask())

    assert answer.reference == "MOI-1"
    assert len(played.received) == 3
    assert len({got.target for got in played.received}) == 1


async def test_a_system_that_stays_in_maintenance_opens_the_breaker_of_its_agency_only() -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.extend([(200, MAINTENANCE)] * 5)

        for _ in range(2):
            with pytest.raises(BackendDown):
                await system.inquire(PERSON, ask())
        with pytest.raises(BackendBusy):
            await system.inquire(PERSON, ask())

        assert len(played.received) == 5
        assert system.connection.gate("moi").state.breaker is BreakerState.OPEN
        assert system.connection.gate("moci").state.breaker is BreakerState.CLOSED


async def test_a_retry_is_signed_anew() -> None:
    """A signature that was seen is refused, even when its answer was lost."""
    async with line_to_a_played_system(PassingClock()) as (system, played):
        played.replies.append((504, ""))

        await system.inquire(PERSON, ask())

    first, second = (got.headers for got in played.received)
    assert int(second[TIMESTAMP_HEADER]) > int(first[TIMESTAMP_HEADER])
    assert second[SIGNATURE_HEADER] != first[SIGNATURE_HEADER]


async def test_a_retry_is_believed_by_the_stand_in_that_saw_the_first_try() -> None:
    async with line_to_the_stand_in(clock=PassingClock()) as (system, sandbox):
        sandbox.prime(Reply(504, "text/plain", b""))

        answer = await system.inquire(PERSON, ask())

    assert answer.data is not None


async def test_an_answer_that_was_lost_and_cannot_be_had_again_is_down_and_no_refusal() -> None:
    """A signature that another worker has used within the same millisecond refuses nobody."""
    async with line_to_a_played_system() as (system, played):
        played.replies.extend([(504, ""), (401, USED), (401, USED)])

        with pytest.raises(BackendDown):
            await system.inquire(PERSON, ask())

    assert len(played.received) == 3


async def test_no_two_tries_carry_one_signature_even_within_one_millisecond() -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.extend([(504, ""), (504, "")])

        await system.inquire(PERSON, ask())

    assert len({got.headers["X-Signature"] for got in played.received}) == 3


async def test_a_refusal_is_asked_once_and_names_its_code_but_not_its_message() -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.append((200, DENIED))

        with pytest.raises(BackendRefused) as refused:
            await system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": "1003"}
    assert "Noora" not in str(refused.value.args)
    assert len(played.received) == 1
    assert system.connection.gate("moi").state.breaker is BreakerState.CLOSED


@pytest.mark.parametrize("code", ["29363462675 may not", "&lt;", "x" * 33, "é"])
async def test_a_code_that_is_none_is_not_repeated(code: str) -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.append((200, response(code=code)))

        with pytest.raises(BackendRefused) as refused:
            await system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": "unreadable"}


async def test_a_refusal_without_a_readable_answer_names_the_status() -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.append((403, "<html>Forbidden"))

        with pytest.raises(BackendRefused) as refused:
            await system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": "http_403"}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, response(code="1000"), BackendRefused),
        (401, "", BackendRefused),
        (401, response(code="0000"), BackendGarbled),
        (403, response(code="2001"), BackendRefused),
        (401, USED, BackendDown),
        (500, response(NOORA), BackendDown),
        (503, "", BackendDown),
        (429, "", BackendDown),
        (302, "", BackendGarbled),
        (404, "", BackendGarbled),
        (201, response(NOORA), BackendGarbled),
        (204, "", BackendGarbled),
        (200, "", BackendGarbled),
        (200, "{}", BackendGarbled),
        (200, response(code="9002"), BackendDown),
        (200, response(), BackendGarbled),
        (200, response(NOORA, "1001"), BackendGarbled),
        (200, response(NOORA, ""), BackendGarbled),
        (200, response(NOORA, transaction=""), BackendGarbled),
        (200, response(NOORA, reference=""), BackendGarbled),
        (200, response("<violations/>"), BackendGarbled),
        (200, response(NOORA + "<status/>"), BackendGarbled),
    ],
)
async def test_what_is_no_answer_is_judged(status: int, body: str, error: type[Exception]) -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.extend([(status, body)] * 3)

        with pytest.raises(error) as raised:
            await system.inquire(PERSON, ask())

    assert type(raised.value) is error


async def test_an_answer_after_the_deadline_is_late() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.behave(Behaviour("slow", seconds=5))

        with pytest.raises(BackendLate):
            await system.inquire(REGISTRATIONS, ask(seconds=0.2))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("normal", "slow", "wrong")])
async def test_every_way_of_misbehaving_is_an_error_and_then_over(kind: str) -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.behave(Behaviour(kind, seconds=0))  # type: ignore[arg-type]

        with pytest.raises(BackendError):
            await system.inquire(PERSON, ask())
        sandbox.reset()

        assert (await system.inquire(PERSON, ask(reference="req-2-QA"))).data is not None
        assert sandbox.trapped == 0
