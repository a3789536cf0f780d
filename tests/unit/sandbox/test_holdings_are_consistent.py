"""Fines, companies and contributions belong to people of the population and agree with each other."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from gateway.schema.country import Country
from gateway.sdk.sandbox import SAUDI_LETTERS, SyntheticContribution, population
from gateway.sdk.sandbox.careers import TODAY, career
from gateway.sdk.sandbox.fines import MANY
from gateway.sdk.sandbox.pensions import RATES, shares
from gateway.sdk.sandbox.people import citizens
from gateway.sdk.sandbox.plates import vehicles_of

NUMBERS = {
    Country.BH: r"[0-9]{5}-[1-9]",
    Country.KW: r"[0-9]{5}/20[0-2][0-9]",
    Country.OM: r"[0-9]{7}",
    Country.QA: r"[0-9]{5,6}(B[1-9])?",
    Country.SA: r"(1010|4030|2050)[0-9]{6}",
    Country.AE: r"(DED|CN|SH)-[0-9]{6,7}",
}
PLATES = {
    Country.BH: (r"[0-9]{5,6}", r""),
    Country.KW: (r"[0-9]{1,2}/[0-9]{4,5}", r""),
    Country.OM: (r"[0-9]{3,5}", r"[A-Z]{1,2}"),
    Country.QA: (r"[0-9]{5,6}", r""),
    Country.SA: (r"[0-9]{4}", r"[ABDEGHJKLNRSTUVXZ]{3}"),
    Country.AE: (r"[0-9]{3,5}", r"[A-Z]|[0-9]{1,2}"),
}


def decimals(amount: Decimal) -> int:
    """How many decimals the amount is written with."""
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def month(period: str) -> int:
    """A period as a count of months."""
    return int(period[:4]) * 12 + int(period[5:]) - 1


@pytest.mark.parametrize("country", Country)
def test_fines_are_people_of_the_populations(country: Country) -> None:
    told = population(country)

    for fine in told.all_fines:
        person = told.person(fine.identifier)
        assert person is not None
        assert person.alive
        assert person.birth < fine.occurred_at.date() - timedelta(days=17 * 365)


@pytest.mark.parametrize("country", Country)
def test_some_have_nothing_many_have_a_little_and_one_has_much(country: Country) -> None:
    told = population(country)
    counted = Counter(len(told.fines(person.identifier)) for person in told.people)

    assert counted[0] >= 60
    assert sum(people for fines, people in counted.items() if 1 <= fines <= 6) >= 60
    assert counted[MANY] == 1
    assert MANY > 30


@pytest.mark.parametrize("country", Country)
def test_references_of_fines_are_unique(country: Country) -> None:
    counted = Counter(fine.reference for fine in population(country).all_fines)

    assert set(counted.values()) == {1}


@pytest.mark.parametrize("country", Country)
def test_amounts_have_the_decimals_of_the_currency(country: Country) -> None:
    told = population(country)
    amounts = [fine.amount for fine in told.all_fines]
    amounts += [fine.discounted for fine in told.all_fines if fine.discounted is not None]
    amounts += [company.capital for company in told.all_companies]
    for paid in told.all_contributions:
        amounts += [paid.wage, paid.employee_share, paid.employer_share]

    assert {decimals(amount) for amount in amounts} == {country.facts.decimals}
    assert min(amounts) > 0


@pytest.mark.parametrize("country", Country)
def test_fines_happened_lately_and_in_the_time_of_the_state(country: Country) -> None:
    for fine in population(country).all_fines:
        assert TODAY - timedelta(days=1100) < fine.occurred_at.date() < TODAY
        assert fine.occurred_at.utcoffset() == timedelta(hours=4 if country in (Country.OM, Country.AE) else 3)


@pytest.mark.parametrize("country", Country)
def test_fines_of_one_person_come_newest_first(country: Country) -> None:
    told = population(country)
    for person in told.people:
        times = [fine.occurred_at for fine in told.fines(person.identifier)]
        assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("country", Country)
def test_one_code_is_one_offence_with_one_amount(country: Country) -> None:
    told: dict[str, set[tuple[str, str, Decimal, int | None]]] = {}
    for fine in population(country).all_fines:
        offence = (fine.violation_ar, fine.violation_en, fine.amount, fine.black_points)
        told.setdefault(fine.violation_code, set()).add(offence)

    assert len(told) >= 10
    assert {len(offences) for offences in told.values()} == {1}


def test_states_do_not_share_their_codes() -> None:
    codes = [{fine.violation_code for fine in population(country).all_fines} for country in Country]

    assert sum(map(len, codes)) == len(set().union(*codes))


@pytest.mark.parametrize("country", Country)
def test_black_points_are_counted_in_the_emirates_alone(country: Country) -> None:
    points = {fine.black_points for fine in population(country).all_fines}

    assert points == ({0, 4, 6, 12} if country is Country.AE else {None})


@pytest.mark.parametrize("country", Country)
def test_every_status_of_a_fine_occurs(country: Country) -> None:
    counted = Counter(fine.status for fine in population(country).all_fines)

    assert set(counted) == {"unpaid", "paid", "disputed", "cancelled"}
    assert counted["unpaid"] > 100


@pytest.mark.parametrize("country", Country)
def test_a_discount_lowers_the_amount(country: Country) -> None:
    discounts = {fine.discounted is not None for fine in population(country).all_fines}

    assert discounts == {country in (Country.BH, Country.QA, Country.SA, Country.AE)}
    assert all(fine.discounted < fine.amount for fine in population(country).all_fines if fine.discounted is not None)


@pytest.mark.parametrize("country", Country)
def test_plates_have_the_form_of_the_state_where_the_driver_lives(country: Country) -> None:
    told = population(country)
    for fine in told.all_fines:
        person = told.person(fine.identifier)
        assert person is not None
        assert fine.plate_country is person.home
        number, letters = PLATES[fine.plate_country]
        assert re.fullmatch(number, fine.plate_number)
        assert re.fullmatch(letters, fine.plate_letters)
        assert bool(fine.plate_issuer) == (fine.plate_country is Country.AE)


@pytest.mark.parametrize("country", Country)
def test_a_driver_has_the_same_vehicles_at_home_and_abroad(country: Country) -> None:
    told = population(country)
    for fine in told.all_fines:
        person = told.person(fine.identifier)
        assert person is not None
        assert fine.plate_number in {plate.number for plate in vehicles_of(person)}


def test_saudi_plate_letters_stand_in_both_scripts() -> None:
    assert len(SAUDI_LETTERS) == len(set(SAUDI_LETTERS.values())) == 17
    assert "".join(SAUDI_LETTERS[letter] for letter in "ABJ") == "أبح"


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


def spells(contributions: tuple[SyntheticContribution, ...]) -> list[list[SyntheticContribution]]:
    """Contributions grouped into runs with one employer."""
    runs: list[list[SyntheticContribution]] = []
    for each in contributions:
        if not runs or runs[-1][-1].employer_number != each.employer_number:
            runs.append([])
        runs[-1].append(each)
    return runs


@pytest.mark.parametrize("country", Country)
def test_contributions_follow_month_on_month(country: Country) -> None:
    told = population(country)
    for person in told.people:
        for run in spells(told.contributions(person.identifier)):
            assert all(month(later.period) - month(earlier.period) == 1 for earlier, later in pairwise(run))


@pytest.mark.parametrize("country", Country)
def test_only_gulf_citizens_of_working_age_are_insured(country: Country) -> None:
    told = population(country)
    insured = [person for person in told.people if told.contributions(person.identifier)]

    assert len(insured) >= 40
    assert {person.standing for person in insured} >= {"citizen", "gcc_visitor"}
    for person in insured:
        first = month(told.contributions(person.identifier)[0].period) // 12
        assert person.nationality in {state.value for state in Country}
        assert 18 <= first - person.birth.year <= 60


def test_nobody_is_insured_in_two_states_in_one_month() -> None:
    for country in Country:
        for citizen in citizens(country):
            months = [each.period for state in Country for each in population(state).contributions(citizen.identifier)]
            assert len(set(months)) == len(months)


@pytest.mark.parametrize("country", Country)
def test_shares_are_those_of_home_with_the_employers_capped_by_the_host(country: Country) -> None:
    told = population(country)
    for paid in told.all_contributions:
        person = told.person(paid.identifier)
        assert person is not None
        employee, employer = RATES[Country(person.nationality)]
        total = paid.employee_share + paid.employer_share
        assert paid.employer_share <= (paid.wage * RATES[country][1]).quantize(paid.wage)
        assert abs(total - paid.wage * (employee + employer)) < Decimal("0.01")


def test_an_employer_abroad_pays_no_more_than_the_host_asks() -> None:
    """An Omani's employer owes 12.5 % at home; in Kuwait only 11.5 %, and the insured bears the rest."""
    at_home = shares(Decimal("1000.000"), Country.OM, Country.OM)
    abroad = shares(Decimal("1000.000"), Country.OM, Country.KW)

    assert at_home == (Decimal("75.000"), Decimal("125.000"))
    assert abroad == (Decimal("85.000"), Decimal("115.000"))


