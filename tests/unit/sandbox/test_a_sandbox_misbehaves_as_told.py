"""Each behaviour, as a real client meets it over HTTP."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from lxml import etree

from gateway.sdk.sandbox import KINDS, Behaviour
from gateway.sdk.sandbox.behaviours import Reply, spoilt
from tests.unit.sandbox.conftest import SUBJECT, Registry

PERSON = f"/people/{SUBJECT}"
HELD = f"{PERSON}/held"


async def get(client: aiohttp.ClientSession, path: str = PERSON) -> tuple[int, bytes]:
    """Status and body."""
    async with client.get(path, allow_redirects=False) as response:
        return response.status, await response.read()


async def document(client: aiohttp.ClientSession, path: str = PERSON) -> Any:
    """The body as JSON."""
    return json.loads((await get(client, path))[1])


async def test_a_sandbox_that_is_told_nothing_answers_rightly(client: aiohttp.ClientSession) -> None:
    answer = await document(client)

    assert answer == {"identifier": SUBJECT, "name": "عبدالله جاسم محمد العوضي"}


async def test_slow_answers_rightly_and_late(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("slow", seconds=0.15))

    began = time.perf_counter()
    answer = await document(client)

    assert time.perf_counter() - began >= 0.14
    assert answer["identifier"] == SUBJECT


async def test_slow_requests_do_not_wait_for_each_other(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("slow", seconds=0.15))

    began = time.perf_counter()
    await asyncio.gather(*(get(client) for _ in range(8)))

    assert time.perf_counter() - began < 0.9


async def test_down_closes_the_connection_without_an_answer(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("down"))

    with pytest.raises(aiohttp.ClientConnectionError):
        await get(client)


@pytest.mark.parametrize(("seconds", "said"), [(0.5, "1"), (2, "2"), (0, "0")])
async def test_rate_limiting_is_a_429_that_says_when_to_come_back(
    registry: Registry, client: aiohttp.ClientSession, seconds: float, said: str
) -> None:
    registry.behave(Behaviour("rate_limiting", seconds=seconds))

    async with client.get(PERSON) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == said


async def test_garbled_json_cannot_be_read(registry: Registry, client: aiohttp.ClientSession) -> None:
    _, true = await get(client)
    registry.behave(Behaviour("garbled"))

    status, body = await get(client)

    assert status == 200
    assert body[:10] == true[:10]
    with pytest.raises(ValueError, match=r"codec|Expecting|Unterminated|Invalid"):
        json.loads(body)


async def test_garbled_xml_cannot_be_read(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("garbled"))

    async with client.post("/soap") as response:
        body = await response.read()

    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


async def test_garbled_csv_cannot_be_read(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("garbled"))

    _, body = await get(client, "/batch.csv")

    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8-sig")


async def test_wrong_is_a_well_formed_answer_about_somebody_else(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("wrong"))

    answer = await document(client)

    assert answer["identifier"] != SUBJECT
    other = registry.population.person(answer["identifier"])
    assert other is not None
    assert answer["name"] == other.arabic.full


async def test_wrong_holds_for_everything_that_is_held(registry: Registry, client: aiohttp.ClientSession) -> None:
    right = await document(client, HELD)
    registry.behave(Behaviour("wrong"))

    wrong = await document(client, HELD)

    assert all(right[kind] and wrong[kind] for kind in ("fines", "contributions", "companies"))
    assert {SUBJECT} == set(right["fines"]) == set(right["contributions"])
    assert SUBJECT not in wrong["fines"] + wrong["contributions"]
    assert all(SUBJECT in parties for parties in right["companies"])
    assert all(SUBJECT not in parties for parties in wrong["companies"])


async def test_wrong_holds_for_a_company_asked_by_its_number(registry: Registry, client: aiohttp.ClientSession) -> None:
    number = registry.population.all_companies[0].number
    path = f"/companies?number={number}"
    right = await document(client, path)
    registry.behave(Behaviour("wrong", times=1))

    wrong = await document(client, path)

    assert right == {"number": number}
    assert wrong["number"] not in (None, number)
    assert await document(client, path) == right


async def test_one_wrong_answer_does_not_touch_another_that_is_under_way(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("wrong", times=3))

    answers = await asyncio.gather(*(document(client) for _ in range(8)))

    assert sum(answer["identifier"] != SUBJECT for answer in answers) == 3


async def test_redirect_points_to_another_listener_that_counts_who_comes(
    registry: Registry, base: str, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("redirect"))

    async with client.get(PERSON, allow_redirects=False) as response:
        location = response.headers["Location"]

    assert response.status == 302
    assert location.startswith("http://127.0.0.1:")
    assert not location.startswith(base)
    assert registry.trapped == 0
    async with aiohttp.ClientSession() as careless, careless.get(f"{base}{PERSON}") as followed:
        assert followed.status == 200
    assert registry.trapped == 1


@pytest.mark.parametrize("body", [b"", b"x", b"{}", "سالم".encode(), b"[" * 1000])
def test_anything_can_be_garbled_so_that_it_is_not_text(body: bytes) -> None:
    garbled = spoilt("garbled", Reply(200, "text/plain", body))

    with pytest.raises(UnicodeDecodeError):
        garbled.body.decode()


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"garbled", "huge", "deep", "bomb"}))
def test_behaviours_that_are_not_about_the_body_leave_it_alone(kind: Any) -> None:
    reply = Reply(200, "text/plain", b"as it is")

    assert spoilt(kind, reply) is reply


async def test_times_limits_how_many_requests_are_affected(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("rate_limiting", times=2))

    statuses = [(await get(client))[0] for _ in range(4)]

    assert statuses == [429, 429, 200, 200]


async def test_after_lets_requests_pass_before(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("rate_limiting", times=1, after=2))

    statuses = [(await get(client))[0] for _ in range(4)]

    assert statuses == [200, 200, 429, 200]


async def test_without_times_it_goes_on_until_told_otherwise(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("rate_limiting"))

    statuses = [(await get(client))[0] for _ in range(5)]
    registry.behave(Behaviour("normal"))

    assert statuses == [429] * 5
    assert (await get(client))[0] == 200


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"normal"}))
async def test_paths_that_are_undisturbed_stay_so(registry: Registry, client: aiohttp.ClientSession, kind: Any) -> None:
    registry.behave(Behaviour(kind, times=1))

    assert await document(client, "/token") == {"access_token": "opaque"}
    assert registry.state()["behaviour"] == kind


@pytest.mark.parametrize("kind", ["slow", "garbled", "bomb", "deep"])
async def test_other_headers_of_an_answer_stay(registry: Registry, client: aiohttp.ClientSession, kind: Any) -> None:
    registry.behave(Behaviour(kind, seconds=0))

    async with client.get("/paged") as response:
        await response.read()

    assert response.headers["Link"] == "</paged?cursor=2>; rel=next"
    assert response.headers["Content-Type"].startswith("application/json")


async def test_an_answer_that_is_already_on_its_way_is_left_alone(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("garbled"))

    assert await get(client, "/stream") == (200, b"already on its way")


async def test_a_refusal_is_still_a_refusal(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("garbled"))

    assert await get(client, "/refused") == (403, b"no such mandate")


@pytest.mark.parametrize(
    "arguments",
    [{"kind": "angry"}, {"kind": "slow", "seconds": -1}, {"kind": "slow", "seconds": float("nan")},
     {"kind": "down", "times": 0}, {"kind": "down", "colour": "red"}],
)  # fmt: skip
def test_a_behaviour_that_makes_no_sense_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Behaviour(**arguments)
