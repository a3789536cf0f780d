"""Kuwait is asked by SOAP and believed only in a signed callback that answers the question put to it."""

import asyncio
from base64 import b64encode

import pytest

from adapters.kuwait.contracts import read_envelope
from adapters.kuwait.identity_verification import KuwaitIdentity
from adapters.kuwait.operations import OPERATIONS, PERSON, REGISTRATIONS, Question
from adapters.kuwait.sandbox import Sandbox
from adapters.kuwait.signing import HEADER, is_signed, sign
from gateway.sdk import BackendGarbled, BackendRefused
from gateway.sdk.sandbox import Behaviour
from tests.support.kuwait import (
    KEY,
    KUWAITI,
    NUMBER,
    PERSONAL,
    SAUDI,
    SECRETS,
    Received,
    ask,
    callback,
    line,
    line_to_a_played_system,
    line_to_the_stand_in,
)


async def test_a_question_is_acknowledged_and_then_answered_by_a_callback() -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        adapter, question = KuwaitIdentity(connected.system), ask()

        (person,) = adapter.normalise(await adapter.fetch(question), question)

        assert person.identifier.value == KUWAITI[1]
        assert person.source.reference is not None
        assert person.source.reference.startswith("DSP")
        assert sandbox.requests == {"/PACI/GulfInquiry.svc": 1}
        assert len(connected.inbox) == 0


async def test_a_request_carries_credentials_action_reference_and_callback_address() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.before = played.call_back

        await connected.system.inquire(PERSON, ask())

    (got,) = played.received
    assert got.headers["Authorization"] == "Basic " + b64encode("bawaba:p:ä/ss".encode()).decode()
    assert got.headers["SOAPAction"] == '"http://tempuri.org/IGulfInquiry/RequestPersonInfo"'
    assert got.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert got.fields["RefId"] == "req-1-KW"
    assert got.fields["SPCallbackURL"].startswith(f"{connected.door}/callbacks/kuwait/")
    assert got.fields["InquiryReason"] == "self_service"


async def test_a_gulf_citizen_is_asked_for_by_the_number_of_home_and_its_nationality() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.before = played.call_back

        await connected.system.inquire(PERSON, ask(subject=KUWAITI))
        await connected.system.inquire(PERSON, ask(subject=SAUDI))

    names = ("PersonCivilNo", "GccCivilNo", "GccNationality")
    asked = [tuple(got.fields[name] for name in names) for got in played.received]
    assert asked == [(KUWAITI[1], "", ""), ("", SAUDI[1], "682")]


def test_values_of_a_request_cannot_become_elements_of_it() -> None:
    hostile = "</a:RefId><a:PersonCivilNo>280010100004</a:PersonCivilNo>&<!--'\"{ref_id}"
    question = Question(hostile, f"http://here/?{hostile}", "self_service", registration_number=hostile)

    for operation in OPERATIONS:
        fields = read_envelope(operation.envelope(question), operation.name, "request")

        assert fields.text("RefId") == hostile
        assert fields.text("RegistrationNo") == hostile
        assert fields.text("PersonCivilNo") is None


async def test_a_callback_may_come_before_its_acknowledgement() -> None:
    async with line_to_a_played_system() as (connected, played):
        statuses: list[int] = []

        async def early(got: Received) -> None:
            statuses.append(await played.call_back(got))

        played.before = early
        answer = await connected.system.inquire(PERSON, ask())

    assert statuses == [204]
    assert answer.reference == NUMBER


async def test_a_second_callback_to_one_request_is_not_found() -> None:
    async with line_to_a_played_system() as (connected, played):
        waiting = asyncio.create_task(connected.system.inquire(PERSON, ask()))
        got = await played.first()

        first, second = await played.call_back(got), await played.call_back(got)
        await waiting
        third = await played.call_back(got)

    assert (first, second, third) == (204, 404, 404)


async def test_a_callback_that_nobody_waits_for_is_not_found() -> None:
    async with line_to_a_played_system() as (connected, played):
        body = callback(PERSONAL).encode()
        headers = {HEADER: sign(KEY, "req-1-KW", body)}

        assert await played.post(f"{connected.door}/callbacks/kuwait/{'A' * 22}", body, headers) == 404


async def test_the_callback_of_a_request_is_not_found_under_another_room() -> None:
    async with line_to_a_played_system() as (connected, played):
        waiting = asyncio.create_task(connected.system.inquire(PERSON, ask()))
        got = await played.first()
        url = got.fields["SPCallbackURL"]

        assert await played.post(url.replace("/kuwait/", "/oman/"), b"", {}) == 404
        assert await played.call_back(got) == 204
        await waiting


