"""A rule finds its value, notes what is not known, compares two writings of a day and makes parts of a record."""

from typing import Any

import pytest

from gateway.field_map.scope import Unfit
from gateway.schema import CalendarDate, Country, Evidence, NationalIdentifier, Person
from tests.support.mapped import HAMAD, KHALID, NOW, PERMIT, PERMITS, ask, changed, read


@pytest.mark.parametrize(
    ("rule", "item", "wanted", "notes"),
    [
        ("issued_by", {"issued_by": " Ministry "}, "Ministry", ()),
        ({"path": "a", "default": "none"}, {}, "none", ()),
        ({"value": "fixed"}, {}, "fixed", ()),
        ({"either": ["a", "b"]}, {"a": " ", "b": "2"}, "2", ()),
        ({"one_of": ["a", "b"]}, {"b": "2"}, "2", ()),
        ({"by": "k", "rules": {"1": "a", "*": "b", "": "c"}}, {"k": 1, "a": "A"}, "A", ()),
        ({"by": "k", "rules": {"1": "a", "*": "b", "": "c"}}, {"k": "z", "b": "B"}, "B", ()),
        ({"by": "k", "rules": {"1": "a", "*": "b", "": "c"}}, {"c": "C"}, "C", ()),
        ({"by": "k", "rules": {"1": "a"}, "note": "strange", "default": "none"}, {"k": 2}, "none", ("strange",)),
        (
            {"path": "a", "convert": [{"code": {"X": "x"}}], "note": "strange", "default": "?"},
            {"a": "Y"},
            "?",
            ("strange",),
        ),
        ({"path": "a", "note": "strange", "note_absent": True, "default": "?"}, {}, "?", ("strange",)),
        ("list[1].name", {"list": [{}, {"name": "two"}]}, "two", ()),
        ('"odd name"."x y"', {"odd name": {"x y": "z"}}, "z", ()),
    ],
)
def test_a_rule_finds_its_value(rule: Any, item: dict[str, Any], wanted: str, notes: tuple[str, ...]) -> None:
    record = read(changed(PERMITS, answer__fields__source_reference=rule), {**PERMIT, **item})

    assert (record.source.reference, record.notes) == (wanted, notes)


@pytest.mark.parametrize(
    ("rule", "item"),
    [
        ("a.b", {"a": "text"}),
        ("a[0]", {"a": {}}),
        ("a", {"a": 7}),
        ({"one_of": ["a", "b"]}, {"a": "1", "b": "2"}),
        ({"path": "a", "convert": [{"code": {"X": "x"}}]}, {"a": "Y"}),
        ({"by": "k", "rules": {"1": "a"}}, {"k": 2}),
        ({"path": "a", "convert": ["only_digits:2"], "note": "strange"}, {"a": "XY"}),
    ],
)
def test_what_is_not_as_it_should_be_is_no_record(rule: Any, item: dict[str, Any]) -> None:
    """A note is for what is not known; what cannot be read at all stays an error."""
    with pytest.raises(Unfit) as refusal:
        read(changed(PERMITS, answer__fields__source_reference=rule), {**PERMIT, **item})

    assert refusal.value.at == "source_reference"


PAIR = {
    "path": "day",
    "convert": ["date:yyyy-MM-dd"],
    "agrees_with": {"path": "hijri", "convert": ["hijri_date:dd-MM-yyyy"]},
}


@pytest.mark.parametrize(
    ("day", "hijri", "date", "agrees", "notes"),
    [
        ("2003-10-05", "09-08-1424", "2003-10-05", True, ()),
        ("2003-10-05", "28-07-1424", "2003-10-05", False, ("dates_disagree",)),
        ("2003-10-05", "30-02-1424", "2003-10-05", False, ("dates_disagree",)),
        ("2003-10-05", "09-18-1424", "2003-10-05", None, ("date_not_converted",)),
        ("2003-10-05", "09-08-1200", "2003-10-05", None, ()),
        ("2003-10-05", None, "2003-10-05", None, ()),
        (None, "٠٩-٠٨-١٤٢٤", "2003-10-05", None, ()),
        (None, "30-02-1424", None, None, ("date_not_converted",)),
        (None, None, None, None, ()),
    ],
)
def test_two_writings_of_a_day_are_compared_and_never_mended(
    day: str | None, hijri: str | None, date: str | None, agrees: bool | None, notes: tuple[str, ...]
) -> None:
    record = read(changed(PERMITS, answer__fields__issued=PAIR), {**PERMIT, "day": day, "hijri": hijri})

    assert isinstance(record, Evidence)
    assert (str(record.issued.date) if record.issued else None) == date
    assert record.notes == notes
    if record.issued and day:
        assert record.issued.agrees is agrees


def test_a_second_writing_that_is_none_is_an_error() -> None:
    with pytest.raises(Unfit):
        read(changed(PERMITS, answer__fields__issued=PAIR), {**PERMIT, "day": "2003-10-05", "hijri": "soon"})


