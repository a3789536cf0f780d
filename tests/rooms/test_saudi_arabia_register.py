"""Wathq's register is asked with a key, in parts and side by side, and each company arrives as it is registered."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.saudi_arabia import sandbox_register, wathq
from adapters.saudi_arabia.commercial_registration import SaudiCommercialRegistration
from adapters.saudi_arabia.sandbox import Sandbox
from adapters.saudi_arabia.sandbox_writing import strikes
from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, CommercialRegistration, Country
from gateway.sdk.sandbox import Population, Reply, SyntheticCompany, population
from tests.support.saudi import ABDULLAH, KHALID, NOBODY, SECRETS, answer, ask, line

SAUDI = population(Country.SA)
FULL, RELATED = (
    f"/wathq/commercial-registration/{each}" for each in ("fullinfo/{number}", "related/{identifier}/{kind}")
)


def in_json(document: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(status, "application/json", json.dumps(document).encode())


def khalids_list(*numbers: str) -> Mapping[str, Any]:
    """A list of companies that is about Khalid, with these numbers in it."""
    return {
        "name": "خالد",
        "identity": {"id": KHALID[1], "typeId": 1},
        "related": [{"crNumber": each} for each in numbers],
    }


def somebody_elses() -> SyntheticCompany:
    """A company that Khalid has nothing to do with."""
    his = SAUDI.companies(KHALID[1])
    return next(company for company in SAUDI.all_companies if company not in his)


def khalid_with(companies: int) -> Population:
    """The population, but that Khalid owns and manages as many companies as this."""
    model = SAUDI.companies(KHALID[1])[0]
    own = replace(model, owners=((KHALID[1], Decimal(100)),), manager=KHALID[1])
    many = tuple(replace(own, number=f"10109{place:05d}") for place in range(companies))
    return Population(Country.SA, SAUDI.people, (), many, ())


async def test_every_company_is_told_as_it_is_registered() -> None:
    """Main registrations and branches in every status, with owners and managers of all three kinds of identity."""
    async with line() as connected:
        adapter = SaudiCommercialRegistration(connected.system)

        for company in SAUDI.all_companies:
            (told,) = await answer(adapter, ask(registration_number=company.number))
            _assert_same_company(told, company)


def _assert_same_company(told: CommercialRegistration, company: SyntheticCompany) -> None:
    assert (told.number, told.unified_number) == (company.number, company.unified_number)
    assert (told.names.ar, told.status) == (company.name_ar, company.status)
    assert (told.main, told.branch_of) == (company.is_main, company.main_number)
    assert told.legal_form
    assert (told.legal_form.ar, told.legal_form_code) == (company.form_ar, company.form_code)
    assert told.issued
    assert (told.issued.date, told.issued.agrees) == (company.issued, not strikes("pair", company.number, 5))
    assert told.capital
    assert told.capital.amount == company.capital
    assert [each.code for each in told.activities] == [code for code, _, _ in company.activities]
    owners = [party for party in told.parties if party.role != "manager"]
    assert [party.identifier.value for party in owners if party.identifier] == [who for who, _ in company.owners]
    shared = [party.share_percent for party in owners]
    assert shared == ([None] if len(owners) == 1 else [share for _, share in company.owners])
    (manager,) = [party for party in told.parties if party.role == "manager"]
    assert manager.identifier
    assert manager.identifier.value == company.manager


async def test_everybody_finds_all_they_own_or_manage_and_nothing_else() -> None:
    """Citizens, residents and visitors; those who have none get an empty answer."""
    async with line() as connected:
        adapter = SaudiCommercialRegistration(connected.system)

        for person in SAUDI.people:
            told = await answer(adapter, ask((person.home, person.identifier)))
            assert [each.number for each in told] == [each.number for each in SAUDI.companies(person.identifier)]


async def test_a_person_is_asked_for_once_and_each_company_once() -> None:
    """One list, then one question a company, all of them safe to ask again."""
    async with line() as connected:
        told = await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))

        assert connected.sandbox.requests == {RELATED: 1, FULL: len(told)}


async def test_words_of_code_lists_come_in_the_language_of_the_ask_and_names_as_registered() -> None:
    """Nothing is translated here."""
    company = SAUDI.companies(KHALID[1])[0]
    async with line() as connected:
        adapter = SaudiCommercialRegistration(connected.system)
        asked = {each: ask(KHALID, language=each, registration_number=company.number) for each in ("ar", "en")}
        (arabic,), (english,) = [await answer(adapter, each) for each in asked.values()]

    assert (arabic.city.ar, arabic.city.en) == (company.city_ar, None)
    assert (english.city.ar, english.city.en) == (None, company.city_en)
    assert arabic.names == english.names


class Watching(Sandbox):
    """A stand-in that answers slowly and notes how many companies were asked for at the same time."""

    now = most = 0

    async def _full_information(self, request: web.Request) -> web.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        return await super()._full_information(request)


async def test_companies_are_asked_for_side_by_side_but_not_all_at_once() -> None:
    """As many at a time as the room allows itself, so that one person is not everybody's wait."""
    sandbox = Watching(secrets=SECRETS, population=khalid_with(companies=20))

    async with line(sandbox=sandbox) as connected:
        told = await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))

    assert len(told) == 20
    assert sandbox.most == wathq.AT_ONCE


