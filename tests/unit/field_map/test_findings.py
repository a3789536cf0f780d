"""What is wrong with a map is told when it is compiled: all at once, by key, what came and what was expected."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.errors import ConfigurationError
from gateway.field_map import check
from gateway.field_map.rules import MOST_DEPTH
from gateway.schema import Country
from tests.support.mapped import PERMITS, changed, findings, parsed, played, reply

FIELD = "answer__fields__valid_until"


def keys(document: dict[str, Any], **more: Any) -> list[str]:
    return [finding.key for finding in findings(document, **more)]


def test_a_good_map_has_no_findings() -> None:
    assert findings(dict(PERMITS)) == []


@pytest.mark.parametrize(
    ("convert", "place", "came", "expected"),
    [
        (["hijri"], 0, "'hijri'", "one of alpha2, alpha3"),
        (["text", "date:dd-mm-yyyy"], 1, "'date:dd-mm-yyyy'", "a pattern of a day such as dd/MM/yyyy"),
        (["date"], 0, "'date'", "a pattern of a day"),
        (["trim:2"], 0, "'trim:2'", "nothing behind its name"),
        ([{"code": {}}], 0, "\"{'code': {}}\"", "a table such as"),
        (["code:none"], 0, "'code:none'", "the name of one of the map's tables"),
        (["whole", "phone"], 1, "phone, which takes code or text", "a converter that takes whole"),
        (["money:fils:SAR"], 0, "'money:fils:SAR'", "SAR has no fils"),
        (["whole", "scale:99"], 1, "'scale:99'", "-6 to 6"),
        ([{"code": {"A": "a"}, "date": "x"}], 0, "''", "one of alpha2"),
    ],
)
def test_an_impossible_converter_is_named_by_its_place(
    convert: list[Any], place: int, came: str, expected: str
) -> None:
    (finding,) = findings(changed(PERMITS, **{f"{FIELD}__convert": convert}))

    assert finding.key == f"map.answer.fields.valid_until.convert[{place}]"
    assert finding.came == came
    assert expected in finding.expected


@pytest.mark.parametrize(
    ("place", "value", "key", "expected"),
    [
        (
            "answer__fields__colour",
            "c",
            "answer.fields.colour",
            "one of the fields source_reference, reference, subject",
        ),
        (f"{FIELD}", "ends", "answer.fields.valid_until", "day, as this field takes"),
        (f"{FIELD}__path", "a..b", "answer.fields.valid_until.path", "names with dots"),
        (f"{FIELD}__path", "a[*].b", "answer.fields.valid_until.path", "no [*]"),
        (f"{FIELD}__value", "2026", "answer.fields.valid_until", "one of path, value, either"),
        (f"{FIELD}", {"note": "x"}, "answer.fields.valid_until", "one of path, value, either"),
        (
            "answer__fields__status",
            {"path": "s", "convert": [{"code": {"A": "good"}}]},
            "answer.fields.status",
            "code with words out of expired",
        ),
        ("answer__fields__status", {"value": "good"}, "answer.fields.status.value", "one of expired, revoked"),
        ("answer__fields__title", {"value": "x"}, "answer.fields.title.value", "words that can be written in a map"),
        (
            "answer__fields__issuer",
            {"fields": {"ar": "a"}},
            "answer.fields.issuer.fields",
            "a path, for this field is one value",
        ),
        (
            "answer__fields__details",
            {"each": "x", "fields": {"value": "v"}},
            "answer.fields.details.fields.label",
            "cannot be without this field",
        ),
        (
            "answer__fields__issued",
            {"path": "a", "convert": ["text"], "agrees_with": "b"},
            "answer.fields.issued.agrees_with",
            "beside a Gregorian day",
        ),
        (
            "answer__fields__issued",
            {"path": "a", "convert": ["date:yyyy"], "agrees_with": "b"},
            "answer.fields.issued.convert[0]",
            "a pattern of a day",
        ),
        (
            "answer__fields__issued",
            {"path": "a", "convert": ["date:yyyyMMdd"], "agrees_with": "b"},
            "answer.fields.issued.agrees_with",
            "a day made by hijri_date",
        ),
        (
            "answer__fields__reference",
            {"either": ["a", {"path": "b", "convert": ["boolean"]}]},
            "answer.fields.reference.either[1]",
            "text, as this field takes",
        ),
        (
            "answer__fields__reference",
            {"either": ["a", {"path": "b", "convert": ["boolean"]}], "convert": ["trim"]},
            "answer.fields.reference.either",
            "rules that give the same",
        ),
        ("answer__fields__reference", {"path": "a", "each": "b"}, "answer.fields.reference.each", "one value"),
        ("answer__fields__reference", {"join": ["a"]}, "answer.fields.reference.join", "one value"),
        (
            "answer__fields__reference",
            {"path": "a", "default": 1},
            "answer.fields.reference.default",
            "text that can be written",
        ),
        ("answer__compared", ["a"], "answer.compared[0].agrees_with", "the other writing of the day"),
        ("answer__absent", [{"status": 404, "codes": ["X"]}], "answer.absent[0].codes", "answer.problem"),
        ("answer__absent", [{"status": 200}], "answer.absent[0].status", "a status that is no answer's"),
        ("requests__0__path", "/people/{subject.name}", "requests[0].path", "one of subject.value"),
        ("requests__0__path", "/people/{own.value | reverse}", "requests[0].path", "one of code, date"),
        ("requests__0__path", "/people?x={own.value}", "requests[0].path", "without query"),
        ("requests__0__path", "/../{own.value}", "requests[0].path", "dot segments"),
        ("requests__0__path", "/{own.value", "requests[0].path", "braces only around terms"),
        ("requests__0__query", {"x": "{x}"}, "requests[0].query.x", "one of subject.value"),
        ("requests__0__headers", {"Host": "x"}, "requests[0].headers.Host", "not the transport's own"),
        ("requests__0__headers", {"X-A": "a\r\nX-B: b"}, "requests[0].headers.X-A", "printable ASCII"),
        ("requests__0__headers", {"X-A\r\nX-B": "b"}, "requests[0].headers.X-A\r\nX-B", "printable ASCII"),
        ("requests__0__headers", {"authorization": "b"}, "requests[0].headers.authorization", "neither authentication"),
        ("requests__0__body", {"a": "b"}, "requests[0].body", "none with GET"),
        ("requests__0__needs", ["mood"], "requests[0].needs[0]", "one of subject.value"),
        ("requests__0__items", "a[*][*]", "requests[0].items", "one [*] at most"),
        ("requests__0__items", None, "requests[0].paging", "the path of the list"),
        (
            "requests__0__details",
            {"value": "number", "path": "/{item}"},
            "requests[0].details.about",
            "details are those of the item",
        ),
    ],
)
def test_what_cannot_be_is_named_by_its_key(place: str, value: Any, key: str, expected: str) -> None:
    document = changed(PERMITS, **{place: value})
    if place == "requests__0__items" and value is None:
        document = changed(document, requests__0__paging={"by": "cursor", "path": "next", "parameter": "c"})

    found = findings(document)

    assert [finding.key for finding in found] == [f"map.{key}"]
    assert expected in found[0].expected


def test_all_findings_come_at_once_with_the_key_that_was_asked_for() -> None:
    document = changed(
        PERMITS,
        requests__0__path="/{nobody}",
        answer__fields__colour="c",
        answer__fields__valid_until__convert=["nothing"],
    )

    found = check(parsed(document), "evidence", Country.OM, key="services.fishing-permits.map")

    assert [finding.key for finding in found] == [
        "services.fishing-permits.map.requests[0].path",
        "services.fishing-permits.map.answer.fields.valid_until.convert[0]",
        "services.fishing-permits.map.answer.fields.colour",
    ]
    assert all(finding.problem == f"is {finding.came}, expected is {finding.expected}" for finding in found)


def test_a_field_that_the_record_needs_is_missed() -> None:
    document = changed(PERMITS)
    del document["answer"]["fields"]["subject"]

    assert keys(document) == ["map.answer.fields.subject"]


def test_a_map_for_another_kind_of_record_is_found_out() -> None:
    assert "map" in keys(dict(PERMITS), kind="document")
    assert "map.record" in keys(changed(PERMITS, record="person"))


def test_endpoints_and_secrets_are_those_of_the_name_plate() -> None:
    document = changed(PERMITS, authentication={"scheme": "api_key", "header": "Host", "secret": "key"})

    found = check(parsed(document), "evidence", Country.OM, endpoints=["other"], secrets=[])

    assert [finding.key for finding in found] == [
        "map.authentication.header",
        "map.authentication.secret",
        "map.requests[0].endpoint",
    ]


def test_rules_are_bounded_in_depth_and_number() -> None:
    deep: Any = "number"
    for _ in range(MOST_DEPTH + 2):
        deep = {"either": [deep]}
    wide: Any = {"either": [{"either": [{"either": ["a"] * 32}] * 32}] * 32}

    assert "one rule too many" in findings(changed(PERMITS, answer__fields__reference=deep))[0].came
    assert "one rule too many" in findings(changed(PERMITS, answer__fields__reference=wide))[0].came


def test_a_key_that_there_is_not_is_refused_where_the_map_is_read() -> None:
    with pytest.raises(ValidationError) as refusal:
        parsed(changed(PERMITS, answer__fields__valid_until__script="1+1"))

    assert refusal.value.errors()[0]["loc"] == ("answer", "fields", "valid_until", "script")


async def test_a_map_that_is_wrong_is_not_built() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        async with played(changed(PERMITS, answer__fields__colour="c"), reply({})):
            pass

    assert refusal.value.field == "services.fishing-permits.map.answer.fields.colour"


async def test_a_long_value_is_cut_short_in_a_finding() -> None:
    (finding,) = findings(changed(PERMITS, answer__fields__valid_until__path="." * 200))

    assert len(finding.came) < 100
