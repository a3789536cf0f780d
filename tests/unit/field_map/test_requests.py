"""What is sent is what the map says, and nothing that was asked can break out of its place in it."""

from typing import Any

import pytest

from gateway.schema import Country, NationalIdentifier
from gateway.sdk import IdentifierKind
from tests.support.mapped import HAMAD, KHALID, NOW, PERMIT, PERMITS, Played, ask, changed, played, reply

NONE = reply({"permits": []})
RESIDENT = (Country.SA, "2000000006")


def sends(**places: Any) -> dict[str, Any]:
    """The map with another request."""
    return changed(PERMITS, **{f"requests__0__{name}": value for name, value in places.items()})


async def line(document: dict[str, Any], *, question: Any = None) -> tuple[str, Played]:
    async with played(document, NONE) as adapter:
        await adapter.ask(question or ask())
    return (adapter.lines[0] if adapter.lines else ""), adapter


async def test_the_persons_number_stands_in_the_path() -> None:
    sent, adapter = await line(dict(PERMITS))

    assert sent == "GET /people/08123457/permits HTTP/1.1"
    assert adapter.headers(0)["accept"] == "application/json"


@pytest.mark.parametrize(
    ("subject", "query"),
    [
        (HAMAD, {"id": "08123457", "kind": "national_id", "is": "citizen", "state": "OM", "own": "08123457"}),
        (
            KHALID,
            {
                "id": "1084260288",
                "kind": "national_id",
                "is": "abroad",
                "state": "SA",
                "abroad": "1084260288",
                "from": "SAU-682-SA",
            },
        ),
    ],
)
async def test_a_pair_goes_where_its_term_is_absent(subject: Any, query: dict[str, str]) -> None:
    terms = {
        "id": "{subject.value}",
        "kind": "{subject.kind}",
        "is": "{subject.standing}",
        "state": "{subject.country}",
        "own": "{own.value}",
        "abroad": "{abroad.value}",
        "from": "{abroad.alpha3}-{abroad.numeric}-{abroad.country}",
        "city": "{inputs.city}",
    }
    _, adapter = await line(sends(path="/permits", query=terms), question=ask(subject))

    assert adapter.query(0) == query


async def test_the_calls_own_words_are_terms() -> None:
    query = {
        "why": "{purpose}",
        "lang": "{language | upper}",
        "ref": "{reference}",
        "day": "{today}",
        "local": "{today | date:dd/MM/yyyy}",
        "state": "{subject.alpha3 | lower}",
        "number": "{subject.numeric}",
    }
    _, adapter = await line(sends(path="/permits", query=query), question=ask(language="ar"))

    assert adapter.query(0) == {
        "why": "self_service",
        "lang": "AR",
        "ref": "req-1-OM",
        "day": "2026-11-24",
        "local": "24/11/2026",
        "state": "omn",
        "number": "512",
    }


async def test_zeros_before_a_number_are_taken_off_where_it_is_said() -> None:
    query = {"state": "{abroad.numeric | unpadded}"}
    _, adapter = await line(sends(path="/permits", query=query), question=ask((Country.BH, "010345570")))

    assert adapter.query(0) == {"state": "48"}


async def test_a_residents_number_is_told_from_a_citizens() -> None:
    number = NationalIdentifier.parse(Country.OM, "08123457", today=NOW.date(), kind=IdentifierKind.resident_id)
    question = ask()
    object.__setattr__(question, "subject", number)

    _, adapter = await line(sends(path="/permits", query={"is": "{subject.standing}"}), question=question)

    assert adapter.query(0) == {"is": "resident"}


async def test_an_input_is_folded_and_looked_up() -> None:
    document = changed(
        sends(path="/permits", query={"no": "{inputs.number | digits}", "k": "{inputs.sort | code:sorts}"}),
        tables={"sorts": {"boat": "B", "*": "X"}},
    )
    _, adapter = await line(document, question=ask(number=" ٢٧-١ ", sort="boat"))

    assert adapter.query(0) == {"no": "27-1", "k": "B"}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b", "/permits/a%2Fb/now"),
        ("../../admin", "/permits/..%2F..%2Fadmin/now"),
        ("a?x=1#y", "/permits/a%3Fx%3D1%23y/now"),
        ("a\r\nX-Evil: 1", "/permits/a%0D%0AX-Evil%3A%201/now"),
        ("a;b=c", "/permits/a%3Bb%3Dc/now"),
        ("%2e%2e", "/permits/%252e%252e/now"),
        ("a\x00b", "/permits/a%00b/now"),
        ("صيد", "/permits/%D8%B5%D9%8A%D8%AF/now"),
    ],
)
async def test_an_input_stays_within_its_segment_of_the_path(value: str, path: str) -> None:
    sent, adapter = await line(sends(path="/permits/{inputs.number}/now"), question=ask(number=value))

    assert sent == f"GET {path} HTTP/1.1"
    assert "x-evil" not in adapter.headers(0)