def test_an_employer_abroad_pays_no_more_than_home_asks_either() -> None:
    assert shares(Decimal("10000.00"), Country.KW, Country.BH) == (Decimal("1050.00"), Decimal("1150.00"))


@pytest.mark.parametrize("country", Country)
def test_what_is_paid_was_paid_in_the_month_after(country: Country) -> None:
    for each in population(country).all_contributions:
        assert (each.paid_on is not None) == (each.status == "paid")
        if each.paid_on:
            assert each.paid_on.year * 12 + each.paid_on.month - 1 == month(each.period) + 1


@pytest.mark.parametrize("country", Country)
def test_only_the_last_two_months_may_be_outstanding(country: Country) -> None:
    outstanding = [each for each in population(country).all_contributions if each.status != "paid"]

    assert {each.status for each in outstanding} == {"due", "late"}
    assert {each.period for each in outstanding} <= {"2026-10", "2026-09"}


@pytest.mark.parametrize("country", Country)
def test_wages_never_fall_within_a_spell(country: Country) -> None:
    told = population(country)
    for person in told.people:
        for run in spells(told.contributions(person.identifier)):
            wages = [each.wage for each in run]
            assert wages == sorted(wages)


@pytest.mark.parametrize("country", Country)
def test_private_employers_are_companies_of_the_register(country: Country) -> None:
    told = population(country)
    companies = {company.name_en for company in told.all_companies if company.is_main and company.status == "active"}
    employers = {each.employer_en for each in told.all_contributions}
    numbers = {(each.employer_number, each.employer_ar, each.employer_en) for each in told.all_contributions}

    private = {employer for employer in employers if employer.endswith((" Company", " Establishment"))}
    assert private
    assert private <= companies
    assert len(employers - private) == 5
    assert len({number for number, _, _ in numbers}) == len(numbers) == len(employers)


@pytest.mark.parametrize("country", Country)
def test_spells_of_a_career_do_not_overlap(country: Country) -> None:
    for citizen in citizens(country):
        for earlier, later in pairwise(career(citizen)):
            assert earlier.last < later.first
            assert {earlier.country, later.country} > {citizen.home}
