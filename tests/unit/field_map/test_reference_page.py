"""The page tells every key, term, filter, converter and bound that there is and no other, and its example runs."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.field_map import formats, model
from gateway.field_map.converters import CONVERTERS
from gateway.field_map.judging import SHAPES
from gateway.field_map.parts import Part, Target
from gateway.field_map.scope import FUEL, LONGEST_TEXT, MOST_ITEMS, MOST_PARTS, MOST_VALUES
from gateway.field_map.targets import KINDS, SOURCE_REFERENCE, record_of
from gateway.field_map.terms import FILTERS, TERMS
from gateway.registry.manifest import Manifest
from gateway.schema import AnyRecord, Country
from tests.support.mapped import ask, played, reply

PAGE = Path("docs/field-maps.md").read_text("utf-8")
MODELS = (
    "FieldMap",
    "Request",
    "Paging",
    "Details",
    "Check",
    "Alternative",
    "Match",
    "Answer",
    "Absent",
    "Problem",
    "Said",
    "Rule",
)
SCHEMES = ("NoAuthentication", "ApiKey", "Basic", "ClientCredentials", "JwtAssertion")


def section(title: str) -> str:
    """What stands under a heading, up to the next."""
    found = re.search(rf"^#+ {re.escape(title)}$(.*?)(?=^#+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def first_column(title: str) -> set[str]:
    """The names in the first column of the section's table."""
    cells = re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def shown_of(whole: Any, shown: Any) -> Any:
    """What the page shows of a record: the keys that it has, and all items of its lists."""
    if isinstance(shown, dict):
        return {key: shown_of(whole[key], value) for key, value in shown.items()}
    if isinstance(shown, list) and len(shown) == len(whole):
        return [shown_of(one, other) for one, other in zip(whole, shown, strict=True)]
    return whole


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_told_and_no_other(name: str) -> None:
    assert first_column(name) == set(getattr(model, name).model_fields)


def test_every_key_of_every_scheme_is_told_and_no_other() -> None:
    schemes = [getattr(model, name) for name in SCHEMES]

    assert first_column(", ".join(SCHEMES)) == {key for scheme in schemes for key in scheme.model_fields}
    for scheme in schemes:
        (word,) = get_args(scheme.model_fields["scheme"].annotation)
        assert f"`{word}`" in section(", ".join(SCHEMES))


def test_every_model_of_a_map_has_a_place_on_the_page() -> None:
    models = {
        name for name, kind in vars(model).items() if isinstance(kind, type) and kind.__module__ == model.__name__
    }

    assert models - {"Exchange"} == {*MODELS, *SCHEMES}


def test_every_term_and_filter_is_told_and_no_other() -> None:
    told = re.findall(r"^\| `([^`]+)` \|", section("Terms"), re.MULTILINE)

    assert {name.partition(":")[0] for name in told} == {*TERMS, "inputs.<name>", *FILTERS}


def test_every_converter_is_told_with_what_it_takes_and_no_other() -> None:
    told = {}
    for names, takes in re.findall(r"^\| (`[^|]+`) \| ([a-z, ]+) \|", section("Converters"), re.MULTILINE):
        for name in re.findall(r"`([a-z0-9_]+)", names):
            told[name] = set(takes.split(", "))

    # A code that comes out of a table is text to whoever takes text.
    assert told == {name: {kind.value for kind in sort.takes} - {"code"} for name, sort in CONVERTERS.items()}


def test_every_letter_of_a_pattern_is_told() -> None:
    assert all(f"`{letters}`" in section("Converters") for letters in formats.LETTERS)


def test_every_bound_shape_and_kind_is_told() -> None:
    assert all(f"`{shape}`" in section("Problem") for shape in SHAPES)
    assert all(f"`{kind}`" in section("FieldMap") for kind in KINDS)
    told = section("What holds for every map")
    for bound in (MOST_ITEMS, MOST_PARTS, FUEL, MOST_VALUES, LONGEST_TEXT):
        assert str(bound) in told


def test_every_field_of_every_record_can_be_filled() -> None:
    """So that a field of the schema that is new is not forgotten here."""
    records = {each.model_fields["kind"].default: each for each in get_args(get_args(AnyRecord)[0])}
    assert set(records) == set(KINDS)
    for kind, record in records.items():
        part = record_of(kind, Country.SA)
        assert part is not None
        assert set(part.fields) == set(record.model_fields) - {"kind", "source", "notes"} | {SOURCE_REFERENCE}
        for name, target in part.fields.items():
            if name != SOURCE_REFERENCE:
                assert target.needed == record.model_fields[name].is_required(), f"{kind}.{name}"


def test_every_part_says_by_what_it_is_known_or_needs_nothing() -> None:
    def parts(part: Part) -> list[Part]:
        inner = [target.part for target in part.fields.values() if target.part]
        return [each for one in inner for each in (one, *parts(one))]

    for kind in KINDS:
        record = record_of(kind, Country.BH)
        assert record is not None
        for part in parts(record):
            needed = {name for name, target in part.fields.items() if target.needed}
            assert isinstance(part.fields, dict)
            assert all(isinstance(target, Target) for target in part.fields.values())
            assert not needed or part.key in needed or part.key is None


async def test_the_example_on_the_page_gives_what_the_page_says() -> None:
    plate = Manifest.model_validate_json(json.dumps(tomllib.loads(blocks("toml")[0])))
    answer, shown = (json.loads(block) for block in blocks("json"))
    field_map = plate.services["fishing-permits"].map
    assert field_map is not None
    document = field_map.model_dump(mode="json", exclude_defaults=True)

    async with played(document, reply(answer), secrets={"key": "k-1"}) as adapter:
        (record,) = await adapter.ask(ask())
        adapter.replies[0] = reply({"error": {"code": "NO_SUCH_PERSON"}}, 404)
        assert await adapter.ask(ask()) == ()

    assert adapter.lines[0] == "GET /people/08123457/permits?lang=en HTTP/1.1"
    assert adapter.headers(0)["x-api-key"] == "k-1"
    assert shown == shown_of(json.loads(record.model_dump_json()), shown)


def test_a_map_is_the_same_after_a_journey_through_json() -> None:
    plate: Any = Manifest.model_validate_json(json.dumps(tomllib.loads(blocks("toml")[0])))

    assert Manifest.model_validate_json(plate.model_dump_json()) == plate
