"""A lookup goes to a host and comes home as it would from a room in the house, its failures too."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.errors import (
    BackendBusy,
    BackendDown,
    BackendError,
    BackendGarbled,
    BackendLate,
    BackendRefused,
    ConfigurationError,
)
from gateway.schema import AnyRecord, Country
from gateway.sdk.adapter import Ask
from gateway.sdk.asking import records_of
from tests.support.hosts import SERVICE, Table, a_person, an_ask, asked, hosting, somebody, trouble
from tests.support.signing import ed25519


async def nobody(ask: Ask) -> Sequence[AnyRecord]:
    return []


async def test_a_record_comes_home_as_it_left(tmp_path: Path) -> None:
    """In both languages, with the identifiers and dates that the host gave."""
    ask = an_ask()
    async with hosting(tmp_path, {SERVICE: Table(somebody)}) as host:
        assert await asked(host, ask) == (a_person(ask),)


async def test_the_question_arrives_as_it_was_asked(tmp_path: Path) -> None:
    """With numbers as they were written, and somewhat less time than there was."""
    table = Table(somebody)
    inputs = {"since": "2026-01-01", "amount": Decimal("12.50"), "many": [1, True, None, "م"]}
    ask = an_ask(inputs, seconds=3)
    async with hosting(tmp_path, {SERVICE: table}) as host:
        await asked(host, ask)

    (heard,) = table.asked
    assert (heard.subject, heard.inputs, heard.purpose, heard.language) == (
        ask.subject,
        ask.inputs,
        ask.purpose,
        ask.language,
    )
    assert (heard.reference, heard.source, heard.country) == (ask.reference, ask.source, ask.country)
    assert 0 < heard.deadline.at <= ask.deadline.at


async def test_a_state_that_knows_nothing_of_a_person_is_no_trouble(tmp_path: Path) -> None:
    async with hosting(tmp_path, {SERVICE: Table(nobody)}) as host:
        assert await asked(host) == ()


@pytest.mark.parametrize(
    "error",
    [
        BackendRefused(reason="no_such_agency"),
        BackendDown(reason="status_503", retry_after=7.0),
        BackendBusy(retry_after=2.5),
        BackendLate(),
        BackendGarbled(),
        BackendGarbled("backend_too_large"),
        BackendGarbled("backend_wrong_subject"),
        BackendGarbled("backend_redirected"),
    ],
)
async def test_a_failure_of_the_national_system_is_the_same_failure_here(error: BackendError, tmp_path: Path) -> None:
    """Its kind, its code, its reason, and when to come again; the host itself is in order, and is not left alone."""

    async def fail(ask: Ask) -> Sequence[AnyRecord]:
        raise error

    async with hosting(tmp_path, {SERVICE: Table(fail)}) as host, host.lookup() as lookup:
        with pytest.raises(BackendError) as caught:
            await records_of(lookup, an_ask())

        assert lookup.system.gate.state.failures == 0
        assert lookup.system.gate.state.requests == 1
    came = caught.value
    assert (type(came), came.code, came.retry_after) == (type(error), error.code, error.retry_after)
    assert came.facts.get("reason") == error.facts.get("reason")


async def test_what_a_room_trips_over_is_garbled_and_says_nothing(tmp_path: Path) -> None:
    async def trip(ask: Ask) -> Sequence[AnyRecord]:
        raise ValueError(f"{ask.subject.value} is personal")

    async with hosting(tmp_path, {SERVICE: Table(trip)}) as host:
        problem = await trouble(host)

    assert (problem.code, problem.facts) == ("backend_garbled", {})


async def test_the_host_gives_up_when_the_time_is_over(tmp_path: Path) -> None:
    """It is the host that says so, in time to be heard: nothing counts against it."""
    ended = asyncio.Event()

    async def wait(ask: Ask) -> Sequence[AnyRecord]:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()
        return []

    async with hosting(tmp_path, {SERVICE: Table(wait)}) as host, host.lookup() as lookup:
        with pytest.raises(BackendLate):
            await records_of(lookup, an_ask(seconds=0.5))

        assert ended.is_set()
        assert lookup.system.gate.state.failures == 0


async def test_a_host_allows_no_more_time_than_its_settings(tmp_path: Path) -> None:
    async def wait(ask: Ask) -> Sequence[AnyRecord]:
        await asyncio.sleep(30)
        return []

    async with hosting(tmp_path, {SERVICE: Table(wait)}, rest="[limits]\ndeadline_ms = 150\n") as host:
        assert (await trouble(host, an_ask(seconds=20))).outcome == "late"


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "BH"},
        {"agency": "om-mof"},
        {"adapter": "oman@1.0.1"},
        {"adapter": "kuwait@1.0.0"},
        {"fetched_at": "2036-01-01T00:00:00Z"},
    ],
)
async def test_a_record_that_claims_to_come_from_elsewhere_is_refused(
    changes: Mapping[str, str], tmp_path: Path
) -> None:
    async def lie(ask: Ask) -> Sequence[AnyRecord]:
        return [a_person(ask, source=ask.source.model_dump(mode="json") | dict(changes))]

    async with hosting(tmp_path, {SERVICE: Table(lie)}) as host:
        assert (await trouble(host)).outcome == "garbled"


async def test_a_record_about_somebody_else_does_not_leave_the_state(tmp_path: Path) -> None:
    """The host looks at its room's records as the gateway does."""

    async def mistake(ask: Ask) -> Sequence[AnyRecord]:
        return [a_person(an_ask(value="08999999"))]

    async with hosting(tmp_path, {SERVICE: Table(mistake)}) as host:
        assert (await trouble(host)).code == "backend_wrong_subject"


async def test_more_than_a_gate_takes_is_refused(tmp_path: Path) -> None:
    async def much(ask: Ask) -> Sequence[AnyRecord]:
        return [a_person(ask)] * 500

    async with hosting(tmp_path, {SERVICE: Table(much)}) as host:
        assert (await trouble(host)).code == "backend_too_large"


async def test_another_key_of_the_gateways_is_refused(tmp_path: Path) -> None:
    async with hosting(tmp_path, {SERVICE: Table(somebody)}) as host:
        problem = await trouble(host, signer=ed25519())

    assert (problem.outcome, problem.facts["reason"]) == ("refused", "host_key_unknown")


async def test_an_answer_signed_by_another_agencys_key_is_refused(tmp_path: Path) -> None:
    async with hosting(tmp_path, {SERVICE: Table(somebody)}) as host:
        problem = await trouble(host, keys=[ed25519().jwk])

    assert (problem.outcome, problem.facts["reason"]) == ("garbled", "host_key_unknown")


async def test_keys_of_no_use_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    async with hosting(tmp_path, {SERVICE: Table(somebody)}) as host:
        with pytest.raises(ConfigurationError, match=r"host\.keys"):
            await trouble(host, keys=[{"kty": "oct"}])


async def test_a_service_that_the_host_does_not_give_is_refused(tmp_path: Path) -> None:
    async with hosting(tmp_path, {}) as host:
        assert (await trouble(host)).facts["reason"] == "host_service_unknown"


async def test_a_host_of_another_state_takes_no_question(tmp_path: Path) -> None:
    async with hosting(tmp_path, {SERVICE: Table(somebody)}, country=Country.QA) as host:
        assert (await trouble(host)).facts["reason"] == "host_wrong_country"
