"""Qatar believes a request for its key, its clock and its signature, and believes each signature once."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from lxml import etree

from adapters.qatar.identity_verification import QatarIdentity
from adapters.qatar.operations import (
    CONTRIBUTIONS,
    PERSON,
    REGISTRATION_BY_NUMBER,
    REGISTRATIONS,
    VIOLATIONS,
    inquiry,
    target,
)
from adapters.qatar.sandbox import Sandbox
from adapters.qatar.signing import sign
from gateway.registry.manifest import Manifest
from gateway.sdk import BackendGarbled, BackendRefused, Country
from tests.support.house import ROOT
from tests.support.qatar import (
    ENDPOINTS,
    NOBODY,
    NOW,
    QATARI,
    SAUDI,
    SECRETS,
    Clock,
    ask,
    line_to_a_played_system,
    line_to_the_stand_in,
)

ROOM = ROOT / "adapters/qatar"
SECRET = SECRETS["signing_secret"].encode()
NOW_MS = int(NOW.timestamp() * 1000)
SAID = inquiry(ask())


def test_a_signature_is_over_method_target_timestamp_and_body() -> None:
    """A vector made with ``openssl dgst -sha256 -hmac key`` over the four lines, the last the body's own digest."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    by_hand = hmac.new(b"key", f"GET\n/a?b=1\n1000\n{empty}".encode(), hashlib.sha256).hexdigest()

    assert sign(b"key", "GET", "/a?b=1", "1000", b"") == by_hand
    assert by_hand == "9584ddcacb48176134ac20354373aeb41a7ff8c1181c65abf70c15225df31c1c"


async def test_a_request_carries_key_timestamp_and_a_signature_over_what_was_sent() -> None:
    async with line_to_a_played_system() as (system, played):
        await system.inquire(PERSON, ask())

    (got,) = played.received
    assert (got.method, got.target) == ("POST", "/moi/v1/person-inquiries?requestRef=req-1-QA")
    assert got.headers["X-Api-Key"] == SECRETS["api_key"]
    assert got.headers["X-Timestamp"] == str(NOW_MS)
    assert got.headers["X-Signature"] == sign(SECRET, got.method, got.target, str(NOW_MS), got.body)
    assert got.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert SECRETS["signing_secret"] not in str(got.headers)


async def test_a_person_is_asked_for_in_the_signed_body_and_not_in_the_address() -> None:
    async with line_to_a_played_system() as (system, played):
        await system.inquire(PERSON, ask())
        await system.inquire(PERSON, ask(subject=SAUDI))

    home, visitor = (etree.fromstring(got.body) for got in played.received)
    assert (home.findtext("qid"), home.find("gcc")) == (QATARI[1], None)
    assert (visitor.find("qid"), visitor.findtext("gcc/number"), visitor.findtext("gcc/nationality")) == (
        None,
        SAUDI[1],
        "SAU",
    )
    assert [each.findtext("purpose") for each in (home, visitor)] == ["self_service"] * 2
    assert not any(QATARI[1] in got.target or SAUDI[1] in got.target for got in played.received)


async def test_a_number_of_a_company_cannot_become_another_part_of_the_address() -> None:
    hostile = "101850&requestRef=x#/../ %ة"
    async with line_to_a_played_system() as (system, played):
        played.replies.append((200, NOTHING))
        await system.registration(hostile, ask())

    (got,) = played.received
    assert got.method == "GET"
    assert got.target.endswith("&requestRef=req-1-QA")
    assert got.target.count("&") == 1
    assert got.body == b""
    assert got.headers["X-Signature"] == sign(SECRET, "GET", got.target, str(NOW_MS), b"")


NOTHING = (
    '<response><status code="1001">-</status><requestRef>{ref}</requestRef><transaction>T</transaction></response>'
)


async def test_two_equal_questions_in_one_moment_have_signatures_of_their_own() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        await asyncio.gather(*(system.inquire(PERSON, ask(reference=f"req-{place}-QA")) for place in range(20)))

        assert sandbox.requests == {PERSON.path: 20}


async def test_questions_asked_together_get_their_own_answers() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        people = sandbox.population.people[:40]
        adapter = QatarIdentity(system)
        questions = [
            ask(subject=(each.home, each.identifier), reference=f"req-{place}-QA") for place, each in enumerate(people)
        ]

        answers = await asyncio.gather(*(adapter.fetch(question) for question in questions))

        pairs = zip(answers, questions, strict=True)
        found = [adapter.normalise(answer, question)[0].identifier.value for answer, question in pairs]
        assert found == [each.identifier for each in people]


