"""A schema that would fetch, recur, blow up or never end is refused when it is loaded (attack P07)."""

import http.client
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.registry.input_schema import MAX_DEPTH, MAX_NODES, MAX_OPTIONS, check_schema
from gateway.registry.inputs import Inputs, compile_schema
from gateway.registry.services import Services
from tests.unit.registry.catalogue import field, schema, spoilt


class Listener(http.server.ThreadingHTTPServer):
    """A web server on loopback that counts who comes."""

    requests = 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.requests += 1
        super().finish_request(request, client_address)


class SchemaHandler(http.server.BaseHTTPRequestHandler):
    """Answers every question with the schema that takes anything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(("127.0.0.1", 0), SchemaHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refusal(given_schema: dict[str, Any]) -> tuple[str, str]:
    """The keyword and the sentence that the schema is refused with."""
    with pytest.raises(ConfigurationError) as caught:
        Inputs(given_schema)
    return str(caught.value.field), str(caught.value.facts["problem"])


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "$schema", "$id"])
def test_a_remote_reference_is_refused_and_nobody_is_asked(listener: Listener, keyword: str) -> None:
    url = f"http://127.0.0.1:{listener.server_port}/schema.json"

    place, sentence = refusal(schema(name={**field(), keyword: url}))

    assert place == f"inputs.properties.name.{keyword}"
    assert sentence == "references are not accepted; write the schema out in full"
    assert listener.requests == 0


def test_the_compiler_behind_that_check_asks_nobody_either(listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.server_port}/schema.json"

    for remote in ({"$ref": url}, {"properties": {"a": {"$ref": url}}}, {"$dynamicRef": url}):
        with pytest.raises(ConfigurationError):
            compile_schema(remote)

    assert listener.requests == 0


def test_the_listener_would_have_noticed(listener: Listener) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", listener.server_port, timeout=5)
    connection.request("GET", "/schema.json")
    assert connection.getresponse().read() == b"true"
    connection.close()

    assert listener.requests == 1


def test_a_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("true")

    assert refusal(schema(name={**field(), "$ref": secret.as_uri()}))[0] == "inputs.properties.name.$ref"
    with pytest.raises(ConfigurationError):
        compile_schema({"$ref": secret.as_uri()})


@pytest.mark.parametrize("reference", ["#", "#/properties/name", "#/$defs/loop"])
def test_a_schema_that_refers_to_itself_is_refused(reference: str) -> None:
    assert refusal(schema(name={**field(), "$ref": reference}))[0] == "inputs.properties.name.$ref"


@pytest.mark.parametrize("keyword", ["$defs", "allOf", "not", "if", "patternProperties", "dependentSchemas", "x-size"])
def test_a_keyword_outside_the_closed_list_is_named(keyword: str) -> None:
    place, sentence = refusal(schema(name={**field(), keyword: {}}))

    assert place == f"inputs.properties.name.{keyword}"
    assert sentence == "is not a keyword that an input schema may use"


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^([a-z]+){2,}$", "^((a*)*)*$"])
def test_a_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    place, sentence = refusal(schema(name=field(pattern=pattern)))

    assert place == "inputs.properties.name.pattern"
    assert "repeats a group" in sentence


@pytest.mark.parametrize("pattern", [r"^(a)\1$", "^(?=a)a$", "^[0-9]{9999999}$", "^[a$", "^(?<!a)b$"])
def test_a_pattern_that_linear_time_cannot_match_is_refused(pattern: str) -> None:
    assert refusal(schema(name=field(pattern=pattern)))[0] == "inputs.properties.name.pattern"


@pytest.mark.parametrize("pattern", ["[0-9]+", "^[0-9]+", "[0-9]+$", f"^{'a' * 200}$", 5])
def test_a_pattern_speaks_of_the_whole_text_and_is_short(pattern: object) -> None:
    assert refusal(schema(name=field(pattern=pattern)))[0] == "inputs.properties.name.pattern"


def test_even_a_catastrophic_pattern_would_be_matched_in_linear_time() -> None:
    validator = compile_schema({"type": "string", "pattern": "^(a+)+$"})
    start = time.perf_counter()

    assert not validator.is_valid("a" * 100_000 + "!")

    assert time.perf_counter() - start < 1


def test_a_million_options_are_refused_before_they_are_compiled() -> None:
    options = [str(number) for number in range(1_000_000)]
    start = time.perf_counter()

    place, sentence = refusal(schema(name=field(enum=options)))

    assert (place, sentence) == ("inputs.properties.name.enum", f"must list from 1 to {MAX_OPTIONS} values")
    assert time.perf_counter() - start < 1


def test_a_file_with_a_million_options_is_not_even_parsed(tmp_path: Path) -> None:
    options = ", ".join(f'"{number}"' for number in range(1_000_000))
    spoilt(tmp_path, 'enum = ["unpaid", "paid", "all"]', f"enum = [{options}]")

    with pytest.raises(ConfigurationError, match="is larger than"):
        Services.load(tmp_path)


def test_a_schema_nested_too_deep_is_refused() -> None:
    nested: dict[str, Any] = field()
    for _ in range(10_000):
        nested = field("object", additionalProperties=False, properties={"inner": nested})

    place, sentence = refusal(schema(inner=nested))

    assert place.count(".inner") == MAX_DEPTH + 1
    assert sentence == f"is nested more than {MAX_DEPTH} deep"


def test_a_schema_of_too_many_parts_is_refused() -> None:
    wide = schema(**{f"field_{number}": field() for number in range(MAX_NODES)})

    assert refusal(wide)[1] == f"the schema has more than {MAX_NODES} parts"


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"type": "string"}, "inputs.type"),
        ({"type": ["object"]}, "inputs.type"),
        ({"type": "object"}, "inputs.additionalProperties"),
        ({"type": "object", "additionalProperties": True}, "inputs.additionalProperties"),
        ({**schema(), "properties": []}, "inputs.properties"),
        ({**schema(), "properties": {"name": "text"}}, "inputs.properties.name"),
        ({**schema(name=field()), "required": ["other"]}, "inputs.required"),
        ({**schema(name=field()), "required": "name"}, "inputs.required"),
        (schema(name={"type": "string", "x-title": {"ar": "اسم", "en": "Name"}}), "inputs.properties.name.maxLength"),
        (schema(name=field(maxLength=1_000_000)), "inputs.properties.name.maxLength"),
        (schema(name=field(maxLength="10")), "inputs.properties.name.maxLength"),
        (schema(name=field(format="regex")), "inputs.properties.name.format"),
        (schema(name=field(enum=[])), "inputs.properties.name.enum"),
        (schema(name=field(enum=[1])), "inputs.properties.name.enum"),
        (schema(count=field("integer")), "inputs.properties.count.minimum"),
        (schema(count=field("number", minimum=0)), "inputs.properties.count.maximum"),
        (schema(tags=field("array", maxItems=2)), "inputs.properties.tags.items"),
        (schema(tags=field("array", items=field())), "inputs.properties.tags.maxItems"),
        (schema(name={"type": "string", "maxLength": 1}), "inputs.properties.name.x-title"),
        (schema(name=field(**{"x-hint": {"en": "Name"}})), "inputs.properties.name.x-hint"),
        (schema(name=field(**{"x-error": {"ar": "", "en": "x"}})), "inputs.properties.name.x-error"),
        (schema(name=field(**{"x-not-before": "other"})), "inputs.properties.name.x-not-before"),
        (schema(name=field(**{"x-not-before": ["name"]})), "inputs.properties.name.x-not-before"),
        (
            schema(name=field(enum=["a"], **{"x-options": {"b": {"ar": "ب", "en": "b"}}})),
            "inputs.properties.name.x-options",
        ),
        (
            schema(name=field(enum=["a"], **{"x-options": {"a": {"ar": "ا"}}})),
            "inputs.properties.name.x-options.a",
        ),
        ({**schema(), "properties": {"Name": field()}}, "inputs.properties.Name"),
        ({**schema(), "properties": {"a/b": field()}}, "inputs.properties.a/b"),
        (
            schema(
                tags=field(
                    "array",
                    maxItems=2,
                    items=field(
                        "object",
                        additionalProperties=False,
                        properties={"a": field(), "b": field(**{"x-not-before": "a"})},
                    ),
                )
            ),
            "inputs.properties.tags.items.properties.b.x-not-before",
        ),
    ],
)
def test_each_rule_names_the_keyword_that_breaks_it(wrong: dict[str, Any], place: str) -> None:
    assert refusal(wrong)[0] == place


KEYWORDS = st.sampled_from(
    [
        *("type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "format", "maxLength"),
        *("maxItems", "minimum", "maximum", "const", "x-title", "x-options", "x-not-before"),
    ]
)
FIELD_SCHEMAS = st.recursive(
    st.sampled_from(["object", "string", "array", "integer", "a", "^a$", "date"])
    | st.none()
    | st.booleans()
    | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS | st.just("a"), inner, max_size=5),
    max_leaves=15,
)


def place_refused(candidate: dict[str, Any]) -> str:
    """Where the schema is refused, or the inputs as a whole when it is taken."""
    try:
        Inputs(candidate)
    except ConfigurationError as refused:
        return str(refused.field)
    return "inputs"


@given(st.dictionaries(KEYWORDS, FIELD_SCHEMAS, max_size=6))
def test_any_table_at_all_is_a_schema_or_a_configuration_error(wrong: dict[str, Any]) -> None:
    for candidate in (wrong, {**schema(), "properties": {"a": {"x-title": {"ar": "ا", "en": "a"}, **wrong}}}):
        assert place_refused(candidate).startswith("inputs")


def test_a_schema_may_be_checked_without_being_compiled() -> None:
    check_schema(schema(name=field(pattern="^[0-9]+$")))
