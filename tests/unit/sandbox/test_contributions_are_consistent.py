"""Contributions follow month on month, state on state, and share the wage as the extension rule says."""

from decimal import Decimal
from itertools import pairwise

import pytest

from gateway.schema.country import Country
from gateway.sdk.sandbox import SyntheticContribution, population
from gateway.sdk.sandbox.careers import career
from gateway.sdk.sandbox.pensions import RATES, shares
from gateway.sdk.sandbox.people import citizens


def decimals(amount: Decimal) -> int:
    """How many decimals the amount is written with."""
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def month(period: str) -> int:
    """A period as a count of months."""
    return int(period[:4]) * 12 + int(period[5:]) - 1


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
