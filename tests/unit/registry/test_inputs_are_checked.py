"""What is wrong in the inputs has a code of its own and is named by its JSON Pointer."""

import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest, InvalidInput
from gateway.i18n import LANGUAGES, Catalogue
from gateway.registry.inputs import INPUT_CODES, Inputs
from gateway.registry.services import Services
from tests.unit.registry.catalogue import SERVICES, field, schema

CATALOGUE = Services.load(SERVICES)
WIDE = Inputs(
    {
        **schema(
            colour={"type": "string", "enum": ["red", "blue"], "x-title": {"ar": "لون", "en": "Colour"}},
            count=field("integer", minimum=1, maximum=9),
            name=field(minLength=2),
            fixed=field(const="only"),
            tags=field("array", items=field(), minItems=1, maxItems=2, uniqueItems=True),
            inner=field("object", additionalProperties=False, required=["deep"], properties={"deep": field("boolean")}),
        ),
        "required": ["name"],
    }
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def refusal(checker: Inputs, inputs: dict[str, Any]) -> tuple[str, str | None]:
    """The code and the field that the inputs are refused with."""
    with pytest.raises(InvalidInput) as caught:
        checker.check(inputs)
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(
    ("service", "inputs"),
    [
        ("identity-verification", {}),
        ("identity-verification", {"identifier": {"country": "BH", "value": "010312344"}}),
        ("traffic-fines", {"since": "2024-02-29", "status": "unpaid"}),
        ("traffic-fines", {"status": "all"}),
        ("commercial-registration", {"registration_number": "101850B1"}),
        ("commercial-registration", {"registration_number": "12345-1"}),
        ("commercial-registration", {"registration_number": "12345/2024"}),
        ("pension-contributions", {"from": "2025-12", "to": "2026-01"}),
        ("pension-contributions", {"from": "2026-01", "to": "2026-01"}),
        ("pension-contributions", {"to": "2026-01"}),
    ],
)
def test_inputs_as_the_service_says_pass_unchanged(service: str, inputs: dict[str, Any]) -> None:
    assert CATALOGUE.find(service).check_inputs(inputs) == inputs


@pytest.mark.parametrize(
    ("service", "inputs", "code", "pointer"),
    [
        ("identity-verification", {"identifer": {}}, "field_unknown", "/inputs/identifer"),
        ("identity-verification", {"identifier": "1000000016"}, "field_type", "/inputs/identifier"),
        ("identity-verification", {"identifier": None}, "field_type", "/inputs/identifier"),
        ("identity-verification", {"identifier": {"country": "SA"}}, "field_missing", "/inputs/identifier/value"),
        (
            "identity-verification",
            {"identifier": {"country": "IQ", "value": "1"}},
            "field_choice",
            "/inputs/identifier/country",
        ),
        (
            "identity-verification",
            {"identifier": {"country": "SA", "value": 1000000016}},
            "field_type",
            "/inputs/identifier/value",
        ),
        (
            "identity-verification",
            {"identifier": {"country": "SA", "value": "1" * 33}},
            "field_too_long",
            "/inputs/identifier/value",
        ),
        (
            "identity-verification",
            {"identifier": {"country": "SA", "value": "  "}},
            "field_too_short",
            "/inputs/identifier/value",
        ),
        ("traffic-fines", {"since": "2026-02-29"}, "field_format", "/inputs/since"),
        ("traffic-fines", {"since": "31/01/2026"}, "field_format", "/inputs/since"),
        ("traffic-fines", {"since": "2026-01-31T00:00:00Z"}, "field_format", "/inputs/since"),
        ("traffic-fines", {"status": "Paid"}, "field_choice", "/inputs/status"),
        ("traffic-fines", {"page": 1}, "field_unknown", "/inputs/page"),
        ("commercial-registration", {"registration_number": "سجل ١"}, "field_format", "/inputs/registration_number"),
        (
            "commercial-registration",
            {"registration_number": "1' OR 1=1"},
            "field_format",
            "/inputs/registration_number",
        ),
        ("pension-contributions", {"from": "2026-13"}, "field_format", "/inputs/from"),
        ("pension-contributions", {"from": "2026-1"}, "field_format", "/inputs/from"),
        ("pension-contributions", {"from": "2026-02", "to": "2026-01"}, "field_order", "/inputs/to"),
    ],
)
def test_a_wrong_field_of_a_shipped_service_is_named(
    service: str, inputs: dict[str, Any], code: str, pointer: str
) -> None:
    assert refusal(CATALOGUE.find(service).checker, inputs) == (code, pointer)


@pytest.mark.parametrize(
    ("inputs", "code", "pointer"),
    [
        ({}, "field_missing", "/inputs/name"),
        ({"colour": "red"}, "field_missing", "/inputs/name"),
        ({"name": "x"}, "field_too_short", "/inputs/name"),
        ({"name": "xy", "count": 0}, "field_out_of_range", "/inputs/count"),
        ({"name": "xy", "count": 10**400}, "field_out_of_range", "/inputs/count"),
        ({"name": "xy", "count": 1.5}, "field_type", "/inputs/count"),
        ({"name": "xy", "count": True}, "field_type", "/inputs/count"),
        ({"name": "xy", "fixed": "other"}, "field_choice", "/inputs/fixed"),
        ({"name": "xy", "tags": []}, "field_too_few", "/inputs/tags"),
        ({"name": "xy", "tags": ["a", "b", "c"]}, "field_too_many", "/inputs/tags"),
        ({"name": "xy", "tags": ["a", "a"]}, "field_repeated", "/inputs/tags"),
        ({"name": "xy", "tags": ["a", 2]}, "field_type", "/inputs/tags/1"),
        ({"name": "xy", "inner": {}}, "field_missing", "/inputs/inner/deep"),
        ({"name": "xy", "inner": {"deep": True, "more": 1}}, "field_unknown", "/inputs/inner/more"),
        ({"name": "xy", "a/b~c": 1}, "field_unknown", "/inputs/a~1b~0c"),
        ({"name": "xy", "": 1}, "field_unknown", "/inputs/"),
        ({"name": "xy", "x" * 65: 1}, "field_unknown", "/inputs"),
    ],
)
def test_every_kind_of_mistake_has_its_code(inputs: dict[str, Any], code: str, pointer: str) -> None:
    assert refusal(WIDE, inputs) == (code, pointer)


def test_an_order_that_is_wrong_names_both_fields() -> None:
    with pytest.raises(InvalidInput) as caught:
        CATALOGUE.find("pension-contributions").check_inputs({"from": "٢٠٢٦-٠٢", "to": "2026-01"})

    assert caught.value.facts == {"earlier": "/inputs/from"}


def test_an_order_is_kept_inside_an_object_too() -> None:
    period = field(
        "object", additionalProperties=False, properties={"first": field(), "last": field(**{"x-not-before": "first"})}
    )
    checker = Inputs(schema(period=period))

    assert checker.check({"period": {"first": "a", "last": "b"}})
    assert checker.check({"period": {"last": "b"}})
    assert refusal(checker, {"period": {"first": "b", "last": "a"}}) == ("field_order", "/inputs/period/last")


def test_the_place_of_the_inputs_may_be_another() -> None:
    with pytest.raises(InvalidInput) as caught:
        WIDE.check({"name": 1}, at="/data")

    assert caught.value.field == "/data/name"


def test_inputs_nested_ten_thousand_deep_are_refused_at_once() -> None:
    nested: dict[str, Any] = {}
    for _ in range(10_000):
        nested = {"inner": nested}

    code, pointer = refusal(WIDE, nested)

    assert code == "field_type"
    assert pointer is not None
    assert len(pointer) < 100


@given(st.dictionaries(st.sampled_from(["name", "colour", "count", "tags", "inner"]) | st.text(max_size=8), JSON))
def test_any_json_passes_or_is_refused_in_words_that_can_be_sent(inputs: dict[str, Any]) -> None:
    code, pointer = outcome(inputs)

    assert code in {None, "bad_text", *INPUT_CODES}
    assert orjson.dumps(pointer)


def outcome(inputs: dict[str, Any]) -> tuple[str | None, str | None]:
    """What the inputs are refused with, if they are."""
    try:
        WIDE.check(inputs)
    except (InvalidInput, BadRequest) as refused:
        return refused.code, refused.field
    return None, None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", INPUT_CODES)
def test_every_code_has_its_sentences(code: str, language: str) -> None:
    catalogue = Catalogue.load()
    facts = {"field": "/inputs/since", "earlier": "/inputs/from"}

    for part in ("title", "detail"):
        sentence = catalogue.text(f"problem.{code}.{part}", "ar" if language == "ar" else "en", **facts)
        assert sentence
        assert "{" not in sentence


def test_checking_costs_the_call_next_to_nothing() -> None:
    """Bounds for a machine that does other things besides; alone it takes a tenth of them."""
    service = CATALOGUE.find("identity-verification")
    full = {"identifier": {"country": "SA", "value": "1000000016"}}

    assert best_of(lambda: service.check_inputs({})) < 2e-6
    assert best_of(lambda: service.check_inputs(full)) < 40e-6


def best_of(call: Any, rounds: int = 20, calls: int = 500) -> float:
    """The seconds that one call takes in the quickest round."""
    quickest = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        quickest = min(quickest, time.perf_counter() - start)
    return quickest / calls
