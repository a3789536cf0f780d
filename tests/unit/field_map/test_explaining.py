"""Whoever writes a map is told what stood where, what became of it, and why it became nothing."""

import pytest

from gateway.field_map import Explained, explain
from gateway.schema import CalendarDate
from tests.support.mapped import PERMIT, PERMITS, ask, changed, parsed

MAP = changed(
    PERMITS,
    answer__fields__status={"path": "state", "convert": [{"code": {"A": "valid"}}], "note": "state_unknown"},
    answer__fields__details={
        "join": [{"fields": {"label": {"value": {"ar": "القارب", "en": "Boat"}}, "value": "boat"}}]
    },
)


def explained(**item: object) -> dict[str, Explained]:
    return {each.field: each for each in explain(parsed(MAP), "evidence", {**PERMIT, **item}, ask())}


def test_each_field_says_what_came_and_what_became_of_it() -> None:
    fields = explained(state="A")

    assert list(fields) == list(MAP["answer"]["fields"])
    assert fields["reference"] == Explained("reference", "number", "P-77", "P-77")
    assert fields["status"] == Explained("status", "state", "A", "valid")
    assert isinstance(fields["valid_until"].gave, CalendarDate)
    assert (fields["details"].path, fields["details"].gave[0].value) == (None, "B-17")


def test_what_is_not_known_says_what_was_noted() -> None:
    assert explained(state="B")["status"] == Explained("status", "state", "B", None, ("state_unknown",))


def test_what_cannot_be_read_says_why() -> None:
    fields = explained(ends="soon", state=["A"], boat=7)

    assert fields["valid_until"].problem == "is not written as the pattern says"
    assert (fields["status"].came, fields["status"].problem) == (["A"], "is not text")
    assert fields["details"].problem == "value is not text"
    assert fields["reference"].problem is None


def test_an_identifier_that_is_none_is_told_without_being_repeated() -> None:
    fields = explained(civil_number="12")

    assert fields["subject"].problem == "ValueError"


def test_a_map_that_is_wrong_explains_nothing() -> None:
    with pytest.raises(ValueError, match=r"^map.answer.fields.colour"):
        explain(parsed(changed(PERMITS, answer__fields__colour="c")), "evidence", PERMIT, ask())