async def test_more_companies_than_are_shown_are_never_left_out_in_silence() -> None:
    """The first of them are told, and each record says that there are more."""
    async with line(population=khalid_with(companies=wathq.MOST_COMPANIES + 1)) as connected:
        told = await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))

        assert connected.sandbox.requests[FULL] == len(told) == wathq.MOST_COMPANIES
    assert all("list_not_complete" in each.notes for each in told)


async def test_as_many_companies_as_are_shown_are_all_of_them() -> None:
    """At the limit nothing is missing, and nothing is said to be."""
    async with line(population=khalid_with(companies=wathq.MOST_COMPANIES)) as connected:
        told = await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))

    assert len(told) == wathq.MOST_COMPANIES
    assert not any("list_not_complete" in each.notes for each in told)


async def test_a_wrong_key_is_refused_by_the_code_of_wathq() -> None:
    """It is looked for in the header, where this system wants it."""
    async with line(known_to_us={**SECRETS, "api_key": "wrong"}) as connected:
        with pytest.raises(BackendRefused) as caught:
            await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))

        assert caught.value.facts == {"reason": "401.1.1"}
        assert connected.gates["wathq"].state.requests == 1


@pytest.mark.parametrize("number", ["12345/2020", "101095770", "10109577099", "..", "1010957709?x=", "سجل", ""])
async def test_what_cannot_be_a_saudi_number_is_none_and_never_part_of_an_address(number: str) -> None:
    """A number of another state is asked of all six; here it is nobody's."""
    async with line() as connected:
        told = await answer(SaudiCommercialRegistration(connected.system), ask(KHALID, registration_number=number))

        assert told == ()
        assert connected.sandbox.requests == {}


async def test_a_company_that_is_listed_and_then_unknown_is_a_contradiction() -> None:
    """To leave it out would be to drop it in silence."""
    async with line() as connected:
        connected.sandbox.prime(in_json(khalids_list("1010000000")))

        with pytest.raises(BackendGarbled):
            await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))


async def test_a_company_that_does_not_name_the_person_is_not_shown() -> None:
    """The list said it was theirs, its own parties and managers say otherwise."""
    async with line() as connected:
        connected.sandbox.prime(in_json(khalids_list(somebody_elses().number)))

        with pytest.raises(BackendGarbled) as caught:
            await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))

    assert caught.value.code == "backend_wrong_subject"


