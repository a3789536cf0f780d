"""Every line of the shared vectors of national identifiers holds."""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.errors import InvalidIdentifier
from gateway.schema import CHECK_DIGIT_UNCONFIRMED, Country, IdentifierKind, NationalIdentifier

TODAY: Final = date(2026, 11, 24)
VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "national_ids.json").read_text(encoding="utf-8")
)
# The vectors tell the reason in words; this is the key that each of them stands for.
REASONS: Final = {
    "century": "century",
    "century 4": "century",
    "check digit": "check_digit",
    "digits only": "digits_only",
    "length": "length",
    "month 00": "month",
    "month 13": "month",
    "nationality 999 is not ISO 3166-1": "nationality",
    "prefix": "prefix",
    "year in the future": "future_year",
}


def _lines(judgement: str) -> list[tuple[Country, str]]:
    return [(country, text) for country in Country for text in VECTORS[country.value].get(judgement, ())]


def test_the_vectors_speak_of_all_six_states() -> None:
    assert set(VECTORS) - {"note"} == {country.value for country in Country}
    assert all(VECTORS[country.value]["valid"] and VECTORS[country.value]["invalid"] for country in Country)


@pytest.mark.parametrize(("country", "text"), _lines("valid"))
def test_a_valid_identifier_is_accepted_without_remark(country: Country, text: str) -> None:
    identifier = NationalIdentifier.parse(country, text, today=TODAY)

    assert identifier.country is country
    assert identifier.flags == ()
    assert identifier.value.isascii()
    assert identifier.value.isdigit()


@pytest.mark.parametrize(("country", "text"), _lines("warn"))
def test_a_doubtful_identifier_is_accepted_with_a_flag(country: Country, text: str) -> None:
    identifier = NationalIdentifier.parse(country, text, today=TODAY)

    assert identifier.value == text
    assert identifier.flags == (CHECK_DIGIT_UNCONFIRMED,)


@pytest.mark.parametrize(("country", "text"), _lines("invalid"))
def test_an_invalid_identifier_is_refused_for_the_reason_told(country: Country, text: str) -> None:
    reason = REASONS[VECTORS[country.value]["invalid"][text]]

    with pytest.raises(InvalidIdentifier) as refusal:
        NationalIdentifier.parse(country, text, today=TODAY)

    assert refusal.value.facts == {"country": country.value, "reason": reason}
    assert refusal.value.code == ("identifier_check_digit" if reason == "check_digit" else "identifier_format")
    assert refusal.value.status == 422
    assert text not in str(refusal.value)


def test_leading_zeros_are_kept() -> None:
    assert NationalIdentifier.parse(Country.BH, "010312344", today=TODAY).value == "010312344"
    assert NationalIdentifier.parse(Country.OM, "09876543", today=TODAY).value == "09876543"


def test_arabic_digits_spaces_hyphens_and_slashes_are_read() -> None:
    for text in ("١٢٣٤٥٦٧٨٩٧", "۱۲۳۴۵۶۷۸۹۷", "1234 567 897", "123-456-7897", "1234/567/897", " 1234567897 "):
        assert NationalIdentifier.parse(Country.SA, text, today=TODAY).value == "1234567897"


def test_a_saudi_identifier_says_whose_it_is() -> None:
    citizen = NationalIdentifier.parse(Country.SA, "1000000016", today=TODAY, kind=IdentifierKind.resident_id)
    resident = NationalIdentifier.parse(Country.SA, "2000000006", today=TODAY)

    assert citizen.kind is IdentifierKind.national_id
    assert resident.kind is IdentifierKind.resident_id


def test_in_the_other_states_it_is_a_citizens_unless_told() -> None:
    for country, text in _lines("valid"):
        if country is not Country.SA:
            assert NationalIdentifier.parse(country, text, today=TODAY).kind is IdentifierKind.national_id
            told = NationalIdentifier.parse(country, text, today=TODAY, kind=IdentifierKind.resident_id)
            assert told.kind is IdentifierKind.resident_id


def test_the_day_is_told_and_not_read_from_the_clock() -> None:
    born_in_2030 = "33063400123"

    assert NationalIdentifier.parse(Country.QA, born_in_2030, today=date(2030, 1, 1)).value == born_in_2030
    with pytest.raises(InvalidIdentifier):
        NationalIdentifier.parse(Country.QA, born_in_2030, today=date(2029, 12, 31))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("300022901230", "check_digit"),  # 29 February 2000 was a day
        ("300023001230", "day"),
        ("200022901230", "day"),  # 1900 was no leap year
        ("295000101230", "month"),
        ("295010001230", "day"),
        ("399010101230", "future_year"),
        ("095010101230", "century"),
    ],
)
def test_a_kuwaiti_number_holds_a_day_that_was(text: str, reason: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        NationalIdentifier.parse(Country.KW, text, today=TODAY)

    assert refusal.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "text",
    ["12345678\u200f97", "\u202e1234567897", "12345678\ud80097", "1234567897\n", "1234567897\x00", "12345\u00b267897",
     "१२३४५६७८९७", "1234567897\u2067", "+1234567897", "12345678.97", "1234567897<!-- -->"],
)  # fmt: skip
def test_hidden_marks_and_other_writings_are_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        NationalIdentifier.parse(Country.SA, text, today=TODAY)

    assert refusal.value.facts["reason"] == "digits_only"


@pytest.mark.parametrize("text", ["", " ", "---", "1" * 65, "1" * 1_000_000, "- " * 500_000, "1234567897" + " " * 60])
def test_nothing_and_far_too_much_are_refused_by_length(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        NationalIdentifier.parse(Country.SA, text, today=TODAY)

    assert refusal.value.facts["reason"] == "length"
