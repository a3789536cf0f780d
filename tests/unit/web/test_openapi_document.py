"""The OpenAPI document says what the operations say, validly, in two languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.i18n import Catalogue, Language
from gateway.web.contract import COMMON_CODES, Operation, path_parameter
from gateway.web.openapi import documents
from tests.unit.web.samples import PUBLIC_URL, Findings, Receipts, answer, sample_operations

CATALOGUE = Catalogue.load()
DOCUMENTS = documents(sample_operations(), CATALOGUE, PUBLIC_URL)
ENGLISH, ARABIC = DOCUMENTS["en"], DOCUMENTS["ar"]


def lookup(document: dict[str, Any] = ENGLISH) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"]["/v1/lookups/{service}"]["post"]
    return operation


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_document_is_valid_openapi(language: Language) -> None:
    validate(DOCUMENTS[language])

    assert DOCUMENTS[language]["openapi"].startswith("3.1")


def test_every_operation_is_described_once() -> None:
    described = {
        (method.upper(), path): operation["operationId"]
        for path, methods in ENGLISH["paths"].items()
        for method, operation in methods.items()
    }

    assert described == {(operation.method, operation.template): operation.name for operation in sample_operations()}


def test_a_pattern_of_the_router_does_not_show_in_the_path() -> None:
    assert "/ledger/tile/{path}" in ENGLISH["paths"]
    patterned = Operation("x", "GET", "/a/{b:[0-9]{3}}/c/{d}", answer, "text/plain", parameters=(path_parameter("b"),))
    assert patterned.template == "/a/{b}/c/{d}"


def test_every_reference_leads_somewhere() -> None:
    references = {node["$ref"] for node in nodes(ENGLISH) if isinstance(node.get("$ref"), str)}

    assert references
    for reference in references:
        place: Any = ENGLISH
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_the_languages_differ_in_sentences_alone() -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {key: shape(inner) for key, inner in value.items() if key not in ("description", "summary", "title")}
        return [shape(inner) for inner in value] if isinstance(value, list) else value

    assert shape(ENGLISH["paths"]) == shape(ARABIC["paths"])
    assert ENGLISH["components"]["schemas"].keys() == ARABIC["components"]["schemas"].keys()
    assert ENGLISH["info"]["description"] != ARABIC["info"]["description"]


def test_sentences_come_from_the_catalogue() -> None:
    assert lookup(ENGLISH)["summary"] == CATALOGUE.text("api.lookup.title", "en")
    assert lookup(ARABIC)["description"] == CATALOGUE.text("api.lookup.text", "ar")
    parameter = lookup(ARABIC)["parameters"][0]
    assert parameter["description"] == CATALOGUE.text("api.parameter.service", "ar")


def test_a_field_has_its_own_sentence_else_the_shared_one_else_that_of_the_code() -> None:
    schemas = ARABIC["components"]["schemas"]

    assert schemas["TrafficFine"]["properties"]["due"]["description"] == CATALOGUE.text("schema.TrafficFine.due", "ar")
    assert schemas["TrafficFine"]["properties"]["source"]["description"] == CATALOGUE.text("schema.field.source", "ar")
    assert schemas["Question"]["properties"]["purpose"]["description"] == "Why, in the words of the code"


def test_only_a_secured_operation_asks_for_a_token() -> None:
    assert lookup()["security"] == [{"bearer": []}]
    assert ENGLISH["paths"]["/v1/services"]["get"]["security"] == []
    assert ENGLISH["components"]["securitySchemes"]["bearer"]["bearerFormat"] == "JWT"


def test_every_status_lists_its_codes_and_nothing_else() -> None:
    responses = lookup()["responses"]
    listed = {
        int(status): response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]
        for status, response in responses.items()
        if status != "200"
    }

    assert listed[401] == {"status": {"const": 401}, "code": {"enum": ["token_missing", "invalid_token"]}}
    assert {status: set(found["code"]["enum"]) for status, found in listed.items()} == {
        400: {"bad_request", "unknown_host"},
        401: {"token_missing", "invalid_token"},
        404: {"unknown_service"},
        429: {"too_many_requests"},
        431: {"headers_too_large"},
        500: {"internal"},
        503: {"unavailable"},
    }


def test_what_can_always_go_wrong_goes_without_saying() -> None:
    bare = Operation("me", "GET", "/v1/me", answer, Findings)

    assert {(status, code) for status, codes in bare.every_code.items() for code in codes} == set(COMMON_CODES)


def test_a_code_given_twice_is_listed_once() -> None:
    twice = Operation("me", "GET", "/v1/me", answer, Findings, codes=((400, "bad_request"), (400, "bad_text")))

    assert twice.every_code[400] == ("bad_request", "bad_text", "unknown_host")


def test_headers_stand_where_they_are_sent() -> None:
    responses = lookup()["responses"]

    assert all("X-Request-Id" in response["headers"] for response in responses.values())
    assert [status for status, found in responses.items() if "WWW-Authenticate" in found["headers"]] == ["401"]
    assert [status for status, found in responses.items() if "Retry-After" in found["headers"]] == ["429", "503"]


def test_the_body_is_required_and_has_an_example() -> None:
    body = lookup()["requestBody"]

    assert body["required"] is True
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Question"}
    assert body["content"]["application/json"]["example"] == {"countries": ["KW"], "purpose": "self_service"}
    assert "requestBody" not in ENGLISH["paths"]["/v1/services"]["get"]


def test_a_body_may_leave_out_what_an_answer_always_has() -> None:
    schemas = ENGLISH["components"]["schemas"]

    assert schemas["Question"]["required"] == ["purpose"]
    assert set(schemas["Findings"]["required"]) == {"asked_at", "title", "records"}


def test_an_answer_lists_every_media_type_it_comes_in() -> None:
    content = ENGLISH["paths"]["/v1/services"]["get"]["responses"]["200"]["content"]
    tile = ENGLISH["paths"]["/ledger/tile/{path}"]["get"]["responses"]["200"]["content"]

    assert list(content) == ["application/json", "application/ld+json"]
    assert tile == {"application/octet-stream": {"schema": {"type": "string"}}}


def test_an_answer_may_have_a_media_type_of_its_own() -> None:
    keys = Operation("jwks", "GET", "/keys", answer, Receipts, media_type="application/jwk-set+json")

    document = documents([keys], CATALOGUE, PUBLIC_URL)["en"]

    content = document["paths"]["/keys"]["get"]["responses"]["200"]["content"]
    assert content == {"application/jwk-set+json": {"schema": {"$ref": "#/components/schemas/Receipts"}}}


def test_titles_made_of_names_are_dropped_and_a_field_called_title_stays() -> None:
    schemas = ENGLISH["components"]["schemas"]

    assert "title" in schemas["Findings"]["properties"]
    assert "title" in schemas["Problem"]["properties"]
    assert not [node for node in nodes(schemas) if isinstance(node.get("title"), str)]


def test_records_are_told_apart_by_their_kind() -> None:
    records = ENGLISH["components"]["schemas"]["Findings"]["properties"]["records"]["items"]

    assert records["discriminator"]["propertyName"] == "kind"
    assert records["discriminator"]["mapping"]["person"] == "#/components/schemas/Person"


def test_the_answer_language_can_be_asked_for_everywhere() -> None:
    reference = {"$ref": "#/components/parameters/accept_language"}

    assert all(
        reference in operation["parameters"] for methods in ENGLISH["paths"].values() for operation in methods.values()
    )
    assert ENGLISH["components"]["parameters"]["accept_language"]["in"] == "header"
