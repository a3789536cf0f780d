"""The Emirates are asked with a bearer token that is fetched once, shared, and replaced when the bus refuses it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.uae.identity_verification import EmiratesIdentity
from adapters.uae.national import EmiratesSystem
from adapters.uae.sandbox import Sandbox
from adapters.uae.traffic_fines import EmiratesTrafficFines
from adapters.uae.values import slots
from gateway.sdk import (
    Ask,
    BackendDown,
    BackendError,
    BackendRefused,
    Connection,
    Country,
    Deadline,
    Gate,
    Inbox,
    NationalIdentifier,
    Source,
)
from gateway.sdk.sandbox import Behaviour
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.house import house

EMIRATI, SAUDI = (Country.AE, "784199110289743"), (Country.SA, "1084260288")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def ask(service: str = "identity-verification", subject: tuple[Country, str] = EMIRATI, seconds: float = 5) -> Ask:
    source = Source(country=Country.AE, agency="ae-icp", adapter="uae@1.0.0", fetched_at=NOW)
    return Ask(
        service=service,
        country=Country.AE,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs={},
        purpose="self_service",
        language="en",
        reference="req-1-AE",
        deadline=Deadline.after(seconds),
        source=source,
    )


@asynccontextmanager
async def connected(**secrets: str) -> AsyncIterator[tuple[EmiratesSystem, Sandbox]]:
    """The room's client, wired to its stand-in; ``secrets`` are told to the client alone."""
    shared = Sandbox.make_secrets()
    sandbox = Sandbox(secrets=shared)
    async with sandbox.running() as url:
        gate = Gate("uae", url)
        line = Connection({"bus": gate}, {**shared, **secrets}, Inbox("http://127.0.0.1"), lambda: NOW)
        yield EmiratesSystem(line), sandbox
        await gate.close()


async def test_twenty_questions_at_once_fetch_one_token() -> None:
    async with connected() as (system, sandbox):
        adapter = EmiratesIdentity(system)

        answers = await asyncio.gather(*(adapter.fetch(ask()) for _ in range(20)))

        assert all(answer and answer["idn"] for answer in answers)
        assert sandbox.requests["/oauth/token"] == 1


async def test_a_token_that_the_bus_forgot_is_fetched_anew_and_the_question_answered() -> None:
    async with connected() as (system, sandbox):
        adapter = EmiratesIdentity(system)
        await adapter.fetch(ask())
        sandbox.tokens.clear()

        answer = await adapter.fetch(ask())

        assert answer is not None
        assert sandbox.requests["/oauth/token"] == 2


async def test_a_bus_that_refuses_every_token_is_asked_twice_and_no_more() -> None:
    async with connected() as (system, sandbox):
        sandbox.prime(Reply(401, "application/problem+json", b"{}", times=10))

        with pytest.raises(BackendRefused) as refused:
            await EmiratesIdentity(system).fetch(ask())

        assert refused.value.facts["reason"] == "invalid_token"
        assert sandbox.requests["/icp/v2/persons/{idn}"] == 2


async def test_a_wrong_client_secret_is_refused_and_no_question_is_put() -> None:
    async with connected(client_secret="another") as (system, sandbox):
        with pytest.raises(BackendRefused) as refused:
            await EmiratesIdentity(system).fetch(ask())

        assert refused.value.facts["reason"] == "invalid_client"
        assert "/icp/v2/persons/{idn}" not in sandbox.requests


async def test_a_gulf_citizen_is_named_with_the_nationality_of_home() -> None:
    async with connected() as (system, _):
        adapter, question = EmiratesIdentity(system), ask(subject=SAUDI)

        (person,) = adapter.normalise(await adapter.fetch(question), question)

        assert (person.standing, person.nationality) == ("gcc_visitor", "SA")


async def test_the_refusal_of_the_bus_tells_its_code_and_none_of_its_words() -> None:
    async with connected() as (system, sandbox):
        words = b'{"errorCode": "Mr Khalid 1084260288", "title": "No"}'
        sandbox.prime(Reply(403, "application/problem+json", words))

        with pytest.raises(BackendRefused) as refused:
            await EmiratesIdentity(system).fetch(ask())

        assert refused.value.facts == {"reason": "unknown"}


@pytest.mark.parametrize("kind", ["huge", "deep", "redirect", "bomb", "rate_limiting"])
async def test_a_hostile_bus_is_refused_and_its_redirects_followed_nowhere(tmp_path: Path, kind: str) -> None:
    async with house(tmp_path, rooms=["uae"]) as running:
        running.sandboxes["uae"].behave(Behaviour(kind, 0))  # type: ignore[arg-type]

        _, document = await running.lookup("identity-verification", running.token(("AE", EMIRATI[1])))

        expected = "down" if kind == "rate_limiting" else "garbled"
        assert document["answers"][0]["status"] == expected
        assert running.sandboxes["uae"].trapped == 0


async def test_a_bus_that_is_gone_is_down() -> None:
    async with connected() as (system, _):
        pass

    with pytest.raises(BackendDown):
        await EmiratesIdentity(system).fetch(ask())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ram,,,,ABC,,", ("Ram", None, None, "ABC")),
        ("Hind,Sultan ,Rashed,,Al Mansoori,,", ("Hind", "Sultan", "Rashed", "Al Mansoori")),
        ("ساوميا,,,,شارما,,", ("ساوميا", None, None, "شارما")),
    ],
)
def test_names_come_out_of_their_slots(text: str, parts: tuple[str | None, ...]) -> None:
    name = slots(text)

    assert name is not None
    assert (name.given, name.father, name.grandfather, name.family) == parts


@pytest.mark.parametrize("text", [None, "", ",,,,,,", 7])
def test_empty_slots_are_no_name(text: object) -> None:
    assert slots(text) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["idn", "idnIssuer", "tickets", "ticketNo", "amount", "residencyType", "plate", "status", "transactionId"]
    ), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["idn", "idnIssuer", "tickets", "residencyType", "transactionId"]), JSON))
def test_whatever_the_bus_sends_is_records_or_a_failure_that_the_flow_knows(document: dict[str, object]) -> None:
    adapters: list[Callable[[dict[str, object], Ask], object]] = [
        EmiratesIdentity.__new__(EmiratesIdentity).normalise,
        EmiratesTrafficFines.__new__(EmiratesTrafficFines).normalise,
    ]
    for normalise in adapters:
        with suppress(BackendError, ValueError, LookupError, TypeError, AttributeError):
            assert normalise(document, ask()) is not None
