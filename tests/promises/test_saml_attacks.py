"""Whatever a browser posts in the name of a SAML provider: only what the provider signed for us, now, is read."""

import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from structlog.testing import capture_logs

from gateway.errors import ProviderGarbled, SignInError
from gateway.identity.letters import LIFE_SECONDS
from gateway.identity.providers.base import ProviderResponse
from gateway.identity.providers.saml_assertion import LEEWAY, OLDEST
from gateway.identity.providers.saml_document import read_response, signed_assertion
from gateway.sandbox.providers.nas_lies import BENDS, SIGNINGS, SPOILS
from gateway.sandbox.providers.nas_wrapping import FORGED_QID, WRAPPINGS
from tests.support.attempts import clock, now
from tests.support.databases import sqlite_copy
from tests.support.nas import CITIZEN, QID, SECRETS, Counter, counter

REASONS = {
    "wrong_audience": "audience",
    "longer_audience": "audience",
    "two_audiences": "number_of_Audience",
    "no_audience": "number_of_AudienceRestriction",
    "no_conditions": "number_of_Conditions",
    "unknown_condition": "condition",
    "wrong_issuer": "issuer",
    "wrong_recipient": "recipient",
    "no_recipient": "recipient",
    "other_in_response_to": "in_response_to",
    "unsolicited": "in_response_to",
    "confirmation_not_before": "confirmation",
    "holder_of_key": "confirmation",
    "no_confirmation": "number_of_SubjectConfirmation",
    "two_confirmations": "number_of_SubjectConfirmation",
    "confirmation_expired": "expired",
    "confirmation_endless": "date",
    "expired": "expired",
    "not_yet_valid": "not_yet_valid",
    "issued_long_ago": "issue_instant",
    "issued_ahead": "issue_instant",
    "authenticated_ahead": "authn_instant",
    "local_time": "date",
    "session_ended": "session_ended",
    "no_authentication": "number_of_AuthnStatement",
    "old_version": "version",
    "transient_name": "name_id",
    "name_for_another": "name_id",
    "empty_name": "value",
    "two_names": "number_of_NameID",
    "attribute_twice": "attribute_twice",
    "two_values": "number_of_AttributeValue",
    "nested_value": "value",
    "impossible_number": "identifier",
    "null_number": "value",
    "no_number": "identifier",
    "unsigned": "unsigned",
    "sha1": "signature",
    "sha1_digest": "signature",
    "pss": "signature",
    "inclusive": "transforms",
    "with_comments": "transforms",
    "other_key": "signature",
    "part_only": "reference",
    "comment_in_qid": "comment",
    "comment_in_name": "comment",
    "comment_beside": "comment",
    "cdata_in_qid": "comment",
    "instruction_in_qid": "xml_forbidden",
    "changed_qid": "signature",
    "changed_level": "signature",
    "changed_signature": "signature",
    "doctype": "xml_forbidden",
    "entity": "xml_forbidden",
    "external_entity": "xml_forbidden",
    "encrypted": "encrypted",
    "encrypted_beside": "encrypted",
    "no_assertion": "no_assertion",
    "other_root": "not_a_response",
    "other_destination": "destination",
    "other_outer_request": "inresponseto",
    "other_outer_issuer": "issuer",
    "no_status": "status",
    "odd_status": "status",
    "deep": "xml_too_deep",
    "wide": "xml_too_large",
    "huge": "too_large",
    "not_xml": "malformed_xml",
    "empty": "malformed_xml",
    "utf16": "xml_encoding",
} | dict.fromkeys(WRAPPINGS, "assertions")


@pytest.fixture
async def desk(sqlite_database: Path, tmp_path: Path) -> AsyncIterator[Counter]:
    async with counter(sqlite_copy(sqlite_database, tmp_path)) as running:
        yield running


async def test_good_case_first_the_honest_response_signs_in(desk: Counter) -> None:
    for lie in ("", "signed_whole"):
        evidence = await desk.sign_in(lie)

        assert evidence.identifier is not None
        assert evidence.identifier.value == QID


@pytest.mark.parametrize(("lie", "reason"), REASONS.items())
async def test_a_response_that_is_wrong_in_one_thing_is_not_believed(desk: Counter, lie: str, reason: str) -> None:
    with capture_logs() as logs, pytest.raises(ProviderGarbled) as disbelieved:
        await desk.sign_in(lie, level="basic")

    assert disbelieved.value.facts == {"provider": "qa-nas"}
    assert [entry["reason"] for entry in logs if entry["event"] == "provider.disbelieved"] == [reason]
    assert QID not in repr(logs) + repr(disbelieved.value)


def test_every_lie_that_the_stand_in_knows_is_shown_refused() -> None:
    assert set(REASONS) == set(BENDS) | set(SIGNINGS) | set(SPOILS) | set(WRAPPINGS)


@pytest.mark.parametrize("lie", sorted(WRAPPINGS))
async def test_a_wrapped_response_does_carry_the_forged_number_and_the_good_signature(desk: Counter, lie: str) -> None:
    _, accepted = await desk.ask()

    body = b64decode(desk.answer(accepted, lie))

    root = etree.fromstring(body)
    assert FORGED_QID in {element.text for element in root.iter(etree.Element)}
    assert b"SignatureValue" in body
    assert QID.encode() in body


