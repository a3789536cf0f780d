"""Records of five kinds are frozen, strict, told apart by kind and the same after a journey through JSON."""

import json
from typing import Any, Final

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.schema import AnyRecord, Person, Record
from gateway.schema.records import records_as_json
from tests.unit.schema.examples import FEWEST, FULL

ANY: Final[TypeAdapter[AnyRecord]] = TypeAdapter(AnyRecord)
KINDS: Final = ["person", "traffic_fine", "commercial_registration", "pension_contribution", "evidence"]


def document(record: AnyRecord) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(ANY.dump_json(record))
    return read


def refused(changed: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refusal:
        ANY.validate_json(json.dumps(changed))
    return str(refusal.value)


def test_there_is_an_example_of_each_kind_with_every_field_filled() -> None:
    assert [record.kind for record in FULL] == [record.kind for record in FEWEST] == KINDS
    for record in FULL:
        empty = [name for name in type(record).model_fields if getattr(record, name) is None]
        assert empty == []


@pytest.mark.parametrize("record", FULL + FEWEST)
def test_a_record_comes_back_from_json_equal(record: AnyRecord) -> None:
    assert ANY.validate_json(ANY.dump_json(record)) == record
    assert type(record).model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize("record", FULL + FEWEST)
def test_a_record_comes_back_through_the_fast_writer_equal(record: AnyRecord) -> None:
    assert ANY.validate_json(orjson.dumps(record.model_dump(mode="json"))) == record


def test_a_list_of_records_keeps_the_fields_of_each_kind() -> None:
    many: TypeAdapter[tuple[AnyRecord, ...]] = TypeAdapter(tuple[AnyRecord, ...])

    assert many.validate_json(many.dump_json(FULL + FEWEST)) == FULL + FEWEST


@pytest.mark.parametrize("records", [(), FEWEST[:1], FULL + FEWEST])
def test_an_answer_is_written_as_a_list_of_any_records_would_be(records: tuple[AnyRecord, ...]) -> None:
    many: TypeAdapter[tuple[AnyRecord, ...]] = TypeAdapter(tuple[AnyRecord, ...])

    assert records_as_json(records) == many.dump_json(records)


@pytest.mark.parametrize("record", FULL)
def test_a_record_cannot_be_changed(record: AnyRecord) -> None:
    with pytest.raises(ValidationError):
        record.notes = ("changed",)  # type: ignore[misc]


@pytest.mark.parametrize("record", FULL)
def test_every_record_says_its_kind_its_source_and_its_notes(record: AnyRecord) -> None:
    assert isinstance(record, Record)
    assert {"kind", "source", "notes"} <= set(document(record))


@pytest.mark.parametrize("record", FULL)
def test_an_unknown_field_is_refused_by_name(record: AnyRecord) -> None:
    assert "surprise" in refused(document(record) | {"surprise": 1})


@pytest.mark.parametrize("record", FEWEST)
def test_every_field_without_a_default_is_needed(record: AnyRecord) -> None:
    for name, field in type(record).model_fields.items():
        if field.is_required():
            whole = document(record)
            del whole[name]
            assert name in refused(whole)


@pytest.mark.parametrize("kind", ["passport", "", None, 1])
def test_an_unknown_kind_is_refused(kind: Any) -> None:
    assert "kind" in refused(document(FULL[0]) | {"kind": kind})


@pytest.mark.parametrize(
    ("index", "field", "value"),
    [
        (0, "gender", "F"),
        (0, "standing", "tourist"),
        (0, "nationality", "SAU"),
        (0, "nationality", "sa"),
        (0, "alive", "true"),
        (0, "phone", "0512345678"),
        (0, "phone", "+0512345678"),
        (0, "phone", "+966512345678\n"),
        (0, "notes", ["Dates disagree!"]),
        (0, "names", {}),
        (0, "identifier", "1000000016"),
        (1, "status", "open"),
        (1, "black_points", -1),
        (1, "black_points", True),
        (1, "black_points", "4"),
        (1, "occurred_at", "2026-11-01T20:15:00"),
        (1, "amount", "300.00"),
        (1, "amount", {"amount": "300", "currency": "USD"}),
        (1, "reference", ""),
        (2, "main", "true"),
        (2, "main", 1),
        (2, "status", "فعال"),
        (2, "capital", {"amount": "1.001", "currency": "SAR"}),
        (2, "names", {"ar": ""}),
        (3, "period", "2026-13"),
        (3, "period", "2026-1"),
        (3, "period", "2026-00"),
        (3, "period", "2026-01-01"),
        (3, "months_credited", -1),
        (3, "status", "pending"),
    ],
)
def test_a_value_out_of_its_bounds_is_refused_by_name(index: int, field: str, value: Any) -> None:
    assert field in refused(document(FULL[index]) | {field: value})


@pytest.mark.parametrize("share", ["-0.1", "100.1", "NaN", "Infinity", "33.33333333", "half"])
def test_a_share_is_a_percentage(share: str) -> None:
    changed = document(FULL[2])
    changed["parties"][0]["share_percent"] = share

    assert "share_percent" in refused(changed)


@pytest.mark.parametrize("record", FULL + FEWEST)
def test_times_are_told_in_utc_and_money_as_text(record: AnyRecord) -> None:
    whole = document(record)

    assert whole["source"]["fetched_at"].endswith("Z")
    for name in ("amount", "discounted", "capital", "wage", "employee_share", "employer_share"):
        if whole.get(name):
            assert isinstance(whole[name]["amount"], str)
            assert len(whole[name]["amount"].split(".")[1]) == 2


def test_half_a_character_is_refused_wherever_it_stands() -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(document(FULL[0]) | {"names": {"latin": {"full": "\udfff"}}})


def test_a_record_is_equal_to_another_with_the_same_content_only() -> None:
    first, again = FEWEST[0], ANY.validate_json(ANY.dump_json(FEWEST[0]))

    assert first == again
    assert first != FEWEST[1]
    assert isinstance(first, Person)
    assert first != first.model_copy(update={"alive": False})
