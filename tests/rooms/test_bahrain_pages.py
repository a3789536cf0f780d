"""Bahrain's lists are followed to their end under one deadline, and no answer is taken for more than it says."""

import asyncio
import json
import time
from typing import Any

import pytest

from adapters.bahrain.answers import Page, read_document, read_page
from adapters.bahrain.commercial_registration import BahrainCommercialRegistration
from adapters.bahrain.national import MOST_PAGES
from adapters.bahrain.sandbox import PAGE
from gateway.resilience.breaker import BreakerState
from gateway.sdk import BackendDown, BackendGarbled, BackendLate, BackendRefused, Country, Response
from gateway.sdk.sandbox import population
from tests.support.bahrain import (
    KHALID,
    MARYAM,
    NOBODY,
    WORST_DRIVER,
    YOUSEF,
    Line,
    PlayedSystem,
    ask,
    line_to_a_played_system,
    line_to_the_stand_in,
)

PEOPLE = population(Country.BH)
ITEM = {"violation_no": "1"}


def page(items: list[dict[str, Any]], cursor: str | None = None) -> tuple[int, Any]:
    return 200, {"items": items, "next_cursor": cursor}


async def violations(connected: Line, subject: tuple[Country, str] = MARYAM, seconds: float = 5) -> list[Any]:
    """What the room reads of the subject's violations."""
    return list(await connected.system.listed("traffic", "violations", ask(subject, seconds=seconds)))


def queries(played: PlayedSystem) -> list[dict[str, str]]:
    return [dict(request.query) for request in played.asked]


async def test_a_list_of_several_pages_comes_whole_and_in_its_order() -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        found = await violations(connected, WORST_DRIVER)

        assert [each["violation_no"] for each in found] == [fine.reference for fine in PEOPLE.fines(WORST_DRIVER[1])]
        assert len(found) > PAGE
        assert sandbox.requests["/traffic/v1/violations"] == 2


async def test_a_token_that_is_taken_back_between_two_pages_is_replaced() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([page([ITEM], "more"), (401, {"code": "TOKEN_INVALID"}), page([ITEM])])

        assert await violations(connected) == [ITEM, ITEM]

        assert [query.get("cursor") for query in queries(played)] == [None, "more", "more"]
        assert len(played.assertions) == 2


async def test_an_empty_page_may_be_followed_by_more() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([page([], "a"), page([ITEM], "b"), page([])])

        assert await violations(connected) == [ITEM]


async def test_a_cursor_is_sent_back_as_it_came_whatever_it_holds() -> None:
    cursor = "a+b/c==&cpr=900339753#ش \r\nX: 1"
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([page([ITEM], cursor), page([])])

        await violations(connected)

        assert queries(played)[1] == {"cpr": MARYAM[1], "cursor": cursor}


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"]])
async def test_a_cursor_that_repeats_is_garbled(cursors: list[str]) -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend(page([ITEM], cursor) for cursor in cursors)

        with pytest.raises(BackendGarbled):
            await violations(connected)

        assert len(played.asked) == len(cursors)


async def test_a_list_that_never_ends_is_given_up() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend(page([ITEM], f"cursor-{number}") for number in range(MOST_PAGES + 10))

        with pytest.raises(BackendGarbled):
            await violations(connected)

        assert len(played.asked) == MOST_PAGES


async def test_all_pages_share_one_deadline() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend(page([ITEM], f"cursor-{number}") for number in range(MOST_PAGES))
        played.slow_replies = 0.08
        began = time.monotonic()

        with pytest.raises(BackendLate):
            await violations(connected, seconds=0.3)

        assert time.monotonic() - began < 1
        assert 2 <= len(played.asked) <= 4


async def test_a_list_whose_second_page_is_not_there_is_garbled() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([page([ITEM], "more"), (404, {"code": "NOT_FOUND"})])

        with pytest.raises(BackendGarbled):
            await violations(connected)


async def test_somebody_who_is_not_known_has_nothing() -> None:
    async with line_to_the_stand_in() as (connected, _):
        assert await violations(connected, NOBODY) == []
        assert await connected.system.person(ask(NOBODY)) is None
        assert await connected.system.registration("99999-9", ask()) is None


async def test_who_is_asked_about_stands_in_the_way_that_bahrain_asks_for() -> None:
    async with line_to_a_played_system() as (connected, played):
        await violations(connected, MARYAM)
        await violations(connected, KHALID)

        assert queries(played) == [{"cpr": "010345570"}, {"gcc_number": "1084260288", "gcc_country": "SAU"}]
        headers = played.asked[0].headers
        assert headers["Authorization"] == "Bearer token-1"
        assert (headers["X-Request-Id"], headers["X-Purpose"]) == ("req-1-BH", "self_service")


@pytest.mark.parametrize(
    ("number", "path"),
    [
        ("27269-1", "/moic/v1/registrations/27269-1"),
        ("٢٧٢٦٩-١", "/moic/v1/registrations/27269-1"),
        ("../x?y#z", "/moic/v1/registrations/..%2Fx%3Fy%23z"),
    ],
)
async def test_a_number_is_one_part_of_the_address_whatever_it_holds(number: str, path: str) -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.append((404, {"code": "NOT_FOUND"}))
        adapter = BahrainCommercialRegistration(connected.system)

        assert await adapter.fetch(ask(registration_number=number)) == ()

        assert played.asked[0].raw_path == path


