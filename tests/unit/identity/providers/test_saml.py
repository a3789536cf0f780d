"""Somebody signs in with Qatar's NAS: a signed request goes by the browser, a signed assertion comes back by it."""

import re
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from gateway.errors import ConfigurationError, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import PostForm, ProviderResponse
from gateway.identity.providers.saml import Saml
from gateway.sandbox.providers.certificates import (
    certificate_pem,
    curve_key,
    key_of,
    key_pem,
    own_certificate,
    rsa_key,
)
from gateway.sandbox.providers.nas import ENHANCED, ENTITY_ID, account_of
from gateway.schema.country import Country
from tests.support.attempts import attempt, clock, now, number, plate
from tests.support.databases import sqlite_copy
from tests.support.nas import CITIZEN, PLATE, QID, SECRETS, Counter, counter

PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SSO = {"sso": "http://127.0.0.1:9/idp/sso"}


@pytest.fixture
def url(sqlite_database: Path, tmp_path: Path) -> str:
    return sqlite_copy(sqlite_database, tmp_path)


def built(desk: Counter, secrets: dict[str, str]) -> Saml:
    return Saml(plate(PLATE), SSO, secrets, now, desk.letters)


def request_in(step: PostForm) -> etree._Element:
    return etree.fromstring(b64decode(step.fields["SAMLRequest"]))


async def test_the_browser_is_to_post_a_signed_request(url: str) -> None:
    async with counter(url) as desk:
        asked = attempt(PLATE)
        step = await desk.provider.begin(asked)
        accepted = desk.stand_in.accept(step.fields["SAMLRequest"], step.fields["RelayState"])

    assert step.url == desk.stand_in.endpoints()["sso"]
    assert step.fields.keys() == {"SAMLRequest", "RelayState"}
    assert step.fields["RelayState"] == asked.id
    assert len(asked.id) <= 80
    assert step.memory == {"request": accepted.id}
    assert accepted.answer_to == asked.redirect_uri


async def test_the_request_is_what_the_post_binding_wants(url: str) -> None:
    async with counter(url) as desk:
        request = request_in(await desk.provider.begin(attempt(PLATE)))

    assert request.tag == f"{PROTOCOL}AuthnRequest"
    assert [etree.QName(child).localname for child in request] == ["Issuer", "Signature", "NameIDPolicy"]
    assert request[0].text == ENTITY_ID
    assert request.get("Version") == "2.0"
    assert request.get("ProtocolBinding") == "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    assert request[2].get("Format") == "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    methods = {element.get("Algorithm", "") for element in request.iter() if element.get("Algorithm")}
    assert not any("sha1" in method for method in methods)
    assert "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" in methods


async def test_no_two_requests_have_the_same_name(url: str) -> None:
    async with counter(url) as desk:
        steps = [await desk.provider.begin(attempt(PLATE)) for _ in range(3)]

    names = {request_in(step).get("ID", "") for step in steps}
    assert len(names) == 3
    assert all(len(name) > 32 for name in names)


@pytest.mark.parametrize(("change", "status"), [("none", 200), ("changed", 400), ("unsigned", 400), ("stranger", 400)])
async def test_the_stand_in_accepts_no_request_but_ours(url: str, change: str, status: int) -> None:
    key = rsa_key()
    others = {"signing_key": key_pem(key), "signing_certificate": certificate_pem(own_certificate(key, "x", now()))}

    async with counter(url, secrets=SECRETS | others if change == "stranger" else SECRETS) as desk:
        step = await desk.provider.begin(attempt(PLATE))
        request = request_in(step)
        if change == "unsigned":
            request.remove(request[1])
        elif change == "changed":
            request.set("AssertionConsumerServiceURL", "https://somebody-else.example")
        form = {"SAMLRequest": b64encode(etree.tostring(request)).decode(), "RelayState": "x"}
        async with aiohttp.ClientSession() as browser, browser.post(step.url, data=form) as answer:
            page = await answer.text()

    assert answer.status == status
    assert ("the signature is not good" in page) == (status == 400)