def test_a_day_that_is_only_compared_leaves_a_note_and_nothing_else() -> None:
    document = changed(PERMITS, answer__compared=[PAIR])

    record = read(document, {**PERMIT, "day": "2003-10-05", "hijri": "28-07-1424"})

    assert isinstance(record, Evidence)
    assert (record.issued, record.notes) == (None, ("dates_disagree",))


def test_a_hijri_day_alone_is_converted() -> None:
    document = changed(PERMITS, answer__fields__issued={"path": "h", "convert": ["hijri_date:yyyy-MM-dd"]})

    record = read(document, {**PERMIT, "h": "1424-08-09"})

    assert isinstance(record, Evidence)
    assert record.issued == CalendarDate.hijri("1424-08-09", "yyyy-MM-dd")


DETAILS = {
    "join": [
        {"fields": {"label": {"value": {"ar": "القارب", "en": "Boat"}}, "value": "boat"}},
        {"fields": {"label": {"value": {"ar": "الميناء", "en": "Port"}}, "value": "port"}},
        {"each": "gear", "fields": {"label": {"value": {"ar": "عدة", "en": "Gear"}}, "value": "name"}},
    ]
}


def details(item: dict[str, Any]) -> list[tuple[str, str]]:
    record = read(changed(PERMITS, answer__fields__details=DETAILS), item)
    assert isinstance(record, Evidence)
    return [(detail.label.en, detail.value) for detail in record.details]


def test_parts_of_which_nothing_is_said_are_left_out_of_a_list() -> None:
    assert details(dict(PERMIT)) == [("Boat", "B-17")]
    assert details({**PERMIT, "boat": None, "port": "Sur", "gear": [{"name": "Net"}, {"name": "Line"}]}) == [
        ("Port", "Sur"),
        ("Gear", "Net"),
        ("Gear", "Line"),
    ]


@pytest.mark.parametrize("gear", [[{}], [{"name": " "}], [None], [{"name": "Net"}, {}], ["Net"], {"name": "Net"}])
def test_an_item_of_a_list_without_what_it_is_known_by_is_an_error(gear: Any) -> None:
    with pytest.raises(Unfit) as refusal:
        details({**PERMIT, "gear": gear})

    assert refusal.value.at.startswith("details")


SUBJECT = {
    "fields": {
        "value": "id",
        "country": {"path": "state", "convert": ["alpha3", "gulf"], "default": "OM"},
        "kind": {"path": "sort", "convert": [{"code": {"C": "national_id", "R": "resident_id"}}]},
    }
}


@pytest.mark.parametrize(
    ("item", "country", "kind"),
    [
        ({"id": "08123459", "sort": "R"}, Country.OM, "resident_id"),
        ({"id": "08123459"}, Country.OM, "national_id"),
        ({"id": "784198012345679", "state": "ARE", "sort": "R"}, Country.AE, "national_id"),
    ],
)
def test_an_identifier_says_whose_it_is_and_its_remarks_are_the_records(
    item: dict[str, Any], country: Country, kind: str
) -> None:
    record = read(changed(PERMITS, answer__fields__subject=SUBJECT), {**PERMIT, **item})

    assert isinstance(record, Evidence)
    assert (record.subject.country, record.subject.kind.value, record.subject.value) == (country, kind, item["id"])
    assert record.notes == record.subject.flags


def test_the_askers_own_identifier_is_taken_from_the_answer() -> None:
    record = read(dict(PERMITS), dict(PERMIT))

    assert isinstance(record, Evidence)
    assert record.subject == NationalIdentifier.parse(*HAMAD, today=NOW.date())


PERSON = {
    "requests": PERMITS["requests"],
    "answer": {
        "fields": {
            "identifier": SUBJECT,
            "names": {"fields": {"latin": {"path": "name", "convert": ["name:comma_slots"]}}},
            "standing": {"path": "standing", "convert": [{"code": {"V": "gcc_visitor", "C": "citizen"}}]},
            "addresses": {"fields": {"lines": {"each": "lines", "path": "@"}, "locators": {"fields": {"way": "way"}}}},
        }
    },
}


def test_a_person_is_made_of_parts_and_lines() -> None:
    item = {"id": "08123457", "name": "HAMAD,,,,SAID,,", "standing": "C", "lines": ["Way 12", "Sur"], "way": "12"}

    record = read(PERSON, item, "person")

    assert isinstance(record, Person)
    assert record.names.latin
    assert record.names.latin.family == "SAID"
    assert record.addresses[0].lines == ("Way 12", "Sur")
    assert record.model_dump(mode="json")["addresses"][0]["locators"]["way"] == "12"
    assert read(PERSON, {**item, "lines": [], "way": None}, "person").model_dump()["addresses"] == ()


def test_a_visitor_with_a_number_of_the_state_is_no_person() -> None:
    item = {"id": "08123457", "name": "Hamad", "standing": "V"}
    visitor = {**item, "id": KHALID[1], "state": "SAU"}

    assert isinstance(read(PERSON, visitor, "person", question=ask(KHALID)), Person)
    with pytest.raises(Unfit):
        read(PERSON, item, "person")
