"""An answer is judged by its status, its type and its codes, and read field by field."""

from typing import Any

import pytest

from gateway.errors import BackendDown, BackendError, BackendGarbled, BackendRefused
from gateway.field_map.scope import Unfit
from gateway.schema import CalendarDate, Country, Evidence, NationalIdentifier, Person
from tests.support.mapped import HAMAD, KHALID, NOW, PERMIT, PERMITS, ask, changed, played, read, reply

LIST = {"permits": [PERMIT]}
PROBLEMS = changed(
    PERMITS,
    answer__problem={"path": "error.code", "shape": "upper", "content_type": "application/problem+json"},
    answer__absent=[{"status": 404, "codes": ["NO_SUCH_PERSON"]}, {"status": 204}, {"status": 410}],
)


def problem(status: int, code: Any, content_type: str = "application/problem+json") -> bytes:
    return reply({"error": {"code": code, "detail": "Hamad is not known"}}, status, content_type)


async def outcome(document: Any, answer: bytes) -> Any:
    async with played(document, answer) as adapter:
        try:
            return len(await adapter.ask(ask()))
        except BackendError as error:
            return type(error), error.facts.get("reason", error.code)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (reply(LIST), 1),
        (reply({"permits": []}), 0),
        (reply(LIST, content_type="Application/JSON; charset=utf-8"), 1),
        (reply(b"", 204), 0),
        (problem(404, "NO_SUCH_PERSON"), 0),
        (problem(410, "ANY_CODE"), 0),
        (problem(404, "NO_SUCH_PAGE"), (BackendGarbled, "status_404")),
        (problem(404, "Hamad is not known"), (BackendGarbled, "status_404")),
        (problem(403, "NOT_ALLOWED"), (BackendRefused, "NOT_ALLOWED")),
        (problem(403, "Hamad is not known"), (BackendRefused, "unknown")),
        (problem(403, 7), (BackendRefused, "unknown")),
        (problem(401, "WHO_ASKS"), (BackendRefused, "WHO_ASKS")),
        (problem(403, "NOT_ALLOWED", "text/html"), (BackendGarbled, "content_type")),
        (reply(b"<html>", 404, "text/html"), (BackendGarbled, "content_type")),
        (reply({}, 500), (BackendDown, "status_500")),
        (reply({}, 503), (BackendDown, "status_503")),
        (reply({}, 302), (BackendGarbled, "backend_redirected")),
        (reply(LIST, 201), (BackendGarbled, "status_201")),
        (reply(LIST, content_type="text/json"), (BackendGarbled, "content_type")),
        (reply({"more": []}), (BackendGarbled, "no_list")),
        (reply({"permits": None}), (BackendGarbled, "no_list")),
        (reply({"permits": [1]}), (BackendGarbled, "no_items")),
        (reply({"permits": {}}), (BackendGarbled, "Unfit")),
        (reply([]), (BackendGarbled, "Unfit")),
        (reply(b'{"permits": [], "permits": []}'), (BackendGarbled, "duplicate_key")),
    ],
)
async def test_an_answer_means_what_the_map_says(answer: bytes, wanted: Any) -> None:
    assert await outcome(PROBLEMS, answer) == wanted


async def test_without_a_word_about_problems_a_refusal_is_its_status() -> None:
    plain = changed(PERMITS, answer__absent=[{"status": 404}])

    assert await outcome(plain, reply(b"no", 404, "text/plain")) == 0
    assert await outcome(plain, reply(b"no", 403, "text/plain")) == (BackendRefused, "status_403")


