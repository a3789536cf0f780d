"""Whatever is delivered in the name of Kuwait Mobile ID: nobody is signed in whom it does not vouch for."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from gateway.errors import ProviderGarbled, SignInRejected
from gateway.sandbox.providers.mobile_id_message import BENDS, signed, written
from gateway.schema.country import Country
from tests.support.attempts import number
from tests.support.databases import sqlite_copy
from tests.support.mobile_id import CITIZEN, RESIDENT, Telephone, telephone


@pytest.fixture
async def desk(sqlite_database: Path, tmp_path: Path) -> AsyncIterator[Telephone]:
    async with telephone(sqlite_copy(sqlite_database, tmp_path)) as running:
        yield running


async def post(url: str, body: bytes) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as answer:
        return answer.status


async def test_good_case_first_the_honest_callback_signs_in(desk: Telephone) -> None:
    evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.identifier is not None
    assert evidence.identifier.value == CITIZEN


REASONS = {
    "other_person": "other_person",
    "other_certificate": "certificate_holder",
    "unknown_authority": "user_certificate",
    "old_certificate": "user_certificate",
    "other_challenge": "challenge",
    "other_signed_data": "signature_data",
    "other_request": "request_id",
    "other_service_provider": "service_provider",
    "other_civil_number": "civil_number",
    "stale": "date",
    "ahead": "date",
    "unknown_result": "result_code",
    "result_as_number": "number",
    "unknown_action": "user_action",
    "no_action": "malformed",
    "sha1": "hash_algorithm",
    "no_certificate": "user_certificate",
    "no_date": "malformed",
    "bad_date": "date",
    "wrong_key": "signature",
    "unsigned": "signature",
    "changed_after": "signature",
    "duplicate": "malformed",
    "not_json": "malformed",
}


@pytest.mark.parametrize(("lie", "reason"), REASONS.items())
async def test_a_callback_that_is_wrong_in_one_thing_is_not_believed(desk: Telephone, lie: str, reason: str) -> None:
    with capture_logs() as logs, pytest.raises(ProviderGarbled) as disbelieved:
        await desk.sign_in(lie=lie)

    assert disbelieved.value.facts == {"provider": "kw-mobile-id"}
    assert [entry["reason"] for entry in logs if entry["event"] == "provider.disbelieved"] == [reason]


def test_every_lie_that_the_stand_in_knows_is_shown_refused() -> None:
    assert set(BENDS) <= set(REASONS) | {"contradiction"}


async def test_a_person_who_declined_is_not_signed_in_by_a_result_that_says_otherwise(desk: Telephone) -> None:
    with pytest.raises(SignInRejected) as declined:
        await desk.sign_in(lie="contradiction")

    assert declined.value.code == "signin_declined"


@pytest.mark.parametrize("lie", ["wrong_key", "unsigned", "changed_after"])
async def test_not_even_a_refusal_is_believed_unsigned(desk: Telephone, lie: str) -> None:
    with pytest.raises(ProviderGarbled):
        await desk.sign_in(approve=False, lie=lie)


async def test_the_answer_to_an_earlier_sign_in_ends_no_later_one(desk: Telephone) -> None:
    assert await desk.sign_in() is not None

    with pytest.raises(ProviderGarbled):
        await desk.sign_in(lie="replay")


async def test_the_same_callback_is_taken_once(desk: Telephone) -> None:
    waiting = await desk.ask()
    url = next(iter(desk.stand_in.requests.values()))["SPCallbackURL"]

    assert await desk.answer(waiting) == 204
    assert await post(url, desk.stand_in.sent[0]) == 404
    assert await post(url, b"{}") == 404
    assert await desk.provider.poll(waiting) is not None


async def test_the_answer_of_one_sign_in_does_not_end_that_of_another_browser(desk: Telephone) -> None:
    theirs, ours = await desk.ask(), await desk.ask()
    await desk.answer(theirs)

    assert await desk.provider.poll(ours) is None
    crossed = replace(ours, memory={**ours.memory, "reference": theirs.memory["reference"]})
    with pytest.raises(ProviderGarbled):
        await desk.provider.poll(crossed)


async def test_somebody_elses_approval_is_not_that_of_the_person_asked(desk: Telephone) -> None:
    waiting = await desk.ask(RESIDENT)
    await desk.answer(waiting)
    crossed = replace(waiting, identifier=number(Country.KW, CITIZEN))

    with pytest.raises(ProviderGarbled):
        await desk.provider.poll(crossed)


async def test_a_wire_without_keys_cannot_answer_for_the_provider(desk: Telephone) -> None:
    waiting = await desk.ask()
    forged = {"RequestDetails": {"RequestID": waiting.memory["request_id"]}, "ResultDetails": {"ResultCode": "1"}}
    url = next(iter(desk.stand_in.requests.values()))["SPCallbackURL"]

    assert await post(url, json.dumps({"MIDAuthSignResponse": forged}).encode()) == 204

    with pytest.raises(ProviderGarbled):
        await desk.provider.poll(waiting)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"MIDAuthSignResponse": null}',
        b'{"MIDAuthSignResponse": {"Signature": "AAAA"}}',
        b'{"MIDAuthSignResponse": {"Signature": 1}}',
        b'{"MIDAuthSignResponse": {"Signature": "\xc3\xa9"}}',
        b'{"MIDAuthSignResponse": ' + b"[" * 50_000,
        b'{"MIDAuthSignResponse": {"Signature": "\xff"}}',
        b"\xef\xbb\xbf{}",
        b'{"a": NaN}',
        b"{}" * 10_000,
    ],
)
async def test_whatever_else_is_delivered_is_refused_without_a_crash(desk: Telephone, body: bytes) -> None:
    waiting = await desk.ask()
    url = next(iter(desk.stand_in.requests.values()))["SPCallbackURL"]

    assert await post(url, body) == 204

    with pytest.raises(ProviderGarbled):
        await desk.provider.poll(waiting)


async def test_a_callback_larger_than_any_is_not_kept(desk: Telephone) -> None:
    waiting = await desk.ask()
    url = next(iter(desk.stand_in.requests.values()))["SPCallbackURL"]

    assert await post(url, b" " * 300_000) == 404
    assert await desk.answer(waiting) == 204
    assert await desk.provider.poll(waiting) is not None


@pytest.mark.parametrize("section", ["RequestDetails", "ResultDetails"])
@pytest.mark.parametrize("value", [None, [], "text", {}])
async def test_a_section_that_is_missing_or_of_another_kind_is_refused(
    desk: Telephone, section: str, value: Any
) -> None:
    waiting = await desk.ask()
    request = desk.stand_in.requests[waiting.memory["request_id"]]
    message = json.loads(desk.stand_in.body(request, approve=True))["MIDAuthSignResponse"]
    del message["Signature"]
    url = request["SPCallbackURL"]
    body = written(signed(message | {section: value}, desk.stand_in.signers.provider))

    assert await desk.stand_in.deliver(url, body) == 204

    with pytest.raises(ProviderGarbled):
        await desk.provider.poll(waiting)


async def test_the_civil_number_is_in_no_error(desk: Telephone) -> None:
    for lie in ("other_person", "revoked", "unsigned"):
        with pytest.raises((ProviderGarbled, SignInRejected)) as refused:
            await desk.sign_in(lie=lie)
        assert CITIZEN not in repr(refused.value) + str(refused.value.facts)
