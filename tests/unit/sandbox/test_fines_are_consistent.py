"""Fines belong to people of the population, and agree with their state, their vehicles and each other."""

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.schema.country import Country
from gateway.sdk.sandbox import SAUDI_LETTERS, population
from gateway.sdk.sandbox.careers import TODAY
from gateway.sdk.sandbox.fines import MANY
from gateway.sdk.sandbox.plates import vehicles_of

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