async def test_whoever_comes_back_with_an_assertion_is_signed_in(storage_url: str) -> None:
    async with counter(storage_url) as desk:
        evidence = await desk.sign_in()

    assert evidence.identifier == number(Country.QA, QID)
    assert (evidence.provider, evidence.issuer) == (PLATE, "https://www.nas.gov.qa/idp")
    assert evidence.subject == account_of(desk.stand_in.people[CITIZEN])
    assert evidence.assurance is Assurance.HIGH
    assert evidence.authenticated_at <= now()
    assert now() - evidence.authenticated_at < timedelta(seconds=10)
    assert evidence.provider_session


@pytest.mark.parametrize(("level", "assurance"), [("basic", Assurance.SUBSTANTIAL), ("enhanced", Assurance.HIGH)])
async def test_the_level_is_the_providers(url: str, level: str, assurance: Assurance) -> None:
    async with counter(url) as desk:
        evidence = await desk.sign_in(level=level)

    assert evidence.assurance is assurance


@pytest.mark.parametrize("lie", ["unknown_level", "no_level"])
async def test_a_level_that_nobody_knows_gives_no_number(url: str, lie: str) -> None:
    async with counter(url) as desk:
        evidence = await desk.sign_in(lie)

    assert evidence.assurance is Assurance.LOW
    assert evidence.identifier is None


async def test_a_response_that_is_signed_as_a_whole_too_is_believed(url: str) -> None:
    async with counter(url) as desk:
        evidence = await desk.sign_in("signed_whole")

    assert evidence.identifier == number(Country.QA, QID)


async def test_the_higher_level_is_asked_for_when_it_is_wanted(url: str) -> None:
    async with counter(url) as desk:
        _, plain = await desk.ask()
        _, enough = await desk.ask(wanted=Assurance.SUBSTANTIAL)
        step = await desk.provider.begin(attempt(PLATE, wanted=Assurance.HIGH))
        _, high = await desk.ask(wanted=Assurance.HIGH)

    assert (plain.enhanced, enough.enhanced, high.enhanced) == (False, False, True)
    context = request_in(step).find(f"{PROTOCOL}RequestedAuthnContext")
    assert context is not None
    assert context.get("Comparison") == "minimum"
    assert context[0].text == ENHANCED


async def test_a_provider_that_cannot_reach_the_level_is_told_apart(url: str) -> None:
    async with counter(url) as desk:
        with pytest.raises(SignInRejected) as refused:
            await desk.sign_in(level="basic", wanted=Assurance.HIGH)

    assert refused.value.code == "signin_not_verified"


async def test_a_recent_authentication_is_asked_for_anew_when_it_is_wanted(url: str) -> None:
    async with counter(url) as desk:
        _, usual = await desk.ask()
        _, recent = await desk.ask(max_age=60)
        evidence = await desk.sign_in(max_age=60)

    assert (usual.force, recent.force) == (False, True)
    assert evidence.identifier is not None


async def test_whoever_declines_is_told_so(url: str) -> None:
    async with counter(url) as desk:
        asked, accepted = await desk.ask()
        value = desk.answer(accepted, persona="nobody")

        with pytest.raises(SignInRejected) as refused:
            await desk.complete(asked, value)

    assert refused.value.code == "signin_declined"


async def test_there_is_nothing_to_poll(url: str) -> None:
    async with counter(url) as desk:
        assert await desk.provider.poll(attempt(PLATE)) is None


@pytest.mark.parametrize("ahead", [-90.0, 90.0])
async def test_a_clock_that_differs_by_a_minute_and_a_half_is_no_hindrance(url: str, ahead: float) -> None:
    async with counter(url, clock(ahead)) as desk:
        evidence = await desk.sign_in()

    assert evidence.identifier is not None


async def test_two_sign_ins_at_once_do_not_disturb_each_other(url: str) -> None:
    async with counter(url) as desk:
        first, second = await desk.ask(), await desk.ask()
        answers = [desk.answer(accepted) for _, accepted in (first, second)]

        later = await desk.complete(second[0], answers[1])
        earlier = await desk.complete(first[0], answers[0])

    assert later.subject == earlier.subject


