"""The table of nationalities is ISO 3166-1, no more and no less."""

from babel.core import get_global

from gateway.schema import ALPHA2_BY_ALPHA3, ALPHA2_BY_NUMERIC, Country

# Codes that CLDR knows besides the ones that ISO 3166-1 assigns.
_NOT_ASSIGNED = {"ZZZ", "XAA", "XBB", "XKK", "QUU"}


def test_each_of_249_countries_has_three_codes_of_its_own() -> None:
    assert len(ALPHA2_BY_ALPHA3) == len(ALPHA2_BY_NUMERIC) == 249
    assert len(set(ALPHA2_BY_ALPHA3.values())) == 249
    assert set(ALPHA2_BY_ALPHA3.values()) == set(ALPHA2_BY_NUMERIC.values())


def test_every_code_stands_for_the_country_that_cldr_says() -> None:
    aliases = get_global("territory_aliases")

    assert {code: [country] for code, country in ALPHA2_BY_ALPHA3.items()} == {
        code: aliases[code] for code in ALPHA2_BY_ALPHA3
    }
    assert {code: [country] for code, country in ALPHA2_BY_NUMERIC.items()} == {
        code: aliases[code] for code in ALPHA2_BY_NUMERIC
    }


def test_codes_are_written_in_the_letters_and_digits_of_the_standard() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in ALPHA2_BY_ALPHA3)
    assert all(len(code) == 3 and code.isascii() and code.isdigit() for code in ALPHA2_BY_NUMERIC)


def test_codes_for_private_use_and_withdrawn_ones_are_left_out() -> None:
    assert not _NOT_ASSIGNED & set(ALPHA2_BY_ALPHA3)
    assert not {"999", "000", "736", "891"} & set(ALPHA2_BY_NUMERIC)


def test_the_six_states_are_in_it_as_their_facts_say() -> None:
    for country in Country:
        assert ALPHA2_BY_ALPHA3[country.facts.alpha3] == country
        assert ALPHA2_BY_NUMERIC[country.facts.numeric] == country


def test_neighbours_and_large_communities_are_told_rightly() -> None:
    wanted = {"356": "IN", "586": "PK", "050": "BD", "818": "EG", "608": "PH", "760": "SY", "887": "YE", "729": "SD"}

    assert {code: ALPHA2_BY_NUMERIC[code] for code in wanted} == wanted