async def test_what_is_read_is_no_part_of_the_document_that_was_posted(desk: Counter) -> None:
    _, accepted = await desk.ask()
    response = read_response(desk.answer(accepted))

    read = signed_assertion(response, (desk.stand_in.keys.certificate,), now())
    for element in response.root.iter(etree.Element):
        element.text = FORGED_QID

    assert read.getparent() is None
    assert FORGED_QID not in etree.tostring(read).decode()


async def test_an_assertion_is_good_once(desk: Counter) -> None:
    asked, accepted = await desk.ask()
    value = desk.answer(accepted)
    assert (await desk.complete(asked, value)).identifier is not None

    with capture_logs() as logs, pytest.raises(ProviderGarbled):
        await desk.complete(asked, value)

    assert logs[0]["reason"] == "replayed"


async def test_an_assertion_is_remembered_for_longer_than_it_is_good() -> None:
    assert (OLDEST + 2 * LEEWAY).total_seconds() > LIFE_SECONDS > (OLDEST + LEEWAY).total_seconds()


async def test_the_answer_to_one_request_does_not_answer_another(desk: Counter) -> None:
    await desk.sign_in()

    with pytest.raises(ProviderGarbled):
        await desk.sign_in("replay")


async def test_an_answer_meant_for_another_browser_is_refused(desk: Counter) -> None:
    (_, theirs), (ours, _) = await desk.ask(), await desk.ask()

    with pytest.raises(ProviderGarbled):
        await desk.complete(ours, desk.answer(theirs))


async def test_an_answer_meant_for_another_address_of_ours_is_refused(desk: Counter) -> None:
    asked, accepted = await desk.ask()
    elsewhere = replace(asked, redirect_uri=f"{asked.redirect_uri}-other")

    with pytest.raises(ProviderGarbled):
        await desk.complete(elsewhere, desk.answer(accepted))


@pytest.mark.parametrize("ahead", [-600.0, 600.0])
async def test_a_clock_that_differs_by_ten_minutes_is_refused(
    sqlite_database: Path, tmp_path: Path, ahead: float
) -> None:
    async with counter(sqlite_copy(sqlite_database, tmp_path), clock(ahead)) as desk:
        with pytest.raises(ProviderGarbled):
            await desk.sign_in()


async def test_a_certificate_that_has_run_out_is_no_longer_believed(sqlite_database: Path, tmp_path: Path) -> None:
    eleven_years = 11 * 365 * 86_400.0

    async with counter(sqlite_copy(sqlite_database, tmp_path), clock(eleven_years)) as desk:
        with capture_logs() as logs, pytest.raises(ProviderGarbled):
            await desk.sign_in()

    assert logs[-1]["reason"] == "certificate_expired"


async def test_our_own_certificate_vouches_for_nobody(sqlite_database: Path, tmp_path: Path) -> None:
    secrets = SECRETS | {"idp_certificate": SECRETS["signing_certificate"]}

    async with counter(sqlite_copy(sqlite_database, tmp_path), secrets=secrets) as desk:
        with pytest.raises(ProviderGarbled):
            await desk.sign_in()


async def test_a_step_up_that_the_provider_answers_with_an_old_authentication_is_refused(desk: Counter) -> None:
    assert (await desk.sign_in("authenticated_long_ago")).identifier is not None

    with capture_logs() as logs, pytest.raises(ProviderGarbled):
        await desk.sign_in("authenticated_long_ago", max_age=60)

    assert logs[0]["reason"] == "authn_instant"


async def test_a_request_of_ours_is_no_answer(desk: Counter) -> None:
    asked, _ = await desk.ask()
    step = await desk.provider.begin(asked)

    with pytest.raises(ProviderGarbled):
        await desk.complete(asked, step.fields["SAMLRequest"])


@pytest.mark.parametrize("value", ["", "%%%", "é", "A", "PHg+\x00", "=" * 50, b64encode(b"\x00" * 50).decode()])
async def test_what_is_no_base64_of_xml_is_refused(desk: Counter, value: str) -> None:
    asked, _ = await desk.ask()

    with pytest.raises(ProviderGarbled):
        await desk.complete(asked, value)


async def test_a_state_that_is_no_ascii_is_refused(desk: Counter) -> None:
    asked, accepted = await desk.ask()
    form = {"SAMLResponse": desk.answer(accepted), "RelayState": "\udcff"}

    with pytest.raises(SignInError):
        await desk.provider.complete(asked, ProviderResponse(form=form))


async def test_a_bomb_of_entities_costs_next_to_nothing(desk: Counter) -> None:
    asked, _ = await desk.ask()
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE r [<!ENTITY e0 "lol">{levels}]><r>&e9;</r>'
    began = time.perf_counter()

    with pytest.raises(ProviderGarbled):
        await desk.complete(asked, b64encode(bomb.encode()).decode())

    assert time.perf_counter() - began < 0.05


@pytest.mark.parametrize("persona", ["kuwaiti-citizen", "omani-citizen"])
async def test_whoever_has_no_number_of_the_state_is_not_signed_in(desk: Counter, persona: str) -> None:
    assert persona != CITIZEN
    asked, accepted = await desk.ask()

    with pytest.raises(ProviderGarbled):
        await desk.complete(asked, desk.answer(accepted, persona=persona))
