"""A list is followed to its end within bounds, and each of its items is asked about where it tells too little."""

from typing import Any

import pytest

from gateway.errors import BackendDown, BackendGarbled, BackendRefused
from gateway.field_map.fetching import LONGEST_CURSOR
from gateway.field_map.scope import MOST_ITEMS
from tests.support.mapped import PERMIT, PERMITS, ask, changed, played, reply

CURSOR = changed(PERMITS, requests__0__paging={"by": "cursor", "path": "page.next", "parameter": "after", "most": 4})
NUMBERED = changed(PERMITS, requests__0__paging={"by": "page", "path": "pages", "parameter": "page", "most": 3})
ABOUT = [{"any_of": [{"match": [{"path": "number", "equals": "{item}"}]}]}]
BRIEF = changed(
    PERMITS,
    requests__0__details={
        "value": {"path": "no", "convert": ["written"]},
        "path": "/permits/{item}",
        "query": {"lang": "{language}"},
        "about": ABOUT,
        "most": 3,
        "at_once": 2,
    },
)


def page(following: Any, *numbers: str) -> bytes:
    return reply({"permits": [{**PERMIT, "number": each} for each in numbers], "page": {"next": following}})


def numbered(pages: Any, number: str) -> bytes:
    return reply({"permits": [{**PERMIT, "number": number}], "pages": pages})


async def garbled(document: Any, *replies: bytes) -> Any:
    async with played(document, *replies) as adapter:
        with pytest.raises(BackendGarbled) as refusal:
            await adapter.ask(ask())
    return refusal.value.facts.get("reason", refusal.value.code)


async def test_pages_are_asked_for_by_the_cursor_of_the_one_before() -> None:
    async with played(CURSOR, page("x&y", "1", "2"), page(7, "3"), page(None, "4")) as adapter:
        records = await adapter.ask(ask())

    assert [getattr(record, "reference", "") for record in records] == ["1", "2", "3", "4"]
    assert [adapter.query(number) for number in range(3)] == [{}, {"after": "x&y"}, {"after": "7"}]


async def test_pages_are_asked_for_by_their_number() -> None:
    async with played(NUMBERED, numbered(3, "1"), numbered(3, "2"), numbered(3, "3")) as adapter:
        records = await adapter.ask(ask())

    assert len(records) == 3
    assert [adapter.query(number) for number in range(3)] == [{"page": "1"}, {"page": "2"}, {"page": "3"}]


async def test_pages_may_be_counted_from_nought_and_there_may_be_none() -> None:
    document = changed(NUMBERED, requests__0__paging__first=0)
    async with played(document, numbered(2, "1"), numbered(2, "2")) as adapter:
        await adapter.ask(ask())
        adapter.replies[0] = reply({"permits": [], "pages": 0})
        assert await adapter.ask(ask()) == ()

    assert [adapter.query(number) for number in range(3)] == [{"page": "0"}, {"page": "1"}, {"page": "0"}]


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ([page("a", "1"), page("b", "2"), page("a", "3")], "cursor_repeats"),
        ([page("a", "1"), page("a", "2")], "cursor_repeats"),
        ([page(number, "1") for number in range(4)], "too_many_pages"),
        ([reply({"permits": [], "page": {}})], "no_cursor"),
        ([reply({"permits": []})], "no_cursor"),
        ([page("", "1")], "no_cursor"),
        ([page("a" * (LONGEST_CURSOR + 1), "1")], "no_cursor"),
        ([page(["a"], "1")], "no_cursor"),
        ([page(True, "1")], "no_cursor"),
        ([reply({"permits": [], "page": "x"})], "Unfit"),
    ],
)
async def test_a_list_without_a_believable_end_is_not_believed(replies: list[bytes], reason: str) -> None:
    """A page that does not say whether there is more may have been cut short."""
    assert await garbled(CURSOR, *replies) == reason


