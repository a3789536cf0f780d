"""Inputs come out in one form, however they were typed, and bad text does not come out at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.registry.inputs import Inputs
from gateway.registry.services import Services
from gateway.schema.digits import fold_digits
from tests.unit.registry.catalogue import SERVICES, field, schema

NAMES = Inputs(schema(name=field(maxLength=50), names=field("array", items=field(maxLength=50), maxItems=3)))


def identifier(value: str) -> dict[str, dict[str, str]]:
    return {"identifier": {"country": "SA", "value": value}}


@pytest.mark.parametrize("typed", ["1000000016", "١٠٠٠٠٠٠٠١٦", "۱۰۰۰۰۰۰۰۱۶", " 1000000016 ", "١٠٠٠٠٠٠٠16"])
def test_digits_of_any_script_come_out_in_ascii(typed: str) -> None:
    service = Services.load(SERVICES).find("identity-verification")

    assert service.check_inputs(identifier(typed)) == identifier("1000000016")


def test_dates_and_months_may_be_typed_in_arabic_digits() -> None:
    services = Services.load(SERVICES)

    assert services.find("traffic-fines").check_inputs({"since": "٢٠٢٦-٠١-٣١"}) == {"since": "2026-01-31"}
    assert services.find("pension-contributions").check_inputs({"from": "٢٠٢٦-٠١"}) == {"from": "2026-01"}


def test_text_comes_out_composed_and_trimmed() -> None:
    assert NAMES.check({"name": " e\u0301cole "}) == {"name": "\u00e9cole"}
    assert NAMES.check({"names": ["آ"]}) == {"names": ["آ"]}


def test_spaces_alone_are_an_empty_text() -> None:
    assert NAMES.check({"name": "\u00a0 \u3000"}) == {"name": ""}


def test_the_callers_own_inputs_are_left_alone() -> None:
    given_inputs = {"name": "١", "names": ["٢"]}

    folded = NAMES.check(given_inputs)
    folded["more"] = True

    assert given_inputs == {"name": "١", "names": ["٢"]}


def test_no_inputs_come_out_as_a_new_dictionary_each_time() -> None:
    first = NAMES.check({})
    first["identifier"] = "added later"

    assert NAMES.check({}) == {}


@pytest.mark.parametrize(
    "bad",
    ["\u202e", "\u2066", "\u200f", "\u200e", "\u061c", "\ud800", "\x00", "\n", "\t", "\x1b", "\x7f", "\x85"],
    ids=lambda bad: f"U+{ord(bad):04X}",
)
def test_marks_of_direction_controls_and_half_characters_are_refused(bad: str) -> None:
    for text in (bad, f"abc{bad}", f"{bad}سجل", f"سجل{bad}٣"):
        with pytest.raises(BadRequest) as caught:
            NAMES.check({"name": text})
        assert (caught.value.code, caught.value.field) == ("bad_text", "/inputs/name")


def test_bad_text_in_a_list_is_named_by_its_place() -> None:
    with pytest.raises(BadRequest) as caught:
        NAMES.check({"names": ["good", "b\u202ead"]})

    assert caught.value.field == "/inputs/names/1"


def test_bad_text_in_a_name_is_not_echoed() -> None:
    with pytest.raises(BadRequest) as caught:
        NAMES.check({"na\ud800me": "x"})

    assert (caught.value.code, caught.value.field) == ("bad_text", "/inputs")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20))
def test_whatever_comes_out_is_valid_unicode_and_folding_it_again_changes_nothing(text: str) -> None:
    try:
        folded = NAMES.check({"name": text})
    except BadRequest:
        return

    folded["name"].encode("utf-8")
    assert fold_digits(folded["name"]) == folded["name"]
    assert NAMES.check(folded) == folded
