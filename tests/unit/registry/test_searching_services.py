"""Services are found in either language, however Arabic is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.registry.search import matches, normalise, searchable, stem
from gateway.registry.services import Services
from gateway.schema.country import Country
from tests.unit.registry.catalogue import IDS, SERVICES

CATALOGUE = Services.load(SERVICES)


def found(query: str | None = None, **filters: str) -> list[str]:
    """The ids of the services that a search finds."""
    country = filters.pop("country", None)
    return [service.id for service in CATALOGUE.search(query, country=Country(country) if country else None, **filters)]


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
        ["مخالفة", "مخالفات", "المخالفات", "والمخالفات", "بالمخالفات", "للمخالفات"],
        ["شركة", "شركات", "الشركة"],
        ["غرامة", "غرامات"],
        ["مواطن", "مواطنون", "المواطنين"],
    ],
)
def test_forms_of_one_word_have_one_stem(group: list[str]) -> None:
    assert len({stem(normalise(word)) for word in group}) == 1


@pytest.mark.parametrize("word", ["ولد", "الو", "ها", "بان", "دية"])
def test_short_words_stay_long_enough_to_mean_something(word: str) -> None:
    assert len(stem(normalise(word))) >= min(3, len(word))


@pytest.mark.parametrize(
    ("query", "service"),
    [
        ("مخالفة", "traffic-fines"),
        ("المخالفات المرورية", "traffic-fines"),
        ("مُخالفات المُرور", "traffic-fines"),
        ("مرور", "traffic-fines"),
        ("speeding", "traffic-fines"),
        ("FINE", "traffic-fines"),
        ("رخصه تجاريه", "commercial-registration"),
        ("السجل التجاري", "commercial-registration"),
        ("شركات", "commercial-registration"),
        ("company register", "commercial-registration"),
        ("تقاعد", "pension-contributions"),
        ("التامينات الاجتماعيه", "pension-contributions"),
        ("اشتراك", "pension-contributions"),
        ("الهويه", "identity-verification"),
        ("هوية", "identity-verification"),
        ("identity-verification", "identity-verification"),
        ("الرقم المدني", "identity-verification"),
    ],
)
def test_a_service_is_found_by_what_people_call_it(query: str, service: str) -> None:
    assert service in found(query)


def test_words_may_stand_in_any_order_and_all_must_be_there() -> None:
    assert found("ticket speed") == found("speed ticket") == ["traffic-fines"]
    assert found("speeding pension") == []


@pytest.mark.parametrize("query", [None, "", "  "])
def test_without_a_query_everything_is_found(query: str | None) -> None:
    assert tuple(found(query)) == IDS


@pytest.mark.parametrize("query", ["!!!", "؟", "%", "' OR 1=1 --", "\u202e\ud800"])
def test_a_query_that_means_nothing_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_services_are_filtered_by_state_audience_and_life_event() -> None:
    assert tuple(found(country="OM")) == IDS
    assert found(audience="business") == ["branch-registration", "commercial-registration"]
    assert found(audience="nobody") == []
    assert found(life_event="opening-a-branch") == ["branch-registration", "commercial-registration"]
    assert found(life_event="moving") == []


def test_filters_and_query_must_all_be_met() -> None:
    assert found("مخالفة سرعة", audience="citizen", life_event="driving-a-vehicle", country="BH") == ["traffic-fines"]
    assert found("مخالفة سرعة", audience="business", life_event="driving-a-vehicle", country="BH") == []
    assert found("سجل تجاري", life_event="retiring") == []


def test_a_query_of_a_million_letters_is_cut() -> None:
    assert found("مخالفات المرور " * 100_000) == found("مخالفات المرور") != []


@given(st.text(max_size=60))
def test_any_text_can_be_searched_and_its_own_words_find_it(text: str) -> None:
    words = searchable([text])

    assert normalise(normalise(text)) == normalise(text)
    assert matches(text, words) == bool(words)
