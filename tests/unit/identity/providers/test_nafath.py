"""Somebody signs in with Nafath: a push, a number to pick, a minute to do it in."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from gateway.errors import ConfigurationError, ProviderGarbled, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import AskIdentifier, ProviderResponse, Wait
from gateway.identity.providers.nafath import Nafath
from gateway.identity.providers.nafath_token import LEEWAY
from gateway.identity.providers.oidc.kept import Ages
from gateway.sandbox.providers.nafath_claims import claims_of
from gateway.sandbox.providers.nafath_keys import SigningKeys
from gateway.schema.country import Country
from gateway.schema.identifier import IdentifierKind
from gateway.sdk.sandbox import population
from tests.support.attempts import attempt, clock, now, number, plate
from tests.support.nafath import NUMBER, PLATE, RESIDENT, SAUDI, nafath_desk


async def test_the_number_of_the_person_is_asked_for_first() -> None:
    async with nafath_desk() as desk:
        assert await desk.provider.begin(attempt(PLATE)) == AskIdentifier()

    assert desk.stand_in.requests == {}


async def test_a_number_of_another_state_is_asked_for_again() -> None:
    emirati = number(Country.AE, "784199110289743")

    async with nafath_desk() as desk:
        assert await desk.provider.begin(attempt(PLATE, identifier=emirati)) == AskIdentifier()


async def test_the_page_shows_two_digits_for_a_minute() -> None:
    async with nafath_desk() as desk:
        step = await desk.provider.begin(attempt(PLATE, identifier=number(Country.SA, NUMBER)))

    assert isinstance(step, Wait)
    assert step.number is not None
    assert 10 <= int(step.number) <= 99
    assert abs(step.until - now() - timedelta(seconds=60)) < timedelta(seconds=10)
    (request,) = desk.stand_in.requests.values()
    assert (request.number, request.transaction) == (step.number, step.memory["transaction"])
    assert step.number in request.shown
    assert len(set(request.shown)) == 3


async def test_whoever_has_not_answered_is_waited_for() -> None:
    async with nafath_desk() as desk:
        waiting = await desk.push()

        assert await desk.provider.poll(waiting) is None
        assert await desk.provider.poll(waiting) is None


async def test_a_citizen_who_picks_the_number_is_signed_in_with_high_assurance() -> None:
    async with nafath_desk() as desk:
        evidence = await desk.sign_in()

    assert evidence is not None
    assert (evidence.provider, evidence.issuer) == (PLATE, "https://nafath.api.elm.sa")
    assert evidence.assurance is Assurance.HIGH
    assert evidence.subject == NUMBER
    assert evidence.identifier == number(Country.SA, NUMBER)
    assert abs(evidence.authenticated_at - now()) < timedelta(seconds=10)


async def test_a_resident_is_known_by_the_iqama() -> None:
    async with nafath_desk() as desk:
        evidence = await desk.sign_in_resident()

    assert evidence is not None
    assert evidence.identifier is not None
    assert (evidence.identifier.value, evidence.identifier.kind) == (RESIDENT, IdentifierKind.resident_id)


@pytest.mark.parametrize(
    ("decision", "code"),
    [("decline", "signin_declined"), ("wrong", "signin_wrong_number"), ("expire", "signin_expired")],
)
async def test_declined_expired_and_a_wrong_number_are_told_apart(decision: str, code: str) -> None:
    async with nafath_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.sign_in(decision)

    assert refusal.value.code == code


async def test_a_push_that_nobody_answers_ends_when_its_window_closes() -> None:
    async with nafath_desk() as desk:
        desk.stand_in.window = 0.05
        waiting = await desk.push()
        await asyncio.sleep(0.1)
        desk.stand_in.decide(SAUDI, "approve")

        with pytest.raises(SignInRejected) as refusal:
            await desk.provider.poll(waiting)

    assert refusal.value.code == "signin_expired"


async def test_a_thumb_on_the_telephone_s_page_approves_and_another_number_does_not() -> None:
    async with nafath_desk() as desk, aiohttp.ClientSession() as telephone:
        waiting = await desk.push()
        async with telephone.get(f"{desk.stand_in.url}/phone") as page:
            text = await page.text()
        shown = desk.stand_in.requests[waiting.memory["transaction"]].shown
        touch = {"transId": waiting.memory["transaction"], "number": waiting.memory["number"]}
        async with telephone.post(f"{desk.stand_in.url}/choose", data=touch) as done:
            assert done.status == 200

        evidence = await desk.provider.poll(waiting)

    assert all(f'value="{each}"' in text for each in shown)
    assert "stand-in" in text
    assert evidence is not None


async def test_a_script_decides_for_a_persona_at_the_control_door() -> None:
    async with nafath_desk() as desk, aiohttp.ClientSession() as script:
        waiting = await desk.push()
        order = {"persona": SAUDI, "decision": "decline"}
        async with script.post(f"{desk.stand_in.url}/_control/decide", json=order) as done:
            assert done.status == 204
        order["decision"] = "dance"
        async with script.post(f"{desk.stand_in.url}/_control/decide", json=order) as refused:
            assert refused.status == 400

        with pytest.raises(SignInRejected):
            await desk.provider.poll(waiting)


async def test_somebody_whom_nafath_does_not_know_is_refused_without_a_reason() -> None:
    stranger = number(Country.SA, "1000000008")

    async with nafath_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.push(identifier=stranger)

    assert refusal.value.code == "signin_rejected"
    assert refusal.value.facts == {}


@pytest.mark.parametrize("ahead", [-LEEWAY, -90, 90, LEEWAY])
async def test_a_clock_two_minutes_off_does_not_matter(ahead: int) -> None:
    async with nafath_desk() as desk:
        desk.stand_in.ahead = ahead
        evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.authenticated_at <= now()


@pytest.mark.parametrize(("ahead", "reason"), [(600, "clock_ahead"), (-600, "clock_behind")])
async def test_a_clock_ten_minutes_off_alarms_the_operators(ahead: int, reason: str) -> None:
    async with nafath_desk(clock=clock(-ahead)) as desk:
        with capture_logs() as lines, pytest.raises(ProviderGarbled):
            await desk.sign_in(created_at=clock(-ahead)())

    assert {"event": "provider.disbelieved", "provider": PLATE, "reason": reason, "log_level": "error"} in lines


async def test_a_new_key_is_fetched_once_when_a_token_names_it() -> None:
    async with nafath_desk(ages=Ages(cooldown=60)) as desk:
        desk.stand_in.keys = SigningKeys()
        assert await desk.sign_in() is not None
        desk.stand_in.keys.rotate()
        desk.stand_in.keys.forget()

        assert await desk.sign_in() is not None
        assert await desk.sign_in() is not None
        assert desk.stand_in.keys_asked == 2


@pytest.mark.parametrize("word", ["null", None, "", "NULL"])
async def test_the_word_null_is_no_number(word: str | None) -> None:
    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(iqamaNumber=word)
        evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.subject == NUMBER


async def test_dates_that_disagree_and_a_sub_of_another_kind_are_not_looked_at() -> None:
    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(sub="x-1", idExpiryDateH="99-99-9999", gender="null")
        assert await desk.sign_in() is not None


async def test_a_number_written_as_a_number_is_the_same_number() -> None:
    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(nationalId=int(NUMBER))
        assert await desk.sign_in() is not None


async def test_a_service_without_a_face_or_finger_is_believed_substantially() -> None:
    options = {**plate(PLATE).options, "service": "DigitalServiceEnrollmentWithoutBio"}

    async with nafath_desk(options=options) as desk:
        evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.assurance is Assurance.SUBSTANTIAL


async def test_a_service_that_is_not_on_the_plate_has_low_assurance_and_no_number() -> None:
    options = {**plate(PLATE).options, "service": "OpenAccount"}

    async with nafath_desk(options=options) as desk:
        evidence = await desk.sign_in()

    assert evidence is not None
    assert (evidence.assurance, evidence.identifier) == (Assurance.LOW, None)


async def test_nothing_comes_back_through_a_browser() -> None:
    async with nafath_desk() as desk:
        with pytest.raises(SignInError):
            await desk.provider.complete(await desk.push(), ProviderResponse({"token": "a.b.c"}))


async def test_a_sign_in_without_a_push_cannot_be_polled() -> None:
    async with nafath_desk() as desk:
        waiting = await desk.push()
        for lost in (replace(waiting, memory={}), replace(waiting, identifier=None)):
            with pytest.raises(SignInError):
                await desk.provider.poll(lost)


@pytest.mark.parametrize(
    ("name", "value"),
    [("window_seconds", "soon"), ("window_seconds", "0"), ("window_seconds", "1e3"), ("issuer", ""), ("audience", "")],
)
def test_a_plate_whose_options_cannot_be_used_does_not_start(name: str, value: str) -> None:
    options = {**plate(PLATE).options, name: value}

    with pytest.raises(ConfigurationError) as problem:
        Nafath(plate(PLATE, options=options), {"main": "http://127.0.0.1:1"}, {"app_id": "a", "app_key": "b"}, now)

    assert name in str(problem.value.field)


def test_everybody_in_the_kingdom_has_claims_that_can_be_written() -> None:
    for person in population(Country.SA).people:
        claims = claims_of(person, "t", "Login", "bawaba", 1_700_000_000)

        assert ("iqamaNumber" in claims) == (person.standing == "resident")
        assert len(str(claims["dateOfBirthH"])) == 10