@pytest.mark.parametrize("number", [".", "..", " ", "  .. "])
async def test_a_number_that_would_lead_to_another_address_is_not_asked_for(number: str) -> None:
    async with line_to_a_played_system() as (connected, played):
        adapter = BahrainCommercialRegistration(connected.system)

        assert await adapter.fetch(ask(registration_number=number)) == ()
        assert played.asked == []


async def test_many_askers_do_not_mix_up_their_lists() -> None:
    async with line_to_the_stand_in() as (connected, _):
        subjects = [MARYAM, KHALID, YOUSEF, WORST_DRIVER] * 5
        found = await asyncio.gather(*(violations(connected, subject) for subject in subjects))

        for subject, fines in zip(subjects, found, strict=True):
            assert [each["violation_no"] for each in fines] == [fine.reference for fine in PEOPLE.fines(subject[1])]


async def test_an_agency_that_is_down_is_tried_again_and_opens_its_own_breaker_only() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([(500, {})] * 6)

        for _ in range(2):
            with pytest.raises(BackendDown):
                await violations(connected)

        assert len(played.asked) == 5
        assert connected.gates["traffic"].state.breaker is BreakerState.OPEN
        assert connected.gates["iga"].state.breaker is BreakerState.CLOSED
        assert connected.gates["auth"].state.breaker is BreakerState.CLOSED


async def test_refusals_and_nothing_found_open_no_breaker() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([(403, {"code": "PURPOSE_NOT_AGREED"}), (404, {"code": "NOT_FOUND"})] * 10)

        for _ in range(10):
            with pytest.raises(BackendRefused):
                await violations(connected)
            assert await violations(connected) == []

        assert connected.gates["traffic"].state.breaker is BreakerState.CLOSED


# --- what one answer means


def response(status: int, content: Any = None, kind: str = "application/problem+json") -> Response:
    return Response(status, {"content-type": kind}, b"" if content is None else json.dumps(content).encode())


@pytest.mark.parametrize("read", [read_document, read_page])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("PURPOSE_NOT_AGREED", "PURPOSE_NOT_AGREED"),
        ("Maryam Al Zayani", "unknown"),
        ("CPR_010345570", "unknown"),
        (7, "unknown"),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_refusal_names_the_code_and_never_a_person(read: Any, code: Any, reason: str, status: int) -> None:
    with pytest.raises(BackendRefused) as refused:
        read(response(status, {"code": code, "title": "Maryam", "detail": "010345570"}))

    assert refused.value.facts == {"reason": reason}


@pytest.mark.parametrize("read", [read_document, read_page])
def test_not_found_is_nobody_only_in_the_systems_own_words(read: Any) -> None:
    assert read(response(404, {"code": "NOT_FOUND"}, "application/problem+json; charset=utf-8")) is None
    for strange in (
        response(404, {"code": "ROUTE_UNKNOWN"}),
        response(404, {}),
        response(404, []),
        response(404, {"code": "NOT_FOUND"}, "application/json"),
        response(404, None, "text/html"),
        response(404),
    ):
        with pytest.raises(BackendGarbled):
            read(strange)


@pytest.mark.parametrize("read", [read_document, read_page])
@pytest.mark.parametrize("status", [500, 501, 599])
def test_a_failure_is_down_whatever_it_says(read: Any, status: int) -> None:
    with pytest.raises(BackendDown):
        read(response(status, None, "text/html"))


@pytest.mark.parametrize("read", [read_document, read_page])
@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_another_success_than_200_is_garbled(read: Any, status: int) -> None:
    with pytest.raises(BackendGarbled):
        read(response(status, {"items": [], "next_cursor": None}, "application/json"))


@pytest.mark.parametrize("read", [read_document, read_page])
@pytest.mark.parametrize("kind", ["text/html", "", "application/problem+json", "application/jsonp"])
def test_an_answer_of_another_media_type_is_garbled(read: Any, kind: str) -> None:
    with pytest.raises(BackendGarbled):
        read(response(200, {"items": [], "next_cursor": None}, kind))


def test_a_page_holds_objects_and_a_cursor_or_none() -> None:
    def read(content: Any) -> object:
        return read_page(response(200, content, "application/json"))

    assert read({"items": [ITEM], "next_cursor": None, "total": 1}) == Page((ITEM,), None)
    garbled: list[Any] = [
        [],
        {"items": {}, "next_cursor": None},
        {"items": ["1"], "next_cursor": None},
        {"items": None, "next_cursor": None},
        {"items": [], "next_cursor": ""},
        {"items": [], "next_cursor": 7},
        {"items": [], "next_cursor": "x" * 513},
    ]
    for content in garbled:
        with pytest.raises(BackendGarbled):
            read(content)
    for missing in ("items", "next_cursor"):
        with pytest.raises(KeyError):
            read({name: None for name in ("items", "next_cursor") if name != missing} | {"more": []})
