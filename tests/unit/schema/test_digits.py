"""Digits fold, invisible marks go, and everything else stays as it was written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema import clean_text, fold_digits, fold_number, has_bidi_controls, has_lone_surrogates, strip_marks

ANY_CHARACTER = st.characters(exclude_categories=())
ANY_TEXT = st.text(ANY_CHARACTER)
ARABIC_INDIC, EXTENDED = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"


@pytest.mark.parametrize("digits", [ARABIC_INDIC, EXTENDED, "0123456789", "٠۱٢۳٤۵٦۷٨۹"])
def test_both_sets_of_arabic_digits_become_ascii(digits: str) -> None:
    assert fold_digits(digits) == "0123456789"


@given(st.integers(min_value=0))
def test_a_number_written_in_arabic_digits_folds_to_itself(number: int) -> None:
    written = str(number).translate(str.maketrans("0123456789", ARABIC_INDIC))

    assert fold_digits(written) == str(number)


@given(ANY_TEXT)
def test_folding_twice_is_folding_once_and_keeps_the_length(text: str) -> None:
    folded = fold_digits(text)

    assert fold_digits(folded) == folded
    assert len(folded) == len(text)


@given(ANY_TEXT)
def test_folding_touches_nothing_but_arabic_digits(text: str) -> None:
    for before, after in zip(text, fold_digits(text), strict=True):
        assert before == after or before in ARABIC_INDIC + EXTENDED


def test_digits_of_other_scripts_are_not_ours_to_fold() -> None:
    assert fold_digits("१२³①") == "१२³①"


@pytest.mark.parametrize(
    ("written", "folded"), [("١٢٫٥٠٠", "12.500"), ("١٬٢٣٤٫٥", "1234.5"), ("12.500", "12.500"), ("۱۲٫۵", "12.5")]
)
def test_arabic_separators_of_numbers_are_read(written: str, folded: str) -> None:
    assert fold_number(written) == folded


@given(ANY_CHARACTER)
def test_controls_of_direction_are_those_of_unicode(character: str) -> None:
    classes = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    expected = unicodedata.bidirectional(character) in classes or character in "\u061c\u200e\u200f"

    assert has_bidi_controls(character) is expected


@pytest.mark.parametrize("code", [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_each_control_of_direction_is_found_and_stripped(code: int) -> None:
    text = f"12{chr(code)}34"

    assert has_bidi_controls(text)
    assert strip_marks(text) == "1234"
    assert clean_text(text) == "1234"


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x7f", "\x9f", "\u200b", "\u2060", "\ufeff"])
def test_what_cannot_be_seen_is_stripped(mark: str) -> None:
    assert clean_text(f"شارع{mark} الملك") == "شارع الملك"


def test_letters_vowel_marks_and_joiners_stay() -> None:
    text = "مُحَمَّد می\u200cروم O’Neil ١٢"

    assert clean_text(text) == text


def test_white_space_of_every_kind_becomes_one_space() -> None:
    assert clean_text("\u00a0شارع \t\r\n الملك\u2003") == "شارع الملك"


@given(ANY_TEXT)
def test_half_characters_are_found_and_refused(text: str) -> None:
    broken = any("\ud800" <= character <= "\udfff" for character in text)

    assert has_lone_surrogates(text) is broken
    if broken:
        with pytest.raises(ValueError, match="surrogate"):
            clean_text(text)


@given(st.text())
def test_cleaned_text_is_clean(text: str) -> None:
    cleaned = clean_text(text)

    assert clean_text(cleaned) == cleaned
    assert not has_bidi_controls(cleaned)
    assert cleaned == cleaned.strip()
