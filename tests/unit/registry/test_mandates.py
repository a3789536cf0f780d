"""A mandate covers what it names, where and why it says, from its first moment to before its last."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import Forbidden
from gateway.registry.mandates import MandateDocument, Mandates, MandateTerms
from gateway.schema.country import Country
from gateway.schema.text import Text

START, END = 1_790_000_000, 1_800_000_000
TERMS = MandateTerms(
    mandate="m1",
    partner="bh-partner",
    agency="bh-agency",
    active=True,
    services=frozenset({"traffic-fines"}),
    states=frozenset({Country.BH}),
    purposes=frozenset({"self_service"}),
    starts_at=START,
    ends_at=END,
    daily_quota=10,
)


def covers(
    terms: MandateTerms = TERMS,
    *,
    agency: str = "bh-agency",
    service: str = "traffic-fines",
    country: Country = Country.BH,
    purpose: str | None = "self_service",
    at: float = START,
) -> bool:
    return terms.covers(agency, service, country, purpose, at)


def test_it_covers_what_it_names() -> None:
    assert covers()


@pytest.mark.parametrize(
    "other",
    [
        {"agency": "bh-other"},
        {"service": "pension-contributions"},
        {"country": Country.KW},
        {"purpose": "enforcement"},
        {"purpose": None},
        {"at": START - 0.001},
        {"at": END},
        {"at": END + 1},
    ],
)
def test_it_covers_nothing_else(other: dict[str, Any]) -> None:
    assert not covers(**other)


def test_it_holds_until_just_before_its_end() -> None:
    assert covers(at=END - 0.001)


def test_one_that_is_not_active_covers_nothing() -> None:
    assert not covers(replace(TERMS, active=False))


def test_a_partner_without_a_mandate_is_refused_by_name() -> None:
    mandates = Mandates([TERMS, replace(TERMS, mandate="m2", active=False, partner="bh-other")])

    for partner in ("bh-other", "bh-nobody"):
        with pytest.raises(Forbidden) as refused:
            mandates.covering(partner, TERMS.agency, "traffic-fines", Country.BH, "self_service", START)
        assert refused.value.code == "mandate_missing"


def test_of_two_mandates_the_one_that_ends_first_is_used_first() -> None:
    later, sooner = replace(TERMS, mandate="a"), replace(TERMS, mandate="b", ends_at=END - 10)
    mandates = Mandates([later, sooner])

    def found(at: float) -> list[str]:
        valid = mandates.covering("bh-partner", TERMS.agency, "traffic-fines", Country.BH, "self_service", at)
        return [each.mandate for each in valid]

    assert found(START) == ["b", "a"]
    assert found(END - 10) == ["a"]


def test_the_document_refuses_what_is_no_mandate() -> None:
    good = {
        "services": ["traffic-fines"],
        "states": ["BH"],
        "purposes": ["self_service"],
        "obligations": {"ar": "يحفظ السرية.", "en": "Keeps what it learns secret."},
        "paper": "0" * 64,
    }
    document = MandateDocument.model_validate(good, strict=False)

    assert MandateDocument.model_validate_json(document.model_dump_json()) == document
    assert document.obligations == Text(ar="يحفظ السرية.", en="Keeps what it learns secret.")
    wrong = {"services": [], "states": ["FR"], "purposes": [], "paper": "0" * 63, "owner": "me"}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match="validation error"):
            MandateDocument.model_validate(good | {name: value}, strict=False)
