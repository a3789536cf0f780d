"""How far the gateway reaches is said of each service and of each body, and whoever is out of reach is pointed to."""

from collections.abc import Sequence

import pytest

from gateway.errors import UnknownCountry
from gateway.registry.reach import body_elsewhere, point_to_page, with_reach
from gateway.schema.country import Country
from tests.support.definitions import PAGE, body, defined

BODIES = [body("KW"), body("BH", page=PAGE), body("OM", page="https://om.example/falcons")]


@pytest.mark.parametrize(
    ("states", "connected", "listing_only"),
    [
        ((), [False, False, False], True),
        ((Country.BH,), [False, True, False], False),
        ((Country.KW, Country.OM), [True, False, True], False),
        # A state whose body the service does not name gives nothing to it.
        ((Country.SA,), [False, False, False], True),
    ],
)
def test_each_body_is_said_to_be_connected_or_not(
    states: Sequence[Country], connected: Sequence[bool], listing_only: bool
) -> None:
    service = defined(authorities=BODIES)
    asked = list[str]()

    def reached(name: str) -> Sequence[Country]:
        asked.append(name)
        return states

    shown = with_reach(service.public(), reached)

    assert [each["connected"] for each in shown["authorities"]] == connected
    assert shown["listing_only"] is listing_only
    assert asked == ["falcon-passport"]
    assert "listing_only" not in service.public()
    assert "connected" not in service.public()["authorities"][0]


@pytest.mark.parametrize(("home", "found"), [(Country.OM, "OM"), (Country.KW, "KW"), (Country.SA, "BH"), (None, "BH")])
def test_a_person_is_pointed_to_the_body_of_their_own_state_else_to_one_with_a_page(
    home: Country | None, found: str
) -> None:
    assert body_elsewhere(defined(authorities=BODIES), home).country == found


def test_the_first_body_will_do_where_none_has_a_page() -> None:
    assert body_elsewhere(defined(authorities=[body("KW"), body("OM")]), None).country is Country.KW


@pytest.mark.parametrize(
    ("code", "country", "page"),
    [
        ("service_not_in_country", "BH", PAGE),
        ("service_not_in_country", "KW", None),
        ("service_not_in_country", "SA", None),
        ("unknown_country", "BH", None),
    ],
)
def test_only_a_service_that_is_not_given_there_points_to_the_page_of_that_state(
    code: str, country: str, page: str | None
) -> None:
    problem = UnknownCountry(code, field="/countries/0", country=country)

    point_to_page(problem, defined(authorities=BODIES))

    assert problem.facts.get("page") == page
