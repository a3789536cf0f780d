"""Words are compared by what they mean in both languages, however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.registry.search import asked, normalise, stem, term, terms
from gateway.registry.word_lists import FUNCTION_WORDS, PLURALS, WHOLE

ARABIC_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("المُخالفاتُ المُروريّة", "المخالفات المروريه"),
        ("مخـــالفـــة", "مخالفه"),
        ("إصدار", "اصدار"),
        ("أحوال", "احوال"),
        ("آخر", "اخر"),
        ("ٱلرحمن", "الرحمن"),
        ("مستشفى", "مستشفي"),
        ("مسؤول", "مسوول"),
        ("شؤون", "شوون"),
        ("بيئة", "بييه"),
        ("کویت", "كويت"),
        ("ﻻ", "لا"),
        ("٢٠٢٦", "2026"),
        ("۲۰۲۶", "2026"),
        ("\u200fسجل\u200e", "سجل"),
        ("Traffic FINES", "traffic fines"),
        ("ﬁne", "fine"),
    ],
)
def test_shapes_that_mean_the_same_become_one(typed: str, form: str) -> None:
    assert normalise(typed) == form


@pytest.mark.parametrize(
    "group",
    [
        ["مخالفة", "مخالفات", "المخالفات", "والمخالفات", "بالمخالفات", "للمخالفات", "وللمخالفات", "ومخالفة"],
        ["هوية", "هويه", "الهوية", "والهوية", "للهوية"],
        ["مواطن", "المواطن", "مواطنون", "المواطنين", "للمواطنين", "مواطنات", "وللمواطنين"],
        ["شركة", "شركات", "الشركة", "وشركات", "شركه"],
        ["غرامة", "غرامات", "الغرامات"],
        ["إصدار", "اصدار", "الإصدار"],
        ["تأمين", "التأمين", "تأمينات", "التأمينات", "والتأمينات"],
        ["رخصة", "رخص", "الرخص", "للرخص", "ورخصة"],
        ["تجاري", "تجارية", "التجارية", "تجاريّة"],
        ["وثيقة", "الوثيقة", "وثائق", "الوثائق", "والوثائق", "ووثيقة"],
        ["إلكتروني", "إلكترونية", "الإلكترونية", "الالكترونيه"],
        ["مركز", "مراكز", "المراكز", "بالمراكز"],
    ],
)
def test_forms_of_one_arabic_word_are_one_term(group: list[str]) -> None:
    assert len({term(normalise(word)) for word in group}) == 1


@pytest.mark.parametrize(
    "group",
    [
        ["company", "companies", "COMPANIES"],
        ["licence", "licences"],
        ["business", "businesses"],
        ["tax", "taxes"],
        ["fine", "fines"],
        ["address", "addresses"],
        ["branch", "branches"],
    ],
)
def test_an_english_plural_is_its_singular(group: list[str]) -> None:
    assert len({term(normalise(word)) for word in group}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("تأمين", "تام"), ("طيران", "طير"), ("قانون", "قانا"), ("تجار", "تاجر"), ("bus", "bu")]
)
def test_words_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert term(normalise(one)) != term(normalise(other))


def test_a_broken_plural_that_no_list_has_is_not_known() -> None:
    """What a light stemmer cannot do: the word's inside changes, and only the list tells."""
    assert term(normalise("قناطر")) != term(normalise("قنطرة"))


@pytest.mark.parametrize("word", ["ولد", "الو", "ها", "بان", "دية", "bus", "gas", "is"])
def test_short_words_stay_long_enough_to_mean_something(word: str) -> None:
    assert stem(normalise(word)) == normalise(word)


@given(st.text(ARABIC_LETTERS, min_size=3, max_size=12))
def test_the_article_and_what_is_written_with_it_change_nothing(word: str) -> None:
    for before in ("ال", "وال", "بال", "كال", "فال", "لل", "ولل", "وبال"):
        assert stem(before + word) == stem(word)


@given(st.text(max_size=60))
def test_what_is_indexed_is_normal_already(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert all(len(each) <= len(normalise(text)) for each in terms(text) if each not in _SINGULARS)


def test_words_that_say_nothing_are_not_asked_for() -> None:
    assert asked("كيف أستعلم عن المخالفات في الكويت") == asked("أستعلم المخالفات الكويت")
    assert asked("how do I get a visa") == ("visa",)
    assert asked("في من على") == ()


def test_a_word_that_stands_twice_is_asked_for_once() -> None:
    assert asked("fine fines الغرامة غرامات") == ("fine", term("غرامه"))


def test_the_lists_hold_words_as_they_are_compared() -> None:
    assert {normalise(word) for word in FUNCTION_WORDS | WHOLE} == FUNCTION_WORDS | WHOLE
    assert {stem(word) for word in WHOLE} <= WHOLE


def test_each_pair_of_the_list_is_needed_and_becomes_one_term() -> None:
    for singular, plural in PLURALS:
        assert stem(normalise(singular)) != stem(normalise(plural)), plural
        assert term(normalise(singular)) == term(normalise(plural)), plural


_SINGULARS = {term(normalise(singular)) for singular, _ in PLURALS}
