"""The JSON Schema of the records is complete, described, and true of what is written."""

import json
from typing import Any, Final, Literal

import jsonschema_rs
import pytest
from pydantic import TypeAdapter

from gateway.schema import AnyRecord
from tests.unit.schema.examples import FEWEST, FULL

ANY: Final[TypeAdapter[AnyRecord]] = TypeAdapter(AnyRecord)
WRITTEN: Final = ANY.json_schema(mode="serialization")
DEFINITIONS: Final[dict[str, dict[str, Any]]] = WRITTEN["$defs"]
MODELS: Final = sorted(name for name, definition in DEFINITIONS.items() if definition["type"] == "object")


@pytest.mark.parametrize("mode", ["serialization", "validation"])
def test_it_is_a_schema_by_the_standard(mode: Literal["serialization", "validation"]) -> None:
    jsonschema_rs.meta.validate(ANY.json_schema(mode=mode))


@pytest.mark.parametrize("record", FULL + FEWEST)
def test_every_record_written_is_valid_by_it(record: AnyRecord) -> None:
    jsonschema_rs.validate(WRITTEN, json.loads(ANY.dump_json(record)))


@pytest.mark.parametrize("record", FULL)
def test_a_record_with_an_unknown_field_is_not_valid_by_it(record: AnyRecord) -> None:
    assert not jsonschema_rs.is_valid(WRITTEN, json.loads(ANY.dump_json(record)) | {"surprise": 1})


def test_records_are_told_apart_by_kind() -> None:
    assert WRITTEN["discriminator"]["propertyName"] == "kind"
    assert set(WRITTEN["discriminator"]["mapping"]) == {record.kind for record in FULL}


def test_addresses_are_told_apart_by_country() -> None:
    locators = DEFINITIONS["Address"]["properties"]["locators"]["anyOf"][0]

    assert set(locators["discriminator"]["mapping"]) == {"BH", "KW", "OM", "QA", "SA", "AE"}


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_every_definition_has_a_title_and_a_description(name: str) -> None:
    assert DEFINITIONS[name]["title"] == name
    assert DEFINITIONS[name]["description"]


@pytest.mark.parametrize("name", MODELS)
def test_every_property_has_a_description_and_no_other_is_allowed(name: str) -> None:
    definition = DEFINITIONS[name]

    assert [key for key, value in definition["properties"].items() if not value.get("description")] == []
    assert definition["additionalProperties"] is False


def test_money_is_published_as_text_with_decimals() -> None:
    amount = DEFINITIONS["Money"]["properties"]["amount"]

    assert amount["type"] == "string"
    assert "12.500" in amount["examples"]


def test_references_can_point_into_an_openapi_document() -> None:
    schema = ANY.json_schema(mode="serialization", ref_template="#/components/schemas/{model}")

    assert schema["discriminator"]["mapping"]["person"] == "#/components/schemas/Person"
