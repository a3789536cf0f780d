"""Every identifier in the populations is one that its state could have issued, checked by rules written anew here."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

import pytest

from gateway.schema import IdentifierKind, NationalIdentifier
from gateway.schema.country import Country
from gateway.sdk.sandbox import NUMERIC, SyntheticPerson, personas, population
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.identifiers import draw, kuwait_digit, luhn_digit

TODAY = date(2026, 11, 1)
EVERYBODY = [person for country in Country for person in population(country).people]


def bahrain(value: str, person: SyntheticPerson) -> bool:
    return len(value) == 9 and value[:4] == person.birth.strftime("%y%m")


def kuwait(value: str, person: SyntheticPerson) -> bool:
    weights = [2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    remainder = sum(weight * int(digit) for weight, digit in zip(weights, value, strict=False)) % 11
    born = {"2": 1900, "3": 2000}[value[0]] + int(value[1:3])
    dated = (born, int(value[3:5]), int(value[5:7])) == (person.birth.year, person.birth.month, person.birth.day)
    return len(value) == 12 and dated and 11 - remainder == int(value[11])


def oman(value: str, person: SyntheticPerson) -> bool:
    return len(value) in (7, 8)


def qatar(value: str, person: SyntheticPerson) -> bool:
    born = {"2": 1900, "3": 2000}[value[0]] + int(value[1:3])
    return len(value) == 11 and born == person.birth.year and value[3:6] == NUMERIC[person.nationality]


def luhn(value: str) -> bool:
    digits = [int(digit) for digit in value]
    doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(digits[::-1])]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def saudi(value: str, person: SyntheticPerson) -> bool:
    return len(value) == 10 and value[0] == ("1" if person.nationality == "SA" else "2") and luhn(value)


def emirates(value: str, person: SyntheticPerson) -> bool:
    years_off = int(value[3:7]) - person.birth.year
    return len(value) == 15 and value.startswith("784") and luhn(value) and years_off in (0, 1)


RULES: Mapping[Country, Callable[[str, SyntheticPerson], bool]] = {
    Country.BH: bahrain,
    Country.KW: kuwait,
    Country.OM: oman,
    Country.QA: qatar,
    Country.SA: saudi,
    Country.AE: emirates,
}


@pytest.mark.parametrize("country", Country)
def test_identifiers_follow_the_rule_of_the_state_that_issued_them(country: Country) -> None:
    for person in population(country).people:
        assert person.identifier.isascii()
        assert person.identifier.isdigit()
        assert RULES[person.home](person.identifier, person), (person.home, person.identifier, person.birth)


@pytest.mark.parametrize("country", Country)
def test_identifiers_are_accepted_by_the_shared_schema(country: Country) -> None:
    for person in population(country).people:
        parsed = NationalIdentifier.parse(person.home, person.identifier, today=TODAY)

        assert parsed.value == person.identifier
        assert parsed.flags == ()


def test_the_schema_tells_saudi_citizens_from_residents_as_the_population_does() -> None:
    for person in population(Country.SA).people:
        if person.home is Country.SA:
            parsed = NationalIdentifier.parse(Country.SA, person.identifier, today=TODAY)
            assert (parsed.kind is IdentifierKind.national_id) == (person.standing == "citizen")


@pytest.mark.parametrize("country", Country)
def test_nobody_shares_an_identifier_with_another(country: Country) -> None:
    counted = Counter(person.identifier for person in population(country).people)

    assert set(counted.values()) == {1}


def test_an_identifier_belongs_to_one_state_alone() -> None:
    """So that a state may look a visitor up by the number, without being told where it comes from."""
    homes: dict[str, set[Country]] = {}
    for person in EVERYBODY:
        homes.setdefault(person.identifier, set()).add(person.home)

    assert {len(states) for states in homes.values()} == {1}


@pytest.mark.parametrize("country", [Country.BH, Country.OM])
def test_some_identifiers_begin_with_a_zero(country: Country) -> None:
    at_home = [person for person in population(country).people if person.home is country]

    assert 5 <= sum(person.identifier.startswith("0") for person in at_home) < len(at_home) / 2


def test_older_omani_cards_have_seven_digits() -> None:
    lengths = Counter(len(person.identifier) for person in population(Country.OM).people if person.home is Country.OM)

    assert set(lengths) == {7, 8}
    assert lengths[7] < lengths[8]


def test_a_few_emirates_numbers_do_not_carry_the_year_of_birth() -> None:
    """The year in the number may differ, so nobody should read a birth date from it."""
    at_home = [person for person in population(Country.AE).people if person.home is Country.AE]

    differing = [person for person in at_home if int(person.identifier[3:7]) != person.birth.year]

    assert 1 <= len(differing) < len(at_home) / 10


@pytest.mark.parametrize(
    ("digits", "check"),
    [("100000001", "6"), ("123456789", "7"), ("245678901", "1"), ("78419801234567", "8"), ("78420010000001", "5")],
)
def test_luhn_digits_agree_with_known_samples(digits: str, check: str) -> None:
    assert luhn_digit(digits) == check


@pytest.mark.parametrize(
    ("digits", "check"), [("28001010000", "4"), ("29511230123", "9"), ("30502140456", "2"), ("28802012259", "6")]
)
def test_kuwaiti_digits_agree_with_known_samples(digits: str, check: str) -> None:
    assert kuwait_digit(digits) == check


def test_kuwaiti_serials_whose_digit_would_have_two_places_are_never_issued() -> None:
    given = [kuwait_digit(f"2800101{serial:04d}") for serial in range(2000)]

    assert 300 < given.count(None) < 430
    assert "0" not in given


@pytest.mark.parametrize("country", Country)
@pytest.mark.parametrize("birth", [date(1931, 1, 31), date(1999, 12, 31), date(2000, 1, 1), date(2020, 2, 29)])
def test_identifiers_can_be_drawn_for_any_birth_date(country: Country, birth: date) -> None:
    dice = Dice("any birth", country, birth.isoformat())

    drawn = {draw(dice, country, birth, country.value) for _ in range(50)}

    assert len(drawn) > 40
    for value in drawn:
        assert NationalIdentifier.parse(country, value, today=TODAY).value == value


def test_personas_hold_valid_identifiers() -> None:
    for persona in personas():
        for country, value in persona.identifiers:
            assert NationalIdentifier.parse(country, value, today=TODAY).value == value