@pytest.mark.parametrize(
    ("changes", "code"), [({"api_key": "another"}, "2001"), ({"signing_secret": "another"}, "2002")]
)
async def test_another_key_or_secret_is_refused_with_its_code(changes: dict[str, str], code: str) -> None:
    async with line_to_the_stand_in({**SECRETS, **changes}) as (system, _):
        with pytest.raises(BackendRefused) as refused:
            await system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": code}


@pytest.mark.parametrize(("seconds", "believed"), [(300, True), (-300, True), (300.001, False), (-300.001, False)])
async def test_a_clock_that_is_off_by_more_than_five_minutes_is_refused(seconds: float, believed: bool) -> None:
    clock = Clock(NOW + timedelta(seconds=seconds))
    async with line_to_the_stand_in(clock=clock) as (system, _):
        if believed:
            assert (await system.inquire(PERSON, ask())).data is not None
            return
        with pytest.raises(BackendRefused) as refused:
            await system.inquire(PERSON, ask())

    assert refused.value.facts == {"reason": "2003"}


async def test_an_answer_that_names_another_request_is_garbled() -> None:
    async with line_to_a_played_system() as (system, played):
        played.replies.append((200, NOTHING.replace("{ref}", "req-2-QA")))

        with pytest.raises(BackendGarbled):
            await system.inquire(PERSON, ask())


@dataclass
class Caller:
    """Somebody with the right secrets who may misuse them."""

    url: str
    session: aiohttp.ClientSession
    sandbox: Sandbox

    async def send(
        self,
        path: str = target(PERSON, "r-1"),
        body: bytes = SAID,
        *,
        method: str = "POST",
        timestamp: str = str(NOW_MS),
        signature: str | None = None,
        sent: bytes | None = None,
        to: str | None = None,
    ) -> tuple[int, str, etree._Element]:
        """Status, code and answer to a request that is signed for ``path`` and ``body``, sent ``to`` as ``sent``."""
        headers = {
            "X-Api-Key": SECRETS["api_key"],
            "X-Timestamp": timestamp,
            "X-Signature": sign(SECRET, method, path, timestamp, body) if signature is None else signature,
        }
        content = body if sent is None else sent
        async with self.session.request(method, f"{self.url}{to or path}", data=content, headers=headers) as response:
            root = etree.fromstring(await response.read())
            status = root.find("status")
            assert status is not None
            return response.status, status.get("code", ""), root


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    sandbox = Sandbox(secrets=SECRETS, clock=Clock())
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        yield Caller(url, session, sandbox)


async def test_a_good_request_is_answered_once_and_then_never_again(caller: Caller) -> None:
    first, second = await caller.send(), await caller.send()

    assert first[:2] == (200, "0000")
    assert second[:2] == (401, "2004")
    assert second[2].find("person") is None


async def test_a_signature_cannot_be_used_again_before_its_time_has_passed(caller: Caller) -> None:
    """It is remembered for as long as the clock would let it through, and forgotten after that."""
    clock = Clock()
    caller.sandbox.clock = clock
    ahead = str(NOW_MS + 299_000)
    assert (await caller.send(timestamp=ahead))[1] == "0000"

    clock.moment = NOW + timedelta(seconds=598)
    assert (await caller.send(timestamp=ahead))[1] == "2004"
    clock.moment = NOW + timedelta(seconds=601)
    assert (await caller.send(timestamp=ahead))[1] == "2003"
    assert (await caller.send(timestamp=str(NOW_MS + 601_000)))[1] == "0000"
    assert len(caller.sandbox._used) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"sent": SAID.replace(b"2", b"3")},
        {"sent": b""},
        {"to": target(PERSON, "r-2")},
        {"to": target(VIOLATIONS, "r-1")},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": sign(SECRET, "GET", target(PERSON, "r-1"), str(NOW_MS), SAID)},
        {"signature": sign(SECRET, "POST", target(PERSON, "r-1"), str(NOW_MS - 1), SAID)},
        {"signature": sign(SECRET, "POST", target(PERSON, "r-1"), str(NOW_MS), SAID).upper()},
    ],
)
async def test_what_is_not_what_was_signed_is_refused(caller: Caller, changed: dict[str, str | bytes]) -> None:
    status, code, answer = await caller.send(**changed)  # type: ignore[arg-type]

    assert (status, code) == (401, "2002")
    assert answer.find("person") is None