@pytest.mark.parametrize("value", ["", ".", "..", "..."])
async def test_what_is_only_dots_names_nothing_and_is_not_asked_for(value: str) -> None:
    """An address without its last segment would be that of a list, of everybody's."""
    async with played(sends(path="/permits/{inputs.number}"), NONE) as adapter:
        assert await adapter.ask(ask(number=value)) == ()

    assert adapter.requests == []


@pytest.mark.parametrize(
    ("term", "value"),
    [("number | only_digits:4", "12345/2020"), ("number | date:dd/MM/yyyy", "soon"), ("number | code:sorts", "ship")],
)
async def test_what_the_system_could_not_know_is_not_asked_for(term: str, value: str) -> None:
    document = changed(sends(query={"n": f"{{inputs.{term}}}"}), tables={"sorts": {"boat": "B"}})
    async with played(document, NONE) as adapter:
        assert await adapter.ask(ask(number=value)) == ()

    assert adapter.requests == []


async def test_nothing_breaks_out_of_a_query() -> None:
    _, adapter = await line(
        sends(path="/permits", query={"n": "{inputs.number}", "m": "1"}), question=ask(number="1&m=2 HTTP/1.1\r\nX: y#")
    )

    assert adapter.query(0) == {"n": "1&m=2 HTTP/1.1\r\nX: y#", "m": "1"}
    assert "x" not in adapter.headers(0)


async def test_nothing_breaks_out_of_a_header() -> None:
    headers = {"X-Number": "{inputs.number}", "X-Gone": "{inputs.gone}", "X-Fixed": "as it is"}
    _, adapter = await line(sends(headers=headers), question=ask(number="1\r\nX-Evil: صيد%"))

    assert adapter.headers(0)["x-number"] == "1%0D%0AX-Evil: %D8%B5%D9%8A%D8%AF%25"
    assert adapter.headers(0)["x-fixed"] == "as it is"
    assert {"x-evil", "x-gone"}.isdisjoint(adapter.headers(0))


async def test_a_json_body_keeps_the_kind_of_what_was_asked() -> None:
    body = {
        "person": {"id": "{subject.value}", "home": "{abroad.value}"},
        "year": "{inputs.year}",
        "tags": ["{inputs.tag}", "fixed", "no {inputs.year}", "{inputs.gone}"],
        "all": True,
    }
    _, adapter = await line(
        sends(method="POST", path="/find", body=body), question=ask(year=2026, tag={"a": ['"', "\r\n"]})
    )

    assert adapter.lines == ["POST /find HTTP/1.1"]
    assert adapter.headers(0)["content-type"] == "application/json"
    assert adapter.requests[0].body == (
        b'{"person":{"id":"08123457"},"year":2026,"tags":[{"a":["\\"","\\r\\n"]},"fixed","no 2026"],"all":true}'
    )


async def test_a_form_is_encoded_as_forms_are() -> None:
    body = {"id": "{subject.value}", "n": "{inputs.number}", "gone": "{inputs.gone}"}
    _, adapter = await line(
        sends(method="POST", path="/find", body=body, body_type="form"), question=ask(number="1&admin=1")
    )

    assert adapter.headers(0)["content-type"] == "application/x-www-form-urlencoded"
    assert adapter.requests[0].body == b"id=08123457&n=1%26admin%3D1"


async def test_of_several_requests_the_first_is_sent_whose_terms_are_there() -> None:
    one = {"endpoint": "permits", "path": "/permits/{inputs.number}"}
    own = {
        "endpoint": "permits",
        "path": "/permits",
        "query": {"id": "{own.value}"},
        "needs": ["own.value"],
        "items": "permits",
    }
    document = changed(PERMITS, requests=[one, own])

    async with played(document, reply(PERMIT)) as adapter:
        (record,) = await adapter.ask(ask(number="P-77"))
        adapter.replies[0] = NONE
        assert await adapter.ask(ask()) == ()
        assert await adapter.ask(ask(KHALID)) == ()

    assert adapter.lines == ["GET /permits/P-77 HTTP/1.1", "GET /permits?id=08123457 HTTP/1.1"]
    assert record.source.adapter == "om_fisheries@1.0.0"
