"""Services are found in either language, however Arabic is typed, the best first, page by page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidInput
from gateway.registry.definition import define
from gateway.registry.services import Services
from gateway.schema.country import Country
from tests.support.definitions import body, defined, text
from tests.unit.registry.catalogue import IDS, SERVICES

CATALOGUE = Services.load(SERVICES)


def found(query: str | None = None, **filters: Any) -> list[str]:
    """The ids of the services that a search finds."""
    return list(CATALOGUE.search(query, **filters).ids)


@pytest.mark.parametrize(
    ("query", "service"),
    [
        ("مخالفات", "traffic-fines"),
        ("المُخالفات المُروريّة", "traffic-fines"),
        ("مخالفه سرعه", "traffic-fines"),
        ("وللمخالفات", "traffic-fines"),
        ("traffic", "traffic-fines"),
        ("FINE", "traffic-fines"),
        ("غرامة في الكويت", "traffic-fines"),
        ("رخصه تجاريه", "commercial-registration"),
        ("السجل التجاري", "commercial-registration"),
        ("شركات", "commercial-registration"),
        ("company register", "commercial-registration"),
        ("companies", "commercial-registration"),
        ("تقاعد", "pension-contributions"),
        ("التامينات الاجتماعيه", "pension-contributions"),
        ("تأمين", "pension-contributions"),
        ("اشتراك", "pension-contributions"),
        ("الهويه", "identity-verification"),
        ("هوية", "identity-verification"),
        ("identity-verification", "identity-verification"),
        ("الرقم المدني", "identity-verification"),
        ("أرقام مدنية", "identity-verification"),
        ("education", "certificate-equivalence"),
    ],
)
def test_a_service_is_found_by_what_people_call_it(query: str, service: str) -> None:
    assert service in found(query)


def test_words_may_stand_in_any_order_and_all_must_be_there() -> None:
    assert found("ticket speed") == found("speed ticket") == ["traffic-fines"]
    assert found("speeding pension") == []


def test_the_name_goes_before_keywords_and_these_before_all_else() -> None:
    services = Services.load(SERVICES)
    falcon, other = text("صقر", "falcon"), text("طائر", "bird")
    places: dict[str, dict[str, Any]] = {
        "by-name": {"name": falcon},
        "by-keyword": {"name": other, "keywords": [falcon]},
        "by-description": {"name": other, "keywords": [other], "description": falcon},
        "by-authority": {"name": other, "keywords": [other], "authorities": [{**body("BH"), "name": falcon}]},
        "by-beginning": {"name": text("صقريات", "falconry")},
    }
    nobody = [{**body("BH"), "name": other}]
    services.add("falcons", [define(defined(each, **{"authorities": nobody, **how})) for each, how in places.items()])

    expected = ("by-name", "by-beginning", "by-keyword", "by-description", "by-authority")
    assert services.search("falcon").ids == services.search("Falcons").ids == expected


def test_equals_come_by_their_ids() -> None:
    services = Services.load(SERVICES)
    services.add("b", [define(defined("b-falcon")), define(defined("d-falcon"))])
    services.add("a", [define(defined("a-falcon")), define(defined("c-falcon"))])

    assert services.search("falcon").ids == ("a-falcon", "b-falcon", "c-falcon", "d-falcon")


@pytest.mark.parametrize("query", [None, "", "  "])
def test_without_a_query_everything_is_found(query: str | None) -> None:
    assert tuple(found(query)) == IDS


@pytest.mark.parametrize("query", ["!!!", "؟", "%", "' OR 1=1 --zz", "\u202e\ud800", "في"])
def test_a_query_that_means_nothing_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_services_are_filtered_by_state_audience_life_event_and_sector() -> None:
    assert tuple(found(country=Country.OM)) == IDS
    assert found(audience="business") == ["branch-registration", "commercial-registration"]
    assert found(audience="nobody") == []
    assert found(life_event="opening-a-branch") == ["branch-registration", "commercial-registration"]
    assert found(life_event="moving") == []
    assert found(sector="transport") == ["fine-settlement", "traffic-fines"]
    assert found(sector="mining") == []


def test_filters_and_query_must_all_be_met() -> None:
    wanted = {"life_event": "driving-a-vehicle", "country": Country.BH, "sector": "transport"}
    assert found("مخالفة سرعة", audience="citizen", **wanted) == ["traffic-fines"]
    assert found("مخالفة سرعة", audience="business", **wanted) == []
    assert found("سجل تجاري", life_event="retiring") == []


@pytest.mark.parametrize("query", [None, "of", "state", "دولة"])
@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_pages_end_to_end_are_the_whole(query: str | None, limit: int) -> None:
    whole = CATALOGUE.search(query, limit=100)
    pages, after = list[str](), None
    while True:
        page = CATALOGUE.search(query, limit=limit, after=after)
        assert len(page.ids) <= limit
        pages += page.ids
        after = page.next
        if after is None:
            break

    assert tuple(pages) == whole.ids


def test_a_page_goes_on_where_it_ended_when_services_came_and_went() -> None:
    services = Services.load(SERVICES)
    services.add("falcons", [define(defined(f"falcon-{letter}")) for letter in "bdfh"])
    first = services.search("falcon", limit=2)
    services.add("falcons", [define(defined(f"falcon-{letter}")) for letter in "abefgh"])

    assert first.ids == ("falcon-b", "falcon-d")
    assert services.search("falcon", limit=9, after=first.next).ids == tuple(f"falcon-{letter}" for letter in "efgh")


@pytest.mark.parametrize("after", ["x", "!!!", "0.a", "ﷲ", "MDAuYQ", "MS4=", "a" * 5000])
def test_a_place_that_no_page_gave_is_refused(after: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        CATALOGUE.search(after=after)

    assert (refused.value.code, refused.value.field) == ("unknown_cursor", "?after")


def test_a_query_of_a_million_letters_is_cut() -> None:
    assert found("مخالفات المرور " * 100_000) == found("مخالفات المرور") != []


@given(st.text(max_size=60))
def test_any_text_can_be_searched_for(query: str) -> None:
    assert set(found(query)) <= set(IDS)
