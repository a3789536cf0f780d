"""The facts of each state agree with the public registers they come from."""

from datetime import UTC, date, datetime, timedelta

import phonenumbers
import pytest
from babel import Locale
from babel.core import get_global

from gateway.schema import DECIMALS, Country


def test_there_are_six_states_by_their_two_letter_codes() -> None:
    assert [country.value for country in Country] == ["BH", "KW", "OM", "QA", "SA", "AE"]


@pytest.mark.parametrize("country", Country)
def test_codes_are_those_of_cldr(country: Country) -> None:
    aliases = get_global("territory_aliases")

    assert aliases[country.facts.alpha3] == [country.value]
    assert aliases[country.facts.numeric] == [country.value]


@pytest.mark.parametrize("country", Country)
def test_currency_and_its_decimals_are_those_of_cldr(country: Country) -> None:
    current = [row[0] for row in get_global("territory_currencies")[country.value] if row[2] is None and row[3]]
    fractions = get_global("currency_fractions")
    decimals = fractions.get(country.facts.currency, fractions["DEFAULT"])[0]

    assert current == [country.facts.currency]
    assert country.facts.decimals == DECIMALS[country.facts.currency] == decimals


@pytest.mark.parametrize("country", Country)
def test_dialling_prefix_is_that_of_the_telephone_register(country: Country) -> None:
    assert country.facts.dial == f"+{phonenumbers.country_code_for_region(country.value)}"


@pytest.mark.parametrize("country", Country)
@pytest.mark.parametrize("month", [1, 7])
def test_clock_is_three_or_four_hours_ahead_all_year(country: Country, month: int) -> None:
    hours = 4 if country in (Country.OM, Country.AE) else 3

    offset = datetime(2026, month, 1, tzinfo=UTC).astimezone(country.facts.zone).utcoffset()

    assert offset == timedelta(hours=hours)


@pytest.mark.parametrize("country", Country)
def test_name_is_told_in_both_languages(country: Country) -> None:
    assert country.facts.name.en == Locale("en").territories[country.value]
    assert any("\u0600" <= letter <= "\u06ff" for letter in country.facts.name.ar)


def test_five_states_rest_on_friday_and_saturday() -> None:
    friday, saturday, sunday = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 29)

    for country in set(Country) - {Country.AE}:
        assert [country.facts.rests_on(day) for day in (friday, saturday, sunday)] == [True, True, False]


def test_the_emirates_rest_on_saturday_and_sunday_since_2022() -> None:
    facts = Country.AE.facts

    assert [facts.rests_on(date(2026, 11, day)) for day in (27, 28, 29)] == [False, True, True]
    assert facts.rests_on(date(2021, 12, 31))
    assert facts.rests_on(date(2022, 1, 1))
    assert not facts.rests_on(date(2022, 1, 7))