@pytest.mark.parametrize(
    ("pages", "reason"),
    [(9, "too_many_pages"), ("3", "no_number_of_pages"), (-1, "no_number_of_pages"), (None, "no_number_of_pages")],
)
async def test_a_number_of_pages_is_believed_within_bounds(pages: Any, reason: str) -> None:
    assert await garbled(NUMBERED, numbered(pages, "1")) == reason


async def test_a_list_that_has_begun_does_not_vanish() -> None:
    document = changed(CURSOR, answer__absent=[{"status": 404}])

    assert await garbled(document, page("a", "1"), reply({}, 404)) == "list_ended"


async def test_more_items_than_one_person_has_are_not_believed() -> None:
    half = [str(number) for number in range(MOST_ITEMS // 2 + 1)]

    assert await garbled(CURSOR, page("a", *half), page(None, *half)) == "too_many_items"
    assert await garbled(PERMITS, reply({"permits": [{}] * (MOST_ITEMS + 1)})) == "no_items"


def brief(*numbers: Any) -> bytes:
    return reply({"permits": [{"no": number} for number in numbers]})


def full(number: str) -> bytes:
    return reply({**PERMIT, "number": number})


async def test_each_item_is_asked_about_once_and_takes_its_place() -> None:
    document = changed(BRIEF, requests__0__details__at_once=1)
    async with played(document, brief("1", 2, "1"), full("1"), full("2")) as adapter:
        records = await adapter.ask(ask())

    assert [getattr(record, "reference", "") for record in records] == ["1", "2"]
    assert [record.notes for record in records] == [(), ()]
    assert adapter.lines[1:] == ["GET /permits/1?lang=en HTTP/1.1", "GET /permits/2?lang=en HTTP/1.1"]


async def test_a_list_longer_than_what_is_asked_about_says_so_on_every_record() -> None:
    document = changed(BRIEF, requests__0__details__at_once=1)
    async with played(document, brief("1", "2", "3", "4"), full("1"), full("2"), full("3")) as adapter:
        records = await adapter.ask(ask())

    assert [record.notes for record in records] == [("list_not_complete",)] * 3


async def test_an_empty_list_is_not_asked_about() -> None:
    async with played(BRIEF, brief()) as adapter:
        assert await adapter.ask(ask()) == ()

    assert len(adapter.requests) == 1


async def test_details_of_another_item_are_not_shown() -> None:
    assert await garbled(BRIEF, brief("1"), full("2")) == "backend_wrong_subject"


async def test_details_that_are_not_there_are_not_those_of_the_item() -> None:
    document = changed(BRIEF, answer__absent=[{"status": 404}])

    assert await garbled(document, brief("1"), reply({}, 404)) == "backend_wrong_subject"


@pytest.mark.parametrize("number", [None, "", "a" * 201, ["1"], {"no": "1"}, True])
async def test_an_item_without_its_value_cannot_be_asked_about(number: Any) -> None:
    assert await garbled(BRIEF, brief(number)) in ("no_value", "Unfit", "backend_garbled")


async def test_details_are_an_object() -> None:
    assert await garbled(BRIEF, brief("1"), reply([PERMIT])) in ("no_items", "Unfit")


@pytest.mark.parametrize(("answer", "error"), [(reply({}, 500), BackendDown), (reply({}, 403), BackendRefused)])
async def test_what_goes_wrong_with_one_item_goes_wrong_with_all(answer: bytes, error: type[Exception]) -> None:
    async with played(BRIEF, brief("1", "2"), answer) as adapter:
        with pytest.raises(error):
            await adapter.ask(ask())


async def test_a_hostile_value_of_an_item_stays_in_its_segment() -> None:
    document = changed(BRIEF, requests__0__details__at_once=1)
    async with played(document, brief("../../admin?x#"), full("../../admin?x#")) as adapter:
        await adapter.ask(ask())

    assert adapter.lines[1] == "GET /permits/..%2F..%2Fadmin%3Fx%23?lang=en HTTP/1.1"
