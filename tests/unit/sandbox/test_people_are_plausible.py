"""The people of a population could be people: names in both scripts, ages, telephones, addresses, documents."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import phonenumbers
import pytest
from pydantic import BaseModel

from gateway.schema import (
    BahrainLocators,
    EmiratesLocators,
    KuwaitLocators,
    OmanLocators,
    QatarLocators,
    SaudiLocators,
)
from gateway.schema.country import Country
from gateway.sdk.sandbox import ALPHA3, DEMONYMS, NUMERIC, SyntheticName, SyntheticPerson, population
from gateway.sdk.sandbox.addresses import address, phone
from gateway.sdk.sandbox.careers import TODAY
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.names import draw, named

GULF = {country.value for country in Country}

LOCATORS: Mapping[Country, type[BaseModel]] = {
    Country.BH: BahrainLocators,
    Country.KW: KuwaitLocators,
    Country.OM: OmanLocators,
    Country.QA: QatarLocators,
    Country.SA: SaudiLocators,
    Country.AE: EmiratesLocators,
}


def people(country: Country, standing: str) -> list[SyntheticPerson]:
    """Those of one standing."""
    return [person for person in population(country).people if person.standing == standing]


@pytest.mark.parametrize("country", Country)
def test_a_state_knows_enough_people_of_every_standing(country: Country) -> None:
    counted = Counter(person.standing for person in population(country).people)

    assert sum(counted.values()) >= 220
    assert counted["citizen"] >= 100
    assert counted["resident"] >= 50
    assert counted["gcc_visitor"] >= 40


@pytest.mark.parametrize("country", Country)
def test_standing_nationality_and_home_agree(country: Country) -> None:
    for person in population(country).people:
        assert person.country is country
        if person.standing == "citizen":
            assert (person.nationality, person.home) == (country.value, country)
        elif person.standing == "resident":
            assert person.home is country
            assert person.nationality != country.value
        else:
            assert person.home is not country
            assert person.nationality == person.home.value


@pytest.mark.parametrize("country", Country)
def test_visitors_come_from_all_the_other_five(country: Country) -> None:
    homes = Counter(person.home for person in people(country, "gcc_visitor"))

    assert set(homes) == set(Country) - {country}
    assert min(homes.values()) >= 8


@pytest.mark.parametrize("country", Country)
def test_a_visitor_is_the_same_person_as_at_home(country: Country) -> None:
    for visitor in people(country, "gcc_visitor"):
        at_home = population(visitor.home).person(visitor.identifier)

        assert at_home is not None
        assert at_home.standing == "citizen"
        told = [(each.arabic, each.latin, each.birth, each.gender, each.phone) for each in (visitor, at_home)]
        assert told[0] == told[1]
        assert visitor.document_expires == at_home.document_expires


@pytest.mark.parametrize("country", Country)
def test_residents_come_from_many_countries(country: Country) -> None:
    nationalities = {person.nationality for person in people(country, "resident")}

    assert len(nationalities - GULF) >= 6


@pytest.mark.parametrize("country", Country)
def test_names_are_in_their_own_scripts(country: Country) -> None:
    for person in population(country).people:
        assert all("\u0621" <= letter <= "\u064a" or letter == " " for letter in person.arabic.full), person.arabic
        assert all(letter.isascii() and (letter.isalpha() or letter in " '-") for letter in person.latin.full)
        assert person.arabic.full == person.arabic.full.strip()


@pytest.mark.parametrize("country", Country)
def test_both_scripts_have_the_same_parts(country: Country) -> None:
    for person in population(country).people:
        for part in ("given", "father", "grandfather", "family"):
            assert bool(getattr(person.arabic, part)) == bool(getattr(person.latin, part))


@pytest.mark.parametrize("country", Country)
def test_gulf_citizens_have_four_part_names_and_nobody_is_named_after_himself(country: Country) -> None:
    for person in people(country, "citizen"):
        parts = [person.arabic.given, person.arabic.father, person.arabic.grandfather]
        assert all(parts)
        assert person.arabic.family
        assert len(set(parts)) == 3


def test_one_arabic_name_is_spelt_in_several_ways_in_latin_letters() -> None:
    """As in life, so that nobody compares people by their Latin spelling."""
    spellings: dict[str, set[str]] = {}
    for country in Country:
        for person in people(country, "citizen"):
            spellings.setdefault(person.arabic.father, set()).add(person.latin.father)

    assert {"Mohammed", "Mohamed", "Muhammad"} <= spellings["محمد"]
    assert sum(len(found) > 1 for found in spellings.values()) >= 10


@pytest.mark.parametrize(
    ("nationality", "parts"), [("KW", 4), ("OM", 4), ("EG", 3), ("SY", 3), ("PK", 3), ("IN", 2), ("PH", 2), ("GB", 2)]
)
def test_people_are_named_by_the_custom_of_their_country(nationality: str, parts: int) -> None:
    for place in range(20):
        arabic, latin = draw(Dice("custom", nationality, str(place)), nationality, "female")

        for name in (arabic, latin):
            present = [part for part in (name.given, name.father, name.grandfather, name.family) if part]
            assert len(present) == parts


def test_a_name_is_said_without_the_parts_that_are_not_there() -> None:
    assert SyntheticName("Priya", "", "", "Nair").full == "Priya Nair"
    arabic, latin = named(("هند", "Hind"), ("علي", "Ali"), ("", ""), ("كانو", "Kanoo"))
    assert (arabic.full, latin.full) == ("هند علي كانو", "Hind Ali Kanoo")


@pytest.mark.parametrize("country", Country)
def test_both_genders_are_there_in_numbers(country: Country) -> None:
    counted = Counter(person.gender for person in people(country, "citizen"))

    assert min(counted.values()) >= 40


@pytest.mark.parametrize("country", Country)
def test_ages_run_from_children_to_the_old(country: Country) -> None:
    births = [person.birth for person in people(country, "citizen")]

    assert min(births) < date(1960, 1, 1)
    assert sum(birth > date(2008, 12, 31) for birth in births) >= 5
    assert max(births) < TODAY


@pytest.mark.parametrize("country", Country)
def test_one_citizen_has_died_and_holds_nothing_any_more(country: Country) -> None:
    told = population(country)

    dead = [person for person in told.people if not person.alive]

    assert len(dead) == 1
    assert dead[0].document_expires < TODAY
    assert told.fines(dead[0].identifier) == ()
    assert told.companies(dead[0].identifier) == ()
    assert told.contributions(dead[0].identifier) == ()


@pytest.mark.parametrize("country", Country)
def test_some_documents_have_expired(country: Country) -> None:
    expired = sum(person.document_expires < TODAY for person in population(country).people)

    assert 3 <= expired <= 40


@pytest.mark.parametrize("country", Country)
def test_telephone_numbers_are_valid_ones_of_the_state_of_residence(country: Country) -> None:
    for person in population(country).people:
        number = phonenumbers.parse(person.phone)

        assert phonenumbers.is_valid_number(number), person.phone
        assert phonenumbers.region_code_for_number(number) == person.home.value
        assert person.phone == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize("country", Country)
def test_any_telephone_number_that_is_drawn_is_valid(country: Country) -> None:
    dice = Dice("telephones", country)

    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone(dice, country))) for _ in range(300))


@pytest.mark.parametrize("country", Country)
def test_addresses_have_the_locators_of_the_shared_schema(country: Country) -> None:
    known = set(LOCATORS[country].model_fields) - {"country"}
    for person in population(country).people:
        locators = {key for key in person.address if not key.endswith("_ar")}
        assert locators == (set() if person.standing == "gcc_visitor" else known)


@pytest.mark.parametrize("country", [country for country in Country if country is not Country.QA])
def test_words_of_an_address_stand_in_arabic_too(country: Country) -> None:
    for person in people(country, "citizen"):
        arabic = {key.removesuffix("_ar") for key in person.address if key.endswith("_ar")}
        assert arabic
        for key in arabic:
            assert person.address[key].isascii()
            assert "\u0600" < person.address[f"{key}_ar"][0] < "\u06ff"


@pytest.mark.parametrize(
    ("country", "city", "locator", "expected"),
    [
        (Country.SA, "Jeddah", "city", "Jeddah"),
        (Country.KW, "Kuwait City", "governorate", "Al Asimah"),
        (Country.BH, "Riffa", "area", "Riffa"),
        (Country.OM, "Salalah", "wilayat", "Salalah"),
        (Country.AE, "Sharjah", "emirate", "Sharjah"),
    ],
)
def test_an_address_can_be_asked_for_in_a_city(country: Country, city: str, locator: str, expected: str) -> None:
    dice = Dice("in a city", country)

    assert {address(dice, country, city)[locator] for _ in range(40)} == {expected}


def test_saudi_short_addresses_end_in_the_building_number() -> None:
    for person in people(Country.SA, "citizen"):
        short = person.address["short_address"]
        assert len(short) == 8
        assert short[:4].isalpha()
        assert short[4:] == person.address["building_number"]


def test_makani_numbers_are_dubais_alone() -> None:
    for person in people(Country.AE, "citizen"):
        assert bool(person.address["makani"]) == (person.address["emirate"] == "Dubai")
        assert len(person.address["makani"]) in (0, 10)


def test_bahraini_roads_begin_with_the_end_of_their_block() -> None:
    for person in people(Country.BH, "resident"):
        assert person.address["road"][:2] == person.address["block"][-2:]


def test_every_nationality_has_codes_and_names() -> None:
    nationalities = {person.nationality for country in Country for person in population(country).people}

    assert nationalities == set(NUMERIC) == set(ALPHA3) == set(DEMONYMS)
    for country in Country:
        assert NUMERIC[country] == country.facts.numeric
        assert ALPHA3[country] == country.facts.alpha3


def test_nobody_is_known_under_a_number_that_nobody_has() -> None:
    told = population(Country.OM)

    assert told.person("00000000") is None
    assert told.fines("00000000") == ()
    assert told.companies("00000000") == ()
    assert told.contributions("00000000") == ()
    assert told.company("0000000") is None
