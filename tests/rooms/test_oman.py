"""Oman is asked in two steps: a signed row is dropped once, and its file fetched until it is there."""

import asyncio
import csv
import io
from datetime import timedelta
from hmac import digest
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from adapters.oman.batches import POLLS
from adapters.oman.commercial_registration import OmanCommercialRegistration
from adapters.oman.identity_verification import OmanIdentity
from adapters.oman.sandbox import KEPT, Sandbox
from adapters.oman.traffic_fines import OmanTrafficFines
from gateway.sdk import BackendDown, BackendGarbled, BackendLate, BackendRefused
from gateway.sdk.sandbox import Behaviour
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.house import house
from tests.support.oman import NOBODY, NOW, OMANI, SAUDI, SECRETS, Clock, ask, line, line_to_the_stand_in

DROP, FETCH = "/batches", "/batches/{batch}"


def signed(data: bytes, key: str = SECRETS["signing_secret"]) -> dict[str, str]:
    return {"X-Client-Key": SECRETS["client_key"], "X-Signature": digest(key.encode(), data, "sha256").hex()}


def row(*fields: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(fields)
    return text.getvalue().encode("utf-8-sig")


async def test_a_row_is_dropped_once_and_its_file_asked_for_until_it_is_there() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.ready_after = 0.15

        answer = await OmanIdentity(system).fetch(ask())

        assert len(answer.rows) == 1
        assert sandbox.requests[DROP] == 1
        assert 2 < sandbox.requests[FETCH] < 8


async def test_the_row_names_a_gulf_citizen_with_the_nationality_of_home() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        await OmanIdentity(system).fetch(ask(subject=SAUDI))

        (batch,) = sandbox.batches.values()

        assert batch.body == row("req-1-OM", "CS-PERSON", "1084260288", "682", "")


async def test_who_looks_a_registration_up_by_number_is_not_told() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        await OmanCommercialRegistration(system).fetch(ask(registration_number="١٦٦٩٣٨٣"))

        (batch,) = sandbox.batches.values()

        assert batch.body == row("req-1-OM", "CR-ENTRIES", "", "", "1669383")


@pytest.mark.parametrize("number", ['1669383";x', "1;2;3", "1\r\nreq-2-OM;CS-PERSON;08123457;;", "=1+1", '"'])
async def test_a_number_cannot_leave_its_field(number: str) -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        answer = await OmanCommercialRegistration(system).fetch(ask(registration_number=number))

        assert answer.rows == ()
        assert len(sandbox.batches) == 1


@pytest.mark.parametrize("secrets", [{"signing_secret": "another"}, {"client_key": "somebody"}])
async def test_a_wrong_key_or_secret_is_refused_before_anything_is_taken(secrets: dict[str, str]) -> None:
    async with line_to_the_stand_in(secrets=SECRETS | secrets) as (system, sandbox):
        with pytest.raises(BackendRefused) as refused:
            await OmanIdentity(system).fetch(ask())

        assert refused.value.facts["reason"] == "status_401"
        assert sandbox.batches == {}


async def test_the_stand_in_takes_a_reference_once_and_refuses_another_question_under_it() -> None:
    sandbox = Sandbox(secrets=SECRETS)
    first, other = row("r-1", "CS-PERSON", "08123457", "", ""), row("r-1", "TR-FINES", "08123457", "", "")
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        replies = [await session.post(url + DROP, data=body, headers=signed(body)) for body in (first, first, other)]

    assert [reply.status for reply in replies] == [202, 202, 409]
    assert replies[0].headers["Location"] == replies[1].headers["Location"]
    assert len(sandbox.batches) == 1


@pytest.mark.parametrize(
    "body", [b"", b"a;b", row("r", "UNKNOWN", "08123457", "", ""), row("", "CS-PERSON", "1", "", ""), b"\xff"]
)
async def test_the_stand_in_takes_no_row_that_it_does_not_know(body: bytes) -> None:
    sandbox = Sandbox(secrets=SECRETS)
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        reply = await session.post(url + DROP, data=body, headers=signed(body))

        assert reply.status == 400


async def test_the_stand_in_shows_a_file_only_to_a_signature_over_its_own_path() -> None:
    sandbox = Sandbox(secrets=SECRETS)
    body = row("r-1", "CS-PERSON", "08123457", "", "")
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        sandbox.ready_after = 0
        path = (await session.post(url + DROP, data=body, headers=signed(body))).headers["Location"]
        replies = [
            await session.get(url + path, headers=headers)
            for headers in ({}, signed(body), signed(path.encode(), "another"), signed(path.encode()))
        ]

        assert [reply.status for reply in replies] == [401, 401, 401, 200]
        assert (await replies[-1].read()).startswith(b"\xef\xbb\xbfHDR;ROP-CS;")


async def test_the_stand_in_forgets_its_oldest_batches() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        await OmanIdentity(system).fetch(ask())
        ((oldest, batch),) = sandbox.batches.items()

        for place in range(KEPT):
            sandbox.keep(f"later-{place}", batch)

        assert oldest not in sandbox.batches
        assert len(sandbox.batches) == len(sandbox.references) == KEPT


async def test_a_result_that_never_comes_is_late_by_the_deadline() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.ready_after = 60
        question, loop = ask(seconds=0.4), asyncio.get_running_loop()
        began = loop.time()

        with pytest.raises(BackendLate):
            await OmanIdentity(system).fetch(question)

        assert loop.time() - began < 0.5
        assert sandbox.requests[FETCH] < POLLS


async def test_a_result_that_never_comes_is_asked_for_so_often_and_no_more() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.ready_after = 60

        with pytest.raises(BackendLate):
            await OmanIdentity(system).fetch(ask(seconds=60))

        assert sandbox.requests[FETCH] == POLLS


async def test_a_file_of_more_than_a_day_ago_makes_records_that_say_so() -> None:
    clock = Clock(NOW + timedelta(hours=24))
    async with line_to_the_stand_in(clock) as (system, _):
        adapter, question = OmanTrafficFines(system), ask("traffic-fines")

        records = adapter.normalise(await adapter.fetch(question), question)

        assert records
        assert all(record.notes == ("stale",) for record in records)


async def test_a_file_of_less_than_a_day_ago_is_fresh() -> None:
    clock = Clock(NOW + timedelta(hours=23))
    async with line_to_the_stand_in(clock) as (system, _):
        adapter, question = OmanTrafficFines(system), ask("traffic-fines")

        records = adapter.normalise(await adapter.fetch(question), question)

        assert {record.notes for record in records} == {()}


async def test_a_file_of_tomorrow_is_not_believed() -> None:
    async with line_to_the_stand_in(Clock(NOW - timedelta(hours=1))) as (system, _):
        with pytest.raises(BackendGarbled) as garbled:
            await OmanIdentity(system).fetch(ask())

        assert garbled.value.facts["reason"] == "file_of_tomorrow"


async def test_somebody_who_is_not_known_has_no_rows() -> None:
    async with line_to_the_stand_in() as (system, _):
        assert (await OmanIdentity(system).fetch(ask(subject=NOBODY))).rows == ()


async def test_the_refusal_tells_its_code_and_none_of_its_words() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        file = "HDR;ROP-CS;{now};1.0\r\nERR;AC003;سالم الحارثي\r\nEND;0\r\n"
        sandbox.prime(Reply(200, "text/csv", file.encode()))

        with pytest.raises(BackendRefused) as refused:
            await OmanIdentity(system).fetch(ask())

        assert refused.value.facts == {"reason": "AC003"}


async def test_an_agency_that_says_it_is_down_is_asked_again_for_the_same_batch() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.prime(Reply(200, "text/csv", b"HDR;ROP-CS;{now};1.0\r\nERR;SY001;-\r\nEND;0\r\n"))

        with pytest.raises(BackendDown):
            await OmanIdentity(system).fetch(ask())

        assert sandbox.requests[DROP] == 1


async def test_a_file_of_another_content_type_is_not_read() -> None:
    async with line_to_the_stand_in() as (system, sandbox):
        sandbox.prime(Reply(200, "text/html", b"<html>"))

        with pytest.raises(BackendGarbled):
            await OmanIdentity(system).fetch(ask())


@pytest.mark.parametrize(
    "location",
    [
        "",
        "http://elsewhere.example/batches/0123456789abcdef",
        "//elsewhere.example/batches/0123456789abcdef",
        "/batches/../_control/state",
        "/batches/short",
        "/batches/0123456789abcdef?x=1",
        "/other/0123456789abcdef",
    ],
)
async def test_a_batch_that_lies_elsewhere_is_not_followed(location: str) -> None:
    asked: list[str] = []

    async def national(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=202, headers={"Location": location} if location else {})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", national)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with line(f"http://127.0.0.1:{runner.addresses[0][1]}") as system:
            with pytest.raises(BackendGarbled):
                await OmanIdentity(system).fetch(ask())
    finally:
        await runner.cleanup()
    assert asked == [DROP]


async def test_a_system_that_is_gone_is_down() -> None:
    async with line_to_the_stand_in() as (system, _):
        pass

    with pytest.raises(BackendDown):
        await OmanIdentity(system).fetch(ask())


@pytest.mark.parametrize("kind", ["huge", "deep", "redirect", "bomb", "rate_limiting"])
async def test_a_hostile_system_is_refused_and_its_redirects_followed_nowhere(tmp_path: Path, kind: str) -> None:
    async with house(tmp_path, rooms=["oman"]) as running:
        running.sandboxes["oman"].behave(Behaviour(kind, 0))  # type: ignore[arg-type]

        _, document = await running.lookup("traffic-fines", running.token(("OM", OMANI[1])))

        expected = "down" if kind == "rate_limiting" else "garbled"
        assert document["answers"][0]["status"] == expected
        assert running.sandboxes["oman"].trapped == 0
