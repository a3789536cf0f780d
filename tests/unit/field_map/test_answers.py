"""An answer is judged by its status, its type, its codes and whom it is about."""

from typing import Any

import pytest

from gateway.errors import BackendDown, BackendError, BackendGarbled, BackendRefused
from tests.support.mapped import PERMIT, PERMITS, ask, changed, played, reply

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
