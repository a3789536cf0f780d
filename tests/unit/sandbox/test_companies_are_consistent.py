"""Companies are owned and managed by people of the population, and agree with their branches and their state."""

import re
from datetime import date
from decimal import Decimal

import pytest

from gateway.schema.country import Country
from gateway.sdk.sandbox import population
from gateway.sdk.sandbox.careers import TODAY

NUMBERS = {
    Country.BH: r"[0-9]{5}-[1-9]",
    Country.KW: r"[0-9]{5}/20[0-2][0-9]",
    Country.OM: r"[0-9]{7}",
    Country.QA: r"[0-9]{5,6}(B[1-9])?",
    Country.SA: r"(1010|4030|2050)[0-9]{6}",
    Country.AE: r"(DED|CN|SH)-[0-9]{6,7}",
}


def decimals(amount: Decimal) -> int:
    """How many decimals the amount is written with."""
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


@pytest.mark.parametrize("country", Country)
def test_companies_have_the_numbers_of_their_state(country: Country) -> None:
    for company in population(country).all_companies:
        assert re.fullmatch(NUMBERS[country], company.number), company.number
        assert (company.unified_number is not None) == (country is Country.SA)
        if company.unified_number:
            assert re.fullmatch(r"700[0-9]{7}", company.unified_number)


@pytest.mark.parametrize("country", Country)
def test_a_company_is_found_by_its_number(country: Country) -> None:
    told = population(country)

    for company in told.all_companies:
        assert told.company(company.number) is company
        if company.unified_number:
            main = told.company(company.unified_number)
            assert main is not None
            assert main.is_main
            assert main.number == (company.main_number or company.number)


@pytest.mark.parametrize("country", Country)
def test_owners_and_managers_are_people_of_the_population(country: Country) -> None:
    told = population(country)

    for company in told.all_companies:
        parties = [owner for owner, _ in company.owners]
        assert len(set(parties)) == len(parties)
        for identifier in (*parties, company.manager):
            person = told.person(identifier)
            assert person is not None
            assert person.alive
            assert company in told.companies(identifier)
        assert sum(share for _, share in company.owners) == 100


@pytest.mark.parametrize("country", Country)
def test_a_company_with_one_owner_has_the_form_for_one(country: Country) -> None:
    forms: dict[bool, set[str]] = {True: set(), False: set()}
    for company in population(country).all_companies:
        forms[len(company.owners) == 1].add(company.form_code)

    assert len(forms[True]) == 1
    assert len(forms[False]) == 2
    assert not forms[True] & forms[False]


@pytest.mark.parametrize("country", Country)
def test_gulf_visitors_and_residents_own_companies_too(country: Country) -> None:
    told = population(country)
    owners = {owner for company in told.all_companies for owner, _ in company.owners}
    known = [told.person(owner) for owner in owners]

    assert {person.standing for person in known if person} == {"citizen", "resident", "gcc_visitor"}


@pytest.mark.parametrize("country", Country)
def test_branches_belong_to_a_main_registration_with_the_same_owners(country: Country) -> None:
    told = population(country)
    branches = [company for company in told.all_companies if not company.is_main]

    assert len(branches) >= 15
    for branch in branches:
        main = told.company(branch.main_number or "")
        assert main is not None
        assert main.is_main
        assert main.main_number is None
        assert (branch.owners, branch.manager, branch.form_code) == (main.owners, main.manager, main.form_code)
        assert branch.issued > main.issued
        if country is Country.BH:
            assert branch.number.split("-")[0] == main.number.split("-")[0]
        if country is Country.QA:
            assert re.fullmatch(f"{main.number}B[12]", branch.number)


@pytest.mark.parametrize("country", Country)
def test_names_of_companies_are_unique_and_in_both_languages(country: Country) -> None:
    mains = [company for company in population(country).all_companies if company.is_main]

    assert len({company.name_ar for company in mains}) == len({company.name_en for company in mains}) == len(mains)
    assert all(company.name_en.isascii() for company in mains)
    assert all("\u0600" < company.name_ar[0] < "\u06ff" for company in mains)


@pytest.mark.parametrize("country", Country)
def test_dates_of_a_company_agree_with_its_status(country: Country) -> None:
    for company in population(country).all_companies:
        assert date(2003, 1, 1) <= company.issued < TODAY
        assert company.issued < company.expires
        assert (company.expires < TODAY) == (company.status in ("expired", "cancelled"))


@pytest.mark.parametrize("country", Country)
def test_activities_have_a_class_and_both_languages(country: Country) -> None:
    for company in population(country).all_companies:
        assert 1 <= len(company.activities) <= 3
        assert len({code for code, _, _ in company.activities}) == len(company.activities)
        for code, arabic, english in company.activities:
            assert re.fullmatch(r"[0-9]{4}([0-9]{2}|-1)?", code)
            assert arabic
            assert english.isascii()
