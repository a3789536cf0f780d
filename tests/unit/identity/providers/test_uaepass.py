"""Somebody signs in with UAE PASS, and the gateway knows how sure it is of them."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.errors import ConfigurationError, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import ProviderResponse
from gateway.identity.providers.uaepass import UaePass, multipart
from gateway.sandbox.providers.uaepass import account_of
from gateway.schema.country import Country
from gateway.schema.identifier import IdentifierKind
from gateway.sdk.sandbox import personas
from tests.support.attempts import attempt, now, plate
from tests.support.uaepass import EMIRATI, PLATE, uaepass_desk


async def test_a_citizen_with_a_verified_emirates_id_signs_in_with_high_assurance() -> None:
    async with uaepass_desk() as desk:
        evidence = await desk.sign_in()

    assert evidence.assurance is Assurance.HIGH
    assert evidence.identifier is not None
    assert evidence.identifier.country is Country.AE
    assert evidence.identifier.value == "784199110289743"
    assert evidence.identifier.kind is IdentifierKind.national_id
    assert abs(evidence.authenticated_at - now()) < timedelta(seconds=10)


async def test_the_account_is_known_by_its_uuid_at_one_issuer() -> None:
    persona = next(each for each in personas() if each.id == EMIRATI)

    async with uaepass_desk() as desk:
        evidence = await desk.sign_in()

    assert (evidence.provider, evidence.issuer) == (PLATE, "https://id.uaepass.ae/idshub")
    assert evidence.subject == account_of(persona)


async def test_an_account_at_the_second_level_is_believed_substantially() -> None:
    async with uaepass_desk() as desk:
        desk.stand_in.behave("SOP2")
        evidence = await desk.sign_in()

    assert evidence.assurance is Assurance.SUBSTANTIAL
    assert evidence.identifier is not None


@pytest.mark.parametrize("persona", ["saudi-citizen", "resident"])
async def test_an_account_without_a_verified_emirates_id_has_low_assurance_and_no_number(persona: str) -> None:
    async with uaepass_desk() as desk:
        evidence = await desk.sign_in(persona=persona)

    assert evidence.assurance is Assurance.LOW
    assert evidence.identifier is None


async def test_a_number_that_the_level_does_not_vouch_for_is_not_read() -> None:
    async with uaepass_desk() as desk:
        desk.stand_in.behave("SOP1")
        desk.stand_in.change = lambda profile: profile.update(idn="784199110289743")
        evidence = await desk.sign_in()

    assert (evidence.assurance, evidence.identifier) == (Assurance.LOW, None)


@pytest.mark.parametrize("level", ["SOP4", "sop3", "", None, 3, True, ["SOP3"], "SOP3\u202e"])
async def test_a_level_that_is_not_on_the_plate_is_low(level: object) -> None:
    async with uaepass_desk() as desk:
        desk.stand_in.change = lambda profile: profile.update(userType=level)
        evidence = await desk.sign_in()

    assert (evidence.assurance, evidence.identifier) == (Assurance.LOW, None)


async def test_an_unverified_account_is_told_so_where_more_was_asked_for() -> None:
    async with uaepass_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.sign_in(attempt(PLATE, wanted=Assurance.SUBSTANTIAL), persona="saudi-citizen")

    assert refusal.value.code == "signin_unverified"


@pytest.mark.parametrize("written", ["784199110289743  ", "  784199110289743", "784-1991-1028974-3"])
async def test_spaces_and_hyphens_around_the_emirates_id_are_no_part_of_it(written: str) -> None:
    async with uaepass_desk() as desk:
        desk.stand_in.change = lambda profile: profile.update(idn=written, userType="SOP3 ")
        evidence = await desk.sign_in()

    assert evidence.identifier is not None
    assert evidence.identifier.value == "784199110289743"


async def test_a_foreign_resident_has_a_resident_s_number() -> None:
    async with uaepass_desk() as desk:
        desk.stand_in.change = lambda profile: profile.update(nationalityEN="IND")
        evidence = await desk.sign_in()

    assert evidence.identifier is not None
    assert evidence.identifier.kind is IdentifierKind.resident_id


@pytest.mark.parametrize(("language", "asked"), [("ar", "ar"), ("en", "en"), ("fr", "en")])
async def test_the_person_is_sent_to_the_provider_s_page_in_their_language(language: str, asked: str) -> None:
    under_way = attempt(PLATE, language=language)

    async with uaepass_desk() as desk:
        step = await desk.provider.begin(under_way)

    query = {name: values[0] for name, values in parse_qs(urlsplit(step.url).query).items()}
    assert urlsplit(step.url).path == "/idshub/authorize"
    assert query.pop("client_id")
    assert query == {
        "response_type": "code",
        "redirect_uri": under_way.redirect_uri,
        "state": under_way.id,
        "scope": "urn:uae:digitalid:profile:general",
        "acr_values": "urn:safelayer:tws:policies:authentication:level:low",
        "ui_locales": asked,
    }


async def test_whoever_presses_cancel_is_told_that_they_declined() -> None:
    async with uaepass_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.sign_in(decision="decline")

    assert refusal.value.code == "signin_declined"


@pytest.mark.parametrize("error", ["cancelledOnApp", "cancelledOnWeb", "access_denied"])
async def test_every_word_for_a_cancelled_sign_in_is_understood(error: str) -> None:
    under_way = attempt(PLATE)

    async with uaepass_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.provider.complete(under_way, ProviderResponse({"state": under_way.id, "error": error}))

    assert refusal.value.code == "signin_declined"


async def test_a_recent_authentication_is_not_promised_by_a_provider_that_never_tells_the_time() -> None:
    async with uaepass_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.provider.begin(attempt(PLATE, max_age=300))

    assert refusal.value.code == "signin_age_unknown"


async def test_there_is_nothing_to_wait_for() -> None:
    async with uaepass_desk() as desk:
        assert await desk.provider.poll(attempt(PLATE)) is None


async def test_two_tabs_sign_in_at_once() -> None:
    first, second = attempt(PLATE), attempt(PLATE)

    async with uaepass_desk() as desk:
        answers = [(each, await desk.choose(each)) for each in (first, second)]
        found = [await desk.provider.complete(each, ProviderResponse(query)) for each, query in reversed(answers)]

    assert found[0].subject == found[1].subject


def test_a_form_is_written_as_multipart_with_a_boundary_that_is_new_each_time() -> None:
    content_type, body = multipart({"grant_type": "authorization_code", "code": "abc"})

    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert body.count(f"--{boundary}".encode()) == 3
    assert b'name="code"\r\n\r\nabc\r\n' in body
    assert multipart({})[0] != multipart({})[0]


@pytest.mark.parametrize("option", ["issuer", "acr_values"])
def test_a_plate_without_an_option_that_is_needed_does_not_start(option: str) -> None:
    options = dict(plate(PLATE).options)
    del options[option]

    with pytest.raises(ConfigurationError) as problem:
        UaePass(
            plate(PLATE, options=options), {"main": "http://127.0.0.1:1"}, {"client_id": "a", "client_secret": "b"}, now
        )

    assert option in str(problem.value.field)


@pytest.mark.parametrize(("client", "secret"), [("a:b", "c"), ("", "c"), ("a", ""), ("a", "c\r\nX: y"), ("ä", "c")])
def test_a_client_that_basic_authentication_cannot_carry_does_not_start(client: str, secret: str) -> None:
    with pytest.raises(ConfigurationError):
        UaePass(plate(PLATE), {"main": "http://127.0.0.1:1"}, {"client_id": client, "client_secret": secret}, now)


async def test_the_code_of_a_sign_in_that_was_never_begun_here_is_refused() -> None:
    async with uaepass_desk() as desk:
        with pytest.raises(SignInError):
            await desk.provider.complete(attempt(PLATE), ProviderResponse())
