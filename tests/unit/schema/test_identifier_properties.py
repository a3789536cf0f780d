"""What holds for every identifier and for every text that is none."""

from collections.abc import Sequence
from datetime import date
from typing import Final, get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.errors import InvalidIdentifier
from gateway.schema import CHECK_DIGIT_UNCONFIRMED, Country, IdentifierKind, NationalIdentifier
from gateway.schema.identifier_rules import LENGTHS, Reason, judge

TODAY: Final = date(2026, 11, 24)
COUNTRIES: Final = st.sampled_from(Country)
ANY_TEXT: Final = st.text(st.characters(exclude_categories=()), max_size=80)
NEARLY: Final = st.text("0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹ -/", max_size=24)


def parse(country: Country, text: str) -> NationalIdentifier:
    return NationalIdentifier.parse(country, text, today=TODAY)


def luhn_digit(digits: str) -> str:
    """The Luhn digit by the textbook: digits of doubled digits are added up."""
    doubled = "".join(str(int(digit) * (2 - index % 2)) for index, digit in enumerate(reversed(digits)))
    return str(-sum(map(int, doubled)) % 10)


def kuwaiti_digit(digits: str) -> int:
    """The check digit of eleven digits, 10 or 11 where none is issued."""
    weights = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return 11 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


@st.composite
def saudi(draw: st.DrawFn) -> str:
    start = draw(st.sampled_from("12")) + draw(digits(8))
    return start + luhn_digit(start)


@st.composite
def kuwaiti(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1850, 1, 1), date(2026, 12, 31)))
    start = f"{born.year // 100 - 17}{born:%y%m%d}{draw(digits(4))}"
    check = kuwaiti_digit(start)
    assume(check <= 9)
    return f"{start}{check}"


EMIRATI: Final = digits(12).map("784{}".format)
QATARI: Final = st.builds(
    "{}{}{}{}".format,
    st.just("2"),
    digits(2),
    st.sampled_from(["634", "048", "356", "682", "004"]),
    digits(5),
)
BAHRAINI: Final = st.builds("{}{:02}{}".format, digits(2), st.integers(1, 12), digits(5))
OMANI: Final = digits(7) | digits(8)
VALID: Final[dict[Country, st.SearchStrategy[str]]] = {
    Country.BH: BAHRAINI,
    Country.KW: kuwaiti(),
    Country.OM: OMANI,
    Country.QA: QATARI,
    Country.SA: saudi(),
    Country.AE: EMIRATI,
}
PAIRS: Final = COUNTRIES.flatmap(lambda country: st.tuples(st.just(country), VALID[country]))


def one_digit_changed(number: str, positions: Sequence[int]) -> st.SearchStrategy[str]:
    def changed(position: int, step: int) -> str:
        return f"{number[:position]}{(int(number[position]) + step) % 10}{number[position + 1 :]}"

    return st.builds(changed, st.sampled_from(positions), st.integers(1, 9))


@given(COUNTRIES, ANY_TEXT | NEARLY)
@example(Country.KW, "3" * 12)
@example(Country.SA, "\ud800")
@example(Country.AE, "784" + "٠" * 12)
def test_any_text_is_an_identifier_or_an_invalid_identifier(country: Country, text: str) -> None:
    try:
        identifier = parse(country, text)
    except InvalidIdentifier as refusal:
        facts = refusal.facts
    else:
        facts = {"country": country.value, "reason": "length"}
        assert len(identifier.value) in LENGTHS[country]
        assert identifier.value.isascii()
        assert identifier.value.isdigit()

    assert facts["country"] == country.value
    assert facts["reason"] in get_args(Reason)


@given(PAIRS)
def test_every_number_made_by_the_rules_is_accepted_as_it_is(pair: tuple[Country, str]) -> None:
    country, number = pair

    assert parse(country, number).value == number


@given(PAIRS)
def test_how_it_is_written_does_not_matter(pair: tuple[Country, str]) -> None:
    country, number = pair
    arabic = number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    spaced = "-".join(number[at : at + 4] for at in range(0, len(number), 4))

    assert parse(country, arabic) == parse(country, spaced) == parse(country, f" {number}/") == parse(country, number)


@given(PAIRS)
def test_it_comes_back_from_json_equal(pair: tuple[Country, str]) -> None:
    identifier = parse(*pair)

    assert NationalIdentifier.model_validate_json(identifier.model_dump_json()) == identifier


@given(st.data(), saudi())
def test_one_mistyped_digit_is_caught_in_saudi_arabia(data: st.DataObject, number: str) -> None:
    wrong = data.draw(one_digit_changed(number, range(1, 10)))

    with pytest.raises(InvalidIdentifier) as refusal:
        parse(Country.SA, wrong)

    assert refusal.value.code == "identifier_check_digit"


@given(st.data(), kuwaiti())
def test_one_mistyped_digit_is_caught_in_kuwait(data: st.DataObject, number: str) -> None:
    wrong = data.draw(one_digit_changed(number, range(7, 12)))

    with pytest.raises(InvalidIdentifier) as refusal:
        parse(Country.KW, wrong)

    assert refusal.value.code == "identifier_check_digit"


@given(st.dates(date(1850, 1, 1), date(2026, 12, 31)), digits(4), digits(1))
def test_kuwait_never_issues_a_number_without_a_check_digit(born: date, serial: str, last: str) -> None:
    start = f"{born.year // 100 - 17}{born:%y%m%d}{serial}"
    right = kuwaiti_digit(start)

    assert (judge(Country.KW, start + last, 2026) is None) is (right <= 9 and last == str(right))


@given(EMIRATI)
def test_the_emirates_digit_is_remarked_on_and_never_refused(number: str) -> None:
    follows_custom = luhn_digit(number[:-1]) == number[-1]

    assert parse(Country.AE, number).flags == (() if follows_custom else (CHECK_DIGIT_UNCONFIRMED,))


@given(PAIRS, COUNTRIES)
def test_a_model_never_holds_what_the_rules_refuse(pair: tuple[Country, str], other: Country) -> None:
    _, number = pair
    kind = "resident_id" if other is Country.SA and number[0] == "2" else "national_id"
    document = f'{{"country": "{other}", "kind": "{kind}", "value": "{number}"}}'

    if judge(other, number, 9999) is None:
        assert NationalIdentifier.model_validate_json(document).value == number
    else:
        with pytest.raises(ValidationError):
            NationalIdentifier.model_validate_json(document)


def test_a_saudi_model_whose_kind_contradicts_its_number_is_refused() -> None:
    with pytest.raises(ValidationError):
        NationalIdentifier(country=Country.SA, kind=IdentifierKind.resident_id, value="1000000016")


def test_a_model_refuses_fields_that_it_does_not_know_and_numbers_that_are_not_text() -> None:
    for document in (
        '{"country": "OM", "kind": "national_id", "value": "12345678", "name": "x"}',
        '{"country": "OM", "kind": "national_id", "value": 12345678}',
        '{"country": "XX", "kind": "national_id", "value": "12345678"}',
        '{"country": "OM", "kind": "passport", "value": "12345678"}',
    ):
        with pytest.raises(ValidationError):
            NationalIdentifier.model_validate_json(document)