@pytest.mark.parametrize(
    "timestamp",
    ["", "now", "٠", "-1", "1e3", "0", str(NOW_MS // 1000), f"{NOW_MS}.5", "9" * 400, "2026-11-24T09:00:00Z"],
)
async def test_a_timestamp_of_another_kind_is_refused(caller: Caller, timestamp: str) -> None:
    assert (await caller.send(timestamp=timestamp))[:2] == (401, "2003")


async def test_a_refused_request_does_not_use_its_signature_up(caller: Caller) -> None:
    assert (await caller.send(sent=b"<other/>"))[1] == "2002"

    assert (await caller.send())[1] == "0000"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<inquiry/>",
        b"<inquiry><qid>29363462675</qid></inquiry>",
        b"<inquiry><purpose>self_service</purpose></inquiry>",
        b"<other><qid>29363462675</qid><purpose>self_service</purpose></other>",
        b"<inquiry><gcc><number>1084260288</number></gcc><purpose>self_service</purpose></inquiry>",
        b"<!DOCTYPE inquiry><inquiry><qid>29363462675</qid><purpose>self_service</purpose></inquiry>",
    ],
)
async def test_a_question_that_cannot_be_read_is_a_bad_request(caller: Caller, body: bytes) -> None:
    assert (await caller.send(body=body))[:2] == (400, "1000")


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ("<gcc><nationality>SAU</nationality><number>1084260288</number></gcc>", True),
        ("<gcc><nationality>KWT</nationality><number>1084260288</number></gcc>", False),
        ("<qid>1084260288</qid>", False),
        ("<gcc><nationality>SAU</nationality><number>29363462675</number></gcc>", False),
        ("<qid>28463400123</qid>", False),
    ],
)
async def test_a_number_is_known_under_its_own_nationality_only(caller: Caller, about: str, found: bool) -> None:
    body = f"<inquiry>{about}<purpose>self_service</purpose></inquiry>".encode()

    status, code, answer = await caller.send(body=body)

    assert (status, code) == (200, "0000" if found else "1001")
    assert (answer.find("person") is not None) is found


async def test_a_registration_is_found_by_its_number_whoever_asks(caller: Caller) -> None:
    number = next(each.number for each in caller.sandbox.population.all_companies if not each.is_main)

    found = await caller.send(target(REGISTRATION_BY_NUMBER, "r-1", number), b"", method="GET")
    missing = await caller.send(target(REGISTRATION_BY_NUMBER, "r-1", "999999"), b"", method="GET")

    assert found[2].find(f"registrations/registration[@number='{number}']") is not None
    assert missing[:2] == (200, "1001")


async def test_a_reference_comes_back_as_it_was_sent(caller: Caller) -> None:
    hostile = "</requestRef><a>&é"

    _, _, answer = await caller.send(target(PERSON, hostile))

    assert answer.findtext("requestRef") == hostile


def test_secrets_are_made_under_the_names_on_the_plate_and_anew_each_time() -> None:
    plate = Manifest.load(ROOM)
    one, other = Sandbox.make_secrets(), Sandbox.make_secrets()

    # What the state signs documents with is the stand-in's alone.
    assert set(one) == {*plate.secrets, "documents_key"}
    assert all(one[name] != other[name] for name in one)
    assert tuple(Sandbox.endpoints("http://127.0.0.1:7102")) == plate.endpoints == ENDPOINTS


async def test_every_field_that_is_told_stands_in_the_readme(caller: Caller) -> None:
    """Nothing is dropped in silence: what the schema does not carry is listed with its reason."""
    readme = (ROOM / "README.md").read_text("utf-8")
    told: set[str] = set()
    holders = [who for who in caller.sandbox.population.people if who.home is Country.QA][:150]

    for place, who in enumerate(holders):
        question = inquiry(ask(subject=(who.home, who.identifier)))
        for operation in (PERSON, VIOLATIONS, REGISTRATIONS, CONTRIBUTIONS):
            _, _, answer = await caller.send(target(operation, f"r-{place}"), question)
            for element in answer.iter():
                told |= {str(element.tag), *map(str, element.attrib)}

    assert len(told) > 60
    assert {name for name in told if f"`{name}`" not in readme} == set()


async def test_nobody_is_no_error() -> None:
    async with line_to_the_stand_in() as (system, _):
        adapter, question = QatarIdentity(system), ask(subject=NOBODY)

        assert adapter.normalise(await adapter.fetch(question), question) == ()
