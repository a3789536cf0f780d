"""Somebody signs in with Kuwait Mobile ID: a request on the telephone, and a callback when they have decided."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from gateway.errors import ConfigurationError, ProviderDown, ProviderGarbled, ProviderLate, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import AskIdentifier, ProviderResponse, Wait
from gateway.identity.providers.mobile_id import WINDOW, MobileId
from gateway.identity.providers.mobile_id_request import envelope
from gateway.sandbox.providers.certificates import certificate_pem, own_certificate, rsa_key
from gateway.sandbox.providers.mobile_id import FIELDS, NAMESPACE
from gateway.schema.country import Country
from tests.support.attempts import attempt, clock, now, number, plate
from tests.support.databases import sqlite_copy
from tests.support.mobile_id import CITIZEN, PLATE, RESIDENT, SECRETS, Telephone, telephone

ENDPOINTS = {"main": "http://127.0.0.1:9/MIDAuthService.svc"}


@pytest.fixture
def url(sqlite_database: Path, tmp_path: Path) -> str:
    return sqlite_copy(sqlite_database, tmp_path)


def built(desk: Telephone, secrets: Mapping[str, str]) -> MobileId:
    return MobileId(plate(PLATE), ENDPOINTS, secrets, now, desk.letters, desk.door)


async def test_the_civil_number_is_asked_for_first(url: str) -> None:
    async with telephone(url) as desk:
        assert await desk.provider.begin(attempt(PLATE)) == AskIdentifier()

    assert desk.stand_in.requests == {}


async def test_a_number_of_another_state_is_asked_for_again(url: str) -> None:
    async with telephone(url) as desk:
        asked = attempt(PLATE, identifier=number(Country.QA, "29363462675"))

        assert await desk.provider.begin(asked) == AskIdentifier()


async def test_the_page_waits_without_a_number_for_two_minutes(url: str) -> None:
    async with telephone(url) as desk:
        step = await desk.provider.begin(attempt(PLATE, identifier=number(Country.KW, CITIZEN)))

    assert isinstance(step, Wait)
    assert step.number is None
    assert abs(step.until - now() - WINDOW) < timedelta(seconds=10)


async def test_the_page_waits_no_longer_than_the_sign_in_may_last(url: str) -> None:
    until = now() + timedelta(seconds=30)
    asked = attempt(PLATE, identifier=number(Country.KW, CITIZEN), expires_at=until)

    async with telephone(url) as desk:
        step = await desk.provider.begin(asked)

    assert isinstance(step, Wait)
    assert step.until == until


async def test_the_request_says_why_in_two_languages_and_asks_for_no_personal_data(url: str) -> None:
    async with telephone(url) as desk:
        waiting = await desk.ask()

    (request,) = desk.stand_in.requests.values()
    assert request["PersonCivilNo"] == CITIZEN
    assert request["AuthenticationReasonEn"] == "Sign in to Bawaba"
    assert request["AuthenticationReasonAr"] == "تسجيل الدخول إلى بوابة"
    assert request["ServiceDescriptionAR"]
    assert request["ServiceDescriptionEN"]
    assert request["RequestUserDetails"] == "false"
    assert request["SPCallbackURL"] == f"{desk.door}/letters/{waiting.memory['reference']}"


async def test_nothing_in_the_request_can_be_guessed_or_tells_the_state(url: str) -> None:
    async with telephone(url) as desk:
        one, other = await desk.ask(), await desk.ask()

    first, second = desk.stand_in.requests.values()
    for name in ("RefId", "Challenge", "SPCallbackURL"):
        assert first[name] != second[name]
        assert len(first[name]) >= 43
        assert one.id not in first[name]
    assert one.memory["challenge"] != other.memory["challenge"]


async def test_whoever_has_not_answered_is_waited_for(url: str) -> None:
    async with telephone(url) as desk:
        waiting = await desk.ask()

        assert await desk.provider.poll(waiting) is None
        assert await desk.provider.poll(waiting) is None


async def test_whoever_approves_is_signed_in(storage_url: str) -> None:
    async with telephone(storage_url) as desk:
        evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.identifier == number(Country.KW, CITIZEN)
    assert (evidence.provider, evidence.issuer) == (PLATE, "https://mobileid.paci.gov.kw")
    assert evidence.subject == CITIZEN
    assert evidence.assurance is Assurance.SUBSTANTIAL
    assert abs(evidence.authenticated_at - now()) < timedelta(seconds=10)
    assert evidence.authenticated_at <= now()


@pytest.mark.parametrize(
    ("wanted", "asked", "reached"),
    [
        (None, "Medium", Assurance.SUBSTANTIAL),
        (Assurance.LOW, "Medium", Assurance.SUBSTANTIAL),
        (Assurance.SUBSTANTIAL, "Medium", Assurance.SUBSTANTIAL),
        (Assurance.HIGH, "High", Assurance.HIGH),
    ],
)
async def test_the_least_level_that_is_enough_is_asked_for(
    url: str, wanted: Assurance | None, asked: str, reached: Assurance
) -> None:
    async with telephone(url) as desk:
        waiting = await desk.ask(wanted=wanted)
        (request,) = desk.stand_in.requests.values()
        await desk.answer(waiting)
        evidence = await desk.provider.poll(waiting)

    assert request["AssuranceLevel"] == asked
    assert evidence is not None
    assert evidence.assurance is reached


async def test_whoever_cannot_reach_the_level_is_told_so(url: str) -> None:
    async with telephone(url) as desk:
        waiting = await desk.ask(RESIDENT, wanted=Assurance.HIGH)
        await desk.answer(waiting)

        with pytest.raises(SignInRejected) as refused:
            await desk.provider.poll(waiting)

    assert refused.value.code == "signin_not_verified"


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ("revoked", "signin_certificate_revoked"),
        ("failed", "signin_not_verified"),
        ("certificate_expired", "signin_certificate_expired"),
    ],
)
async def test_each_reason_of_the_provider_is_told_apart(url: str, lie: str, code: str) -> None:
    async with telephone(url) as desk:
        with pytest.raises(SignInRejected) as refused:
            await desk.sign_in(lie=lie)

    assert refused.value.code == code


async def test_whoever_declines_is_told_so(url: str) -> None:
    async with telephone(url) as desk:
        with pytest.raises(SignInRejected) as refused:
            await desk.sign_in(approve=False)

    assert refused.value.code == "signin_declined"


async def test_a_number_that_has_no_account_is_not_asked_about(url: str) -> None:
    async with telephone(url) as desk:
        with pytest.raises(SignInRejected) as refused:
            await desk.ask("300010100018")

    assert refused.value.code == "signin_not_sent"
    assert "300010100018" not in repr(refused.value)


async def test_a_provider_whose_clock_differs_by_a_minute_and_a_half_is_believed(url: str) -> None:
    for ahead in (-90.0, 90.0):
        async with telephone(url, clock(ahead)) as desk:
            begun = now() + timedelta(seconds=ahead)
            waiting = await desk.ask(created_at=begun, expires_at=begun + timedelta(minutes=10))
            await desk.answer(waiting)

            assert await desk.provider.poll(waiting) is not None


async def test_a_provider_whose_clock_differs_by_ten_minutes_is_not(url: str) -> None:
    for ahead in (-600.0, 600.0):
        async with telephone(url, clock(ahead)) as desk:
            begun = now() + timedelta(seconds=ahead)
            waiting = await desk.ask(created_at=begun, expires_at=begun + timedelta(minutes=10))
            await desk.answer(waiting)

            with pytest.raises(ProviderGarbled):
                await desk.provider.poll(waiting)


async def test_a_provider_that_is_down_is_named(url: str) -> None:
    async with telephone(url) as desk:
        desk.stand_in.behave(down=True)

        with pytest.raises(ProviderDown) as down:
            await desk.ask()

    assert down.value.facts == {"provider": PLATE}


async def test_a_provider_that_is_slow_is_not_waited_for(url: str) -> None:
    async with telephone(url, timeout_ms=200) as desk:
        desk.stand_in.behave(seconds=2)

        with pytest.raises(ProviderLate):
            await desk.ask()


async def test_a_request_that_failed_is_not_sent_again(url: str) -> None:
    async with telephone(url, timeout_ms=300) as desk:
        desk.stand_in.behave(seconds=0.4)

        with pytest.raises(ProviderLate):
            await desk.ask()

    assert len(desk.stand_in.requests) <= 1


async def test_an_answer_that_is_no_soap_is_not_believed(url: str) -> None:
    async with telephone(url) as desk:
        desk.stand_in.behave("soap")

        with pytest.raises(ProviderGarbled):
            await desk.ask()


async def test_a_client_that_the_provider_does_not_know_is_the_operators_affair(url: str) -> None:
    async with telephone(url) as desk:
        secrets = SECRETS | {"password": "another"}
        stranger = MobileId(plate(PLATE), desk.stand_in.endpoints(), secrets, now, desk.letters, desk.door)

        with pytest.raises(ProviderGarbled):
            await stranger.begin(attempt(PLATE, identifier=number(Country.KW, CITIZEN)))
        await stranger.close()


async def test_nothing_that_comes_through_the_browser_ends_the_sign_in(url: str) -> None:
    async with telephone(url) as desk:
        waiting = await desk.ask()
        await desk.answer(waiting)

        with pytest.raises(SignInError):
            await desk.provider.complete(waiting, ProviderResponse(body=desk.stand_in.sent[0]))


async def test_a_sign_in_that_never_began_here_cannot_be_asked_about(url: str) -> None:
    async with telephone(url) as desk:
        with pytest.raises(SignInError):
            await desk.provider.poll(attempt(PLATE, identifier=number(Country.KW, CITIZEN)))


async def test_a_new_certificate_of_the_provider_is_believed_beside_the_old(url: str) -> None:
    async with telephone(url) as desk:
        following = certificate_pem(own_certificate(rsa_key(), "The next one", now()))
        provider = built(desk, SECRETS | {"signer": following + SECRETS["signer"]})
        waiting = await desk.ask()
        await desk.answer(waiting)

        assert await provider.poll(waiting) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("signer", "no certificate"),
        ("signer", ""),
        ("signer", certificate_pem(own_certificate(rsa_key(1024), "Weak", now()))),
        ("authorities", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ("username", "with:colon"),
    ],
)
async def test_a_secret_that_cannot_be_used_stops_the_start_and_is_named(url: str, name: str, value: str) -> None:
    async with telephone(url) as desk:
        with pytest.raises(ConfigurationError) as wrong:
            built(desk, SECRETS | {name: value})

    assert wrong.value.field == f"providers.{PLATE}.secrets.{name}"


async def test_a_person_can_approve_on_the_page_of_the_stand_in(url: str) -> None:
    async with telephone(url) as desk, aiohttp.ClientSession() as browser:
        waiting = await desk.ask()
        page = await (await browser.get(desk.stand_in.url)).text()
        form = {"persona": "kuwaiti-citizen", "decision": "approve"}
        answered = await browser.post(f"{desk.stand_in.url}/choose", data=form)
        evidence = await desk.provider.poll(waiting)

    assert waiting.memory["request_id"] in page
    assert "stand-in" in page
    assert answered.status == 200
    assert evidence is not None


async def test_the_page_of_the_stand_in_takes_no_decision_about_nothing(url: str) -> None:
    async with telephone(url) as desk, aiohttp.ClientSession() as browser:
        form = {"persona": "kuwaiti-citizen", "decision": "approve"}
        answered = await browser.post(f"{desk.stand_in.url}/choose", data=form)

    assert answered.status == 400


async def test_the_old_answer_does_not_sign_in_anybody_else(url: str) -> None:
    async with telephone(url) as desk:
        waiting = await desk.ask()
        await desk.answer(waiting)
        somebody = replace(waiting, identifier=number(Country.KW, RESIDENT))

        with pytest.raises(ProviderGarbled):
            await desk.provider.poll(somebody)


def test_the_members_of_the_request_stand_in_the_order_in_which_they_are_read() -> None:
    fields = dict.fromkeys(reversed(FIELDS), "ع<&")

    root = etree.fromstring(envelope(NAMESPACE, fields))

    (request,) = root.iter(f"{{{NAMESPACE}}}request")
    assert tuple(etree.QName(member).localname for member in request) == FIELDS
    assert {member.text for member in request} == {"ع<&"}