@pytest.mark.parametrize(
    ("status", "error"), [(500, BackendDown), (503, BackendDown), (403, BackendRefused), (302, BackendGarbled)]
)
async def test_one_company_that_fails_is_told_as_what_it_is(status: int, error: type[Exception]) -> None:
    """One failure among several questions is the answer, not a group of failures."""
    own = [company.number for company in SAUDI.companies(KHALID[1])]
    async with line() as connected:
        connected.sandbox.prime(in_json(khalids_list(*own)))
        for _ in range(3 * len(own)):
            connected.sandbox.prime(in_json({"code": "x.1", "message": "No"}, status))

        with pytest.raises(error):
            await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(404, "text/html", b"<h1>Not Found</h1>"), BackendGarbled),
        (in_json({"message": "no code"}, 404), BackendGarbled),
        (in_json({"code": "1084260288 is not subscribed", "message": ""}, 403), BackendGarbled),
        (in_json({"code": 403, "message": ""}, 403), BackendGarbled),
        (Reply(200, "text/html", b"{}"), BackendGarbled),
        (Reply(200, "application/json", b"[]"), BackendGarbled),
        (Reply(200, "application/json", b"{}"), BackendGarbled),
        (Reply(200, "application/json", b'{"identity":{"id":"1","id":"1084260288"},"related":[]}'), BackendGarbled),
        (in_json({"identity": {"id": KHALID[1]}, "related": [{"crNumber": "../owns"}]}), BackendGarbled),
        (in_json({"identity": {"id": KHALID[1]}, "related": [{"crNumber": 1010957709}]}), BackendGarbled),
        (in_json({"identity": KHALID[1], "related": []}), BackendGarbled),
        (in_json({"code": "400.1.1", "message": "Invalid id"}, 400), BackendRefused),
    ],
    ids=[
        "a page not found", "a 404 without a code", "a code that is a sentence", "a code that is a number",
        "a media type that lies", "a list", "an empty object", "two identities", "a number that is an address",
        "a number that is no text", "an identity that is no object", "a request that it does not understand",
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_wathqs_own_says_nothing(reply: Reply, error: type[Exception]) -> None:
    """Only a 404 with a code of Wathq's is an empty answer."""
    async with line() as connected:
        connected.sandbox.prime(reply)

        with pytest.raises(error):
            await answer(SaudiCommercialRegistration(connected.system), ask(KHALID))


async def test_nobody_and_somebody_without_companies_are_both_an_empty_answer() -> None:
    """A 404 is an answer: nothing is tried again and nothing counts as a failure."""
    async with line() as connected:
        adapter = SaudiCommercialRegistration(connected.system)

        assert await answer(adapter, ask(NOBODY)) == await answer(adapter, ask(ABDULLAH)) == ()
        state = connected.gates["wathq"].state
        assert (state.requests, state.retries, state.failures) == (2, 0, 0)


def test_the_stand_in_mixes_two_hijri_orders_and_one_capital_letter_in_one_answer() -> None:
    """As the real system is known to."""
    told = sandbox_register.full_information(SAUDI.all_companies[0], SAUDI, english=False)

    day, month, year = (len(part) for part in told["issueDateHijri"].split("-"))
    assert (day, month, year) == (2, 2, 4)
    assert [len(part) for part in told["status"]["confirmationDate"]["hijri"].split("-")] == [4, 2, 2]
    assert {"partnersNationalityId", "PartnersNationalityName"} <= set(told)


@pytest.mark.parametrize(
    ("path", "key", "status", "code"),
    [
        ("fullinfo/1010957709", "", 401, "401.1.1"),
        ("fullinfo/1010957709?language=fr", SECRETS["api_key"], 400, "400.1.3"),
        ("fullinfo/1010000000", SECRETS["api_key"], 404, "404.2.1"),
        (f"related/{KHALID[1]}/Resident_ID", SECRETS["api_key"], 404, "404.2.1"),
        ("related/279112346306/GCC_ID?nationality=48", SECRETS["api_key"], 404, "404.2.1"),
        ("related/279112346306/GCC_ID?nationality=414", SECRETS["api_key"], 200, None),
    ],
)
async def test_the_stand_in_refuses_what_the_real_system_would(
    path: str, key: str, status: int, code: str | None
) -> None:
    """Each with a JSON error of Wathq's shape."""
    async with Sandbox(secrets=SECRETS).running() as url, aiohttp.ClientSession() as session:
        address = f"{url}/wathq/commercial-registration/{path}"
        async with session.get(address, headers={"apiKey": key}) as response:
            assert response.status == status
            assert (await response.json()).get("code") == code