async def test_base64_in_lines_is_read(url: str) -> None:
    async with counter(url) as desk:
        asked, accepted = await desk.ask()
        value = "\r\n".join(re.findall(".{1,76}", desk.answer(accepted)))

        assert (await desk.complete(asked, value)).identifier is not None


async def test_a_new_certificate_of_the_provider_is_believed_beside_the_old(url: str) -> None:
    following = certificate_pem(own_certificate(rsa_key(), "The next one", now()))

    async with counter(url, secrets=SECRETS | {"idp_certificate": following + SECRETS["idp_certificate"]}) as desk:
        assert (await desk.sign_in()).identifier is not None


async def test_a_provider_that_names_no_option_for_the_level_is_not_asked_for_one(url: str) -> None:
    options = {"issuer": "https://www.nas.gov.qa/idp"}

    async with counter(url, options=options) as desk:
        _, accepted = await desk.ask(wanted=Assurance.HIGH)

    assert not accepted.enhanced


async def test_a_state_that_is_not_ours_goes_no_further(url: str) -> None:
    async with counter(url) as desk:
        asked, accepted = await desk.ask()
        form = {"SAMLResponse": desk.answer(accepted), "RelayState": "another"}

        with pytest.raises(SignInError):
            await desk.provider.complete(asked, ProviderResponse(form=form))
        with pytest.raises(SignInError):
            await desk.provider.complete(asked, ProviderResponse(query=form))
        with pytest.raises(SignInError):
            await desk.complete(replace(asked, memory={}), form["SAMLResponse"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("signing_key", "no key"),
        ("signing_key", key_pem(rsa_key(1024))),
        ("signing_key", key_pem(curve_key())),
        ("signing_certificate", "no certificate"),
        ("signing_certificate", certificate_pem(own_certificate(rsa_key(), "another's", now()))),
        ("idp_certificate", ""),
        ("idp_certificate", certificate_pem(own_certificate(rsa_key(1024), "weak", now()))),
    ],
)
async def test_a_secret_that_cannot_be_used_stops_the_start_and_is_named(url: str, name: str, value: str) -> None:
    async with counter(url) as desk:
        with pytest.raises(ConfigurationError) as wrong:
            built(desk, SECRETS | {name: value})

    assert wrong.value.field == f"providers.{PLATE}.secrets.{name}"


async def test_a_plate_without_an_issuer_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError):
        async with counter(url, options={}):
            pass


async def test_a_person_can_walk_through_the_pages_of_the_stand_in(url: str) -> None:
    async with counter(url) as desk, aiohttp.ClientSession() as browser:
        asked = attempt(PLATE)
        step = await desk.provider.begin(asked)
        page = await (await browser.post(step.url, data=dict(step.fields))).text()
        choice = {"request": step.memory["request"], "persona": CITIZEN, "level": "basic"}
        back = await (await browser.post(f"{desk.stand_in.url}/choose", data=choice)).text()
        form = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', back)}
        waiting = replace(asked, memory=step.memory)
        evidence = await desk.provider.complete(waiting, ProviderResponse(form=form))

    assert "stand-in" in page
    assert "with a smart card" in page
    assert f'action="{asked.redirect_uri}"' in back
    assert evidence.assurance is Assurance.SUBSTANTIAL


async def test_the_page_of_the_stand_in_takes_no_choice_about_nothing(url: str) -> None:
    async with counter(url) as desk, aiohttp.ClientSession() as browser:
        _, accepted = await desk.ask()
        nowhere = await browser.post(f"{desk.stand_in.url}/choose", data={"request": "x", "persona": CITIZEN})
        nobody = {"request": accepted.id, "persona": "omani-citizen"}
        unknown = await browser.post(f"{desk.stand_in.url}/choose", data=nobody)

    assert (nowhere.status, unknown.status) == (400, 400)


def test_the_stand_in_and_the_gateway_hold_keys_of_their_own() -> None:
    keys = [key_of(SECRETS[name]).public_key() for name in ("signing_key", "stand_in_idp_key")]

    assert keys[0] != keys[1]
    assert not any("stand_in" in name for name in plate(PLATE).secrets)