@pytest.mark.parametrize("signed_with", [b"another key", b"", KEY[:-1]])
async def test_a_callback_signed_with_another_key_is_garbled(signed_with: bytes) -> None:
    async with line_to_a_played_system() as (connected, played):

        async def forge(got: Received) -> None:
            assert await played.call_back(got, signed_with=signed_with) == 204

        played.before = forge
        with pytest.raises(BackendGarbled):
            await connected.system.inquire(PERSON, ask())


async def test_a_callback_without_a_signature_is_garbled() -> None:
    async with line_to_a_played_system() as (connected, played):

        async def unsigned(got: Received) -> None:
            await played.post(got.fields["SPCallbackURL"], callback(PERSONAL).encode(), {})

        played.before = unsigned
        with pytest.raises(BackendGarbled):
            await connected.system.inquire(PERSON, ask())


async def test_an_answer_signed_for_another_request_is_garbled() -> None:
    """The signature is over the RefId too, so a true answer cannot be moved to another question."""
    async with line_to_a_played_system() as (connected, played):

        async def moved(got: Received) -> None:
            await played.call_back(got, signed_for="req-2-KW")

        played.before = moved
        with pytest.raises(BackendGarbled):
            await connected.system.inquire(PERSON, ask())


@pytest.mark.parametrize(
    "told", [{"ref_id": "req-2-KW"}, {"request_id": "DSP9"}, {"request_type": "2"}, {"result": "2"}, {"result": ""}]
)
async def test_an_answer_to_something_else_is_garbled(told: dict[str, str]) -> None:
    async with line_to_a_played_system() as (connected, played):

        async def other(got: Received) -> None:
            await played.call_back(got, told=told)

        played.before = other
        with pytest.raises(BackendGarbled):
            await connected.system.inquire(PERSON, ask())


def test_a_signature_is_over_reference_and_body() -> None:
    """A vector made with ``openssl dgst -sha256 -hmac key`` over ``req-1-KW``, a line feed and ``<a/>``."""
    vector = "cf9876e39cd1cec95acbafdd71b620c2f52c3cf616561b1632b557d7137b5687"

    assert sign(b"key", "req-1-KW", b"<a/>") == vector


@pytest.mark.parametrize("signature", ["", "é", "0" * 64, "\udcff", "0" * 100_000])
def test_a_signature_may_be_anything_and_is_then_wrong(signature: str) -> None:
    good = sign(KEY, "req-1-KW", b"<a/>")

    assert is_signed(KEY, "req-1-KW", b"<a/>", good)
    assert not is_signed(KEY, "req-1-KW", b"<a/>", signature)
    assert not is_signed(KEY, "req-1-KW", b"<a/>", good.upper())


async def test_questions_asked_together_get_their_own_answers() -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        people = [each for each in sandbox.population.people if each.alive][:40]
        adapter = KuwaitIdentity(connected.system)
        questions = [
            ask(subject=(each.home, each.identifier), reference=f"req-{place}-KW") for place, each in enumerate(people)
        ]

        answers = await asyncio.gather(*(adapter.fetch(question) for question in questions))

        found = [
            adapter.normalise(answer, question)[0].identifier.value
            for answer, question in zip(answers, questions, strict=True)
        ]
        assert found == [each.identifier for each in people]


async def test_wrong_credentials_are_refused_by_the_stand_in() -> None:
    sandbox = Sandbox(secrets=SECRETS)
    async with (
        sandbox.running() as url,
        line(sandbox.endpoints(url), {**SECRETS, "password": "another"}) as stranger,
    ):
        with pytest.raises(BackendRefused) as refused:
            await stranger.system.inquire(REGISTRATIONS, ask())

    assert refused.value.facts == {"reason": "http_401"}
    assert sandbox.requests == {"/MOCI/GulfInquiry.svc": 1}


async def test_a_room_with_another_callback_key_believes_nothing() -> None:
    sandbox = Sandbox(secrets=SECRETS)
    async with (
        sandbox.running() as url,
        line(sandbox.endpoints(url), {**SECRETS, "callback_key": "another"}) as connected,
    ):
        with pytest.raises(BackendGarbled):
            await connected.system.inquire(PERSON, ask())


@pytest.mark.parametrize("kind", ["garbled", "deep", "bomb"])
async def test_a_callback_spoilt_on_the_way_reaches_no_parser(kind: str) -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        sandbox.behave(Behaviour(kind))  # type: ignore[arg-type]

        with pytest.raises(BackendGarbled):
            await connected.system.inquire(PERSON, ask())
