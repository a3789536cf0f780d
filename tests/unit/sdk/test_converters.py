"""Small conversions from national writings to the shared one."""

from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema import Country, NameParts
from gateway.sdk import alpha2, alpha2_of_numeric, boolean, comma_slots, decimal, phone, words


@pytest.mark.parametrize(
    "text", [None, "", " ", "null", "NULL", " Null ", "nil", "None", "n/a", "N/A", "-", 5, True, []]
)
def test_words_that_say_there_is_nothing_are_nothing(text: object) -> None:
    assert words(text) is None


@pytest.mark.parametrize(("text", "said"), [("عمان", "عمان"), (" a b ", "a b"), ("0", "0"), ("nullify", "nullify")])
def test_other_words_are_kept_and_trimmed(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(("value", "truth"), [(True, True), ("true", True), ("TRUE", True), (" Y ", True), ("1", True)])
def test_what_says_yes_is_true(value: object, truth: bool) -> None:
    assert boolean(value) is truth


@pytest.mark.parametrize("value", [False, "false", "False", "N", "no", "0"])
def test_what_says_no_is_false(value: object) -> None:
    assert boolean(value) is False


@pytest.mark.parametrize("value", [None, "", "null", "maybe", "2", 1, 0, 1.0, [], "truefalse"])
def test_what_says_neither_is_refused(value: object) -> None:
    """A missing answer must not count as no."""
    with pytest.raises(ValueError, match="neither"):
        boolean(value)


SLOTS = {
    "Ram,,,,ABC,,": NameParts(full="Ram ABC", given="Ram", family="ABC"),
    "Salim,Khalid,Saif,,Al Invented": NameParts(
        full="Salim Khalid Saif Al Invented", given="Salim", father="Khalid", grandfather="Saif", family="Al Invented"
    ),
    " Salim , ,Saif,,": NameParts(full="Salim Saif", given="Salim", grandfather="Saif"),
    ",,,,Al Invented": NameParts(full="Al Invented", family="Al Invented"),
    "a,b,c,d,e,f,g": NameParts(full="a b c d e f g", given="a", father="b", grandfather="c", family="e"),
    "Salim Khalid": NameParts(full="Salim Khalid"),
    "سالم,خالد,سيف,,المخترع": NameParts(
        full="سالم خالد سيف المخترع", given="سالم", father="خالد", grandfather="سيف", family="المخترع"
    ),
}


@pytest.mark.parametrize(("text", "name"), SLOTS.items())
def test_each_slot_keeps_its_own_name(text: str, name: NameParts) -> None:
    assert comma_slots(text) == name


@pytest.mark.parametrize("text", [None, "", ",", ",,,,,,", " , , "])
def test_empty_slots_are_no_name(text: str | None) -> None:
    assert comma_slots(text) is None


@pytest.mark.parametrize(
    ("code", "expected"), [("IND", "IN"), (" are ", "AE"), ("KWT", "KW"), ("XXX", None), ("", None)]
)
def test_three_letters_become_two(code: str, expected: str | None) -> None:
    assert alpha2(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"), [("048", "BH"), ("48", "BH"), (48, "BH"), (" 784 ", "AE"), ("000", None), ("", None)]
)
def test_three_digits_become_two_letters(code: str | int, expected: str | None) -> None:
    assert alpha2_of_numeric(code) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("971501234567", Country.AE, "+971501234567"),
        ("+971501234567", Country.AE, "+971501234567"),
        ("00971501234567", Country.AE, "+971501234567"),
        ("0501234567", Country.AE, "+971501234567"),
        ("501234567", Country.AE, "+971501234567"),
        ("050-123 4567", Country.AE, "+971501234567"),
        ("٠٥١٢٣٤٥٦٧٨", Country.SA, "+966512345678"),
        ("۰۵۱۲۳۴۵۶۷۸", Country.SA, "+966512345678"),
        ("\u200e+966 51 234 5678\u200f", Country.SA, "+966512345678"),
        ("36001234", Country.BH, "+97336001234"),
        ("17001234", Country.BH, "+97317001234"),
        ("96550012345", Country.KW, "+96550012345"),
        ("92123456", Country.OM, "+96892123456"),
        ("33123456", Country.QA, "+97433123456"),
        ("+447911123456", Country.QA, "+447911123456"),
    ],
)
def test_a_telephone_number_is_told_in_the_international_form(text: str, country: Country, expected: str) -> None:
    assert phone(text, country) == expected


@pytest.mark.parametrize("text", [None, "", "null", "12", "+", "+971", "abc", "9" * 40, "+9715012345678901234", "عمان"])
def test_what_cannot_be_a_telephone_number_is_none(text: str | None) -> None:
    assert phone(text, Country.AE) is None


@given(st.sampled_from(Country), st.text("0123456789+ -", max_size=16))
def test_the_short_way_to_a_number_ends_where_the_library_ends(country: Country, text: str) -> None:
    """What comes out is a possible number, and comes out again unchanged."""
    number = phone(text, country)

    if number is not None:
        assert phonenumbers.is_possible_number(phonenumbers.parse(number))
        assert phone(number, country) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.500", "12.500"),
        ("١٢٫٥٠٠", "12.500"),
        ("۱۲٫۵", "12.5"),
        ("1,234.500", "1234.500"),
        ("١٬٢٣٤٬٥٦٧٫٨٩", "1234567.89"),
        (" -0.5 ", "-0.5"),
        ("+7", "7"),
        ("007", "7"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_in_either_digits_with_every_decimal(text: str, number: str) -> None:
    assert str(decimal(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "1,5",
        "1,23",
        "12,34.5",
        "1٬5",
        "1.234.567",
        "12.",
        ".5",
        "1_000",
        "1e5",
        "NaN",
        "inf",
        "٫",
        "1 000",
        "9" * 31,
    ],
)
def test_what_is_no_number_or_could_be_two_is_refused(text: str) -> None:
    """``1,5`` may be one and a half to one system and fifteen to another."""
    with pytest.raises(ValueError, match="number"):
        decimal(text)


@given(st.decimals(-(10**9), 10**9, places=3), st.booleans(), st.booleans())
def test_every_amount_is_read_in_each_of_its_writings(amount: Decimal, arabic: bool, grouped: bool) -> None:
    text = f"{amount:,f}" if grouped else f"{amount:f}"
    if arabic:
        text = text.translate(str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬"))

    assert decimal(text) == amount
