"""What the documentation pages show of operations, problems and schemas."""

import shlex
from typing import Any

import orjson
import pytest

from gateway.i18n import Catalogue
from gateway.web.contract import Operation
from gateway.web.openapi import documents
from gateway.web.pages.docs import (
    TypeWords,
    curl,
    operations_in_words,
    problems_in_words,
    schemas_in_words,
    type_words,
)
from tests.unit.web.samples import PUBLIC_URL, Findings, Question, answer, sample_operations

CATALOGUE = Catalogue.load()
LOOKUP, LIST, TILE = sample_operations()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, TypeWords("string")),
        ({"type": "string", "format": "date"}, TypeWords("date")),
        ({"type": "string", "format": "date-time"}, TypeWords("date_time")),
        ({"type": "string", "format": "email"}, TypeWords("string")),
        ({"type": "integer", "minimum": 0}, TypeWords("integer")),
        ({"type": "boolean"}, TypeWords("boolean")),
        ({"type": "object"}, TypeWords("object")),
        ({}, TypeWords("any")),
        ({"const": "person", "type": "string"}, TypeWords("values", values=("person",))),
        ({"enum": ["paid", "due"], "type": "string"}, TypeWords("values", values=("paid", "due"))),
        ({"$ref": "#/components/schemas/Money"}, TypeWords("schema", links=("Money",))),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, TypeWords("string", nullable=True)),
        (
            {"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]},
            TypeWords("schema", nullable=True, links=("Money",)),
        ),
        ({"type": "array", "items": {"type": "string"}}, TypeWords("string", many=True)),
        (
            {"type": "array", "items": {"oneOf": [{"$ref": "#/a/Person"}, {"$ref": "#/a/TrafficFine"}]}},
            TypeWords("one_of", many=True, links=("Person", "TrafficFine")),
        ),
        (
            {"anyOf": [{"type": "array", "items": {"$ref": "#/a/Party"}}, {"type": "null"}]},
            TypeWords("schema", many=True, nullable=True, links=("Party",)),
        ),
    ],
)
def test_a_type_is_said_in_words(schema: dict[str, Any], words: TypeWords) -> None:
    assert type_words(schema) == words


def test_every_kind_of_type_in_the_contract_has_a_word() -> None:
    document = documents(sample_operations(), CATALOGUE, PUBLIC_URL)["en"]
    types = [field.type for schema in schemas_in_words(document) for field in schema.fields]

    plain = {words.kind for words in types if not words.links and not words.values}

    assert {"string", "integer", "boolean", "date", "date_time"} <= plain
    assert {f"docs.type.{kind}" for kind in plain} <= CATALOGUE.messages["ar"].keys()


def test_a_schema_keeps_its_fields_in_their_order() -> None:
    document = documents(sample_operations(), CATALOGUE, PUBLIC_URL)["en"]

    question = next(schema for schema in schemas_in_words(document) if schema.name == "Question")

    assert question.text == "What is asked."
    assert [(field.name, field.required) for field in question.fields] == [("countries", False), ("purpose", True)]
    assert question.fields[0].type == TypeWords("schema", many=True, links=("Country",))


def test_the_example_line_can_be_pasted_into_a_shell() -> None:
    words = shlex.split(curl(LOOKUP, PUBLIC_URL, {"service": "traffic-fines"}).replace("\\\n", " "))

    assert words[0] == "curl"
    assert words[-1] == f"{PUBLIC_URL}/v1/lookups/traffic-fines"
    assert words[words.index("-H") + 1] == "Authorization: Bearer $TOKEN"
    assert orjson.loads(words[words.index("-d") + 1]) == LOOKUP.example


def test_an_apostrophe_in_an_example_stays_inside_its_quotes() -> None:
    hostile = Operation(
        "lookup", "POST", "/v1/x", answer, Findings, body=Question, example={"purpose": "it's $(rm) `id`"}
    )

    words = shlex.split(curl(hostile, PUBLIC_URL, {}).replace("\\\n", " "))

    assert orjson.loads(words[words.index("-d") + 1]) == hostile.example


def test_a_plain_question_is_one_line() -> None:
    assert curl(LIST, PUBLIC_URL, {}) == f"curl {PUBLIC_URL}/v1/services"


def test_a_gap_without_a_sample_is_left_in_capitals() -> None:
    assert curl(TILE, PUBLIC_URL, {}).endswith("/ledger/tile/PATH")


def test_another_method_is_named() -> None:
    removal = Operation("x", "DELETE", "/v1/x", answer, Findings, secured=True)

    assert "-X DELETE" in curl(removal, PUBLIC_URL, {})


def test_an_operation_names_the_schemas_it_takes_and_gives() -> None:
    lookup, listing, tile = operations_in_words(sample_operations(), PUBLIC_URL, {})

    assert (lookup.body, lookup.answer) == ("Question", "Findings")
    assert (listing.body, listing.answer) == (None, "Receipts")
    assert (tile.body, tile.answer) == (None, None)


def test_problems_are_in_the_order_of_the_alphabet_with_their_statuses() -> None:
    problems = problems_in_words(sample_operations(), CATALOGUE, "en")
    by_code = {problem.code: problem for problem in problems}

    assert [problem.code for problem in problems] == sorted(by_code)
    assert by_code["token_missing"].statuses == (401,)
    assert by_code["method_not_allowed"].statuses == (405,)
    assert by_code["backend_late"].statuses == ()


def test_a_gap_in_a_sentence_is_named_in_words() -> None:
    arabic = {problem.code: problem.detail for problem in problems_in_words((), CATALOGUE, "ar")}

    assert "<var>الدولة</var>" in arabic["backend_late"]
    assert not [code for code, detail in arabic.items() if "{" in detail]


def test_a_gap_without_a_word_shows_its_name_and_markup_in_a_sentence_is_inert() -> None:
    sentence = ("<b>{surprise}</b>",)
    messages = {"problem.odd.title": ("Odd",), "problem.odd.detail": sentence}

    (odd,) = problems_in_words((), Catalogue({"ar": messages, "en": messages}), "en")

    assert odd.detail == "&lt;b&gt;<var>surprise</var>&lt;/b&gt;"


def test_every_gap_of_every_problem_has_a_word() -> None:
    known = {key.removeprefix("docs.gap.") for key in CATALOGUE.messages["en"] if key.startswith("docs.gap.")}
    shown = {
        word.split("</var>")[0]
        for problem in problems_in_words((), CATALOGUE, "en")
        for word in problem.detail.split("<var>")[1:]
    }

    assert shown <= {CATALOGUE.text(f"docs.gap.{gap}", "en") for gap in known}