async def test_a_problem_without_its_code_is_not_believed_where_it_is_needed() -> None:
    strict = changed(PROBLEMS, answer__problem__needed=True)

    assert await outcome(strict, problem(403, "Hamad")) == (BackendGarbled, "no_code")
    assert await outcome(strict, problem(403, "NOT_ALLOWED")) == (BackendRefused, "NOT_ALLOWED")


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("0", 1),
        (0, 1),
        ("404", 0),
        ("17", (BackendRefused, "17")),
        ("Hamad", (BackendGarbled, "no_code")),
        (None, (BackendGarbled, "no_code")),
    ],
)
async def test_a_code_in_every_answer_says_what_it_is(code: Any, wanted: Any) -> None:
    said = {"path": "result", "shape": "digits", "good": ["0"], "absent": ["404"]}

    assert await outcome(changed(PERMITS, answer__said=said), reply({**LIST, "result": code})) == wanted


async def test_a_list_may_be_missing_where_the_map_says_so_and_may_be_the_document() -> None:
    assert await outcome(changed(PERMITS, requests__0__items_optional=True), reply({})) == 0
    assert await outcome(changed(PERMITS, requests__0__items="@"), reply([PERMIT, PERMIT])) == 2


async def test_lists_within_a_list_are_one() -> None:
    document = changed(PERMITS, requests__0__items="boats[*].permits")
    answer = {"boats": [{"permits": [PERMIT]}, {"permits": None}, {"permits": [PERMIT, PERMIT]}]}

    assert await outcome(document, reply(answer)) == 3


async def test_an_answer_about_somebody_else_is_not_shown() -> None:
    other = {"permits": [{**PERMIT, "civil_number": "08123458"}]}

    assert await outcome(PERMITS, reply(other)) == (BackendGarbled, "backend_wrong_subject")


@pytest.mark.parametrize(
    ("about", "holds"),
    [
        ([{"any_of": [{"match": [{"path": "owner", "equals": "{subject.value}"}]}]}], True),
        ([{"any_of": [{"match": [{"path": "owner", "equals": "{abroad.value}"}]}]}], False),
        ([{"any_of": [{"match": [{"path": "gone", "equals": "{inputs.gone}"}]}]}], False),
        ([{"any_of": [{"match": [{"path": "short", "convert": ["pad:8"], "equals": "{subject.value}"}]}]}], True),
        (
            [
                {
                    "any_of": [
                        {
                            "rows": "people",
                            "match": [{"path": "id", "equals": "{own.value}"}, {"path": "in", "equals": "OM"}],
                        }
                    ]
                }
            ],
            False,
        ),
        (
            [
                {
                    "any_of": [
                        {
                            "rows": "people",
                            "match": [{"path": "id", "equals": "{own.value}"}, {"path": "in", "equals": "SA"}],
                        }
                    ]
                }
            ],
            True,
        ),
        ([{"any_of": [{"rows": "gone", "match": [{"path": "id", "equals": "{own.value}"}]}]}], False),
        ([{"any_of": [{"match": [{"path": "year", "equals": "{inputs.year}"}]}]}], True),
    ],
)
async def test_a_check_holds_for_the_whole_of_one_alternative(about: Any, holds: bool) -> None:
    answer = {
        **LIST,
        "owner": "08123457",
        "short": "8123457",
        "year": 2026,
        "people": [{"id": "08123457", "in": "SA"}, {"id": "08123458", "in": "OM"}],
    }
    async with played(changed(PERMITS, requests__0__about=about), reply(answer)) as adapter:
        if holds:
            assert len(await adapter.ask(ask(year=2026))) == 1
        else:
            with pytest.raises(BackendGarbled) as refusal:
                await adapter.ask(ask(year=2026))
            assert refusal.value.code == "backend_wrong_subject"


async def test_a_field_that_cannot_be_read_is_named_and_what_stood_there_is_not() -> None:
    async with played(PERMITS, reply({"permits": [{**PERMIT, "ends": "Hamad 08123457"}]})) as adapter:
        with pytest.raises(BackendGarbled) as refusal:
            await adapter.ask(ask())

    assert refusal.value.facts == {"reason": "valid_until"}
    assert "Hamad" not in str(refusal.value.__cause__)


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
