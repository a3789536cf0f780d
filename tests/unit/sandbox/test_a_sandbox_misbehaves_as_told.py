"""Each behaviour, as a real client meets it over HTTP."""

import asyncio
import gzip
import json
import time
from typing import Any

import aiohttp
import pytest
from lxml import etree

from gateway.sdk.sandbox import KINDS, Behaviour
from gateway.sdk.sandbox.behaviours import DEPTH, HUGE, Reply, spoilt
from tests.unit.sandbox.conftest import SUBJECT, Listener, Registry

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


async def test_huge_is_64_megabytes_of_unannounced_length(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("huge"))

    async with client.get(PERSON) as response:
        sizes = [len(chunk) async for chunk in response.content.iter_any()]

    assert "Content-Length" not in response.headers
    assert response.headers["Content-Type"] == "application/json"
    assert sum(sizes) == HUGE == 64 * 1024 * 1024


async def test_huge_may_be_left_by_a_client_that_has_seen_enough(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("huge", times=1))

    async with client.get(PERSON) as response:
        await response.content.readexactly(1000)
        response.close()

    assert (await document(client))["identifier"] == SUBJECT


async def test_deep_json_nests_beyond_what_a_reader_should_follow(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("deep"))

    _, body = await get(client)

    assert body == b"[" * DEPTH + b"]" * DEPTH
    with pytest.raises(RecursionError):
        json.loads(body)


async def test_deep_xml_nests_beyond_what_a_reader_should_follow(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("deep"))

    async with client.post("/soap") as response:
        body = await response.read()

    assert body.count(b"<a>") == body.count(b"</a>") == DEPTH
    with pytest.raises(etree.XMLSyntaxError, match="depth"):
        etree.fromstring(body)


async def test_deep_rows_have_more_columns_than_anyone_needs(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("deep"))

    _, body = await get(client, "/batch.csv")

    assert len(body.split(b";")) == DEPTH + 1


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


async def test_a_json_bomb_says_every_key_twice(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("bomb"))

    _, body = await get(client)

    pairs = json.loads(body, object_pairs_hook=list)
    assert [key for key, _ in pairs] == ["identifier", "name", "identifier", "name"]


async def test_an_xml_bomb_is_small_and_expands_without_end(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("bomb"))

    async with client.post("/soap") as response:
        body = await response.read()

    assert len(body) < 2000
    assert b"<!DOCTYPE" in body
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


async def test_any_other_bomb_is_compressed(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.behave(Behaviour("bomb"))

    async with client.get("/batch.csv") as response:
        body = await response.read()

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(body) < HUGE / 100
    assert len(gzip.decompress(body)) == HUGE


@pytest.mark.parametrize("body", [b"[1,2]", b"{}", b"null", b""])
def test_a_json_bomb_can_be_made_of_any_answer(body: bytes) -> None:
    bomb = spoilt("bomb", Reply(200, "application/json", body))

    pairs = json.loads(bomb.body, object_pairs_hook=list)
    assert len(pairs) > len(dict(pairs))


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


async def asked_to_call(client: aiohttp.ClientSession, listener: Listener) -> int:
    """Asks for a call back and gives the status of the asking."""
    async with client.post("/later", json={"url": listener.url, "identifier": SUBJECT}) as response:
        return response.status


async def heard(listener: Listener) -> bytes:
    """The body of the next call back."""
    _, body = await asyncio.wait_for(listener.heard.get(), 5)
    return body


async def test_a_call_back_carries_the_answer_and_its_headers(
    client: aiohttp.ClientSession, listener: Listener
) -> None:
    assert await asked_to_call(client, listener) == 202

    headers, body = await asyncio.wait_for(listener.heard.get(), 5)
    assert json.loads(body) == {"identifier": SUBJECT}
    assert (headers["X-Reference"], headers["Content-Type"]) == ("r-1", "application/json")


async def test_a_call_back_misbehaves_instead_of_the_asking(
    registry: Registry, client: aiohttp.ClientSession, listener: Listener
) -> None:
    for kind in ("wrong", "garbled", "deep", "bomb"):
        registry.behave(Behaviour(kind, times=1))
        assert await asked_to_call(client, listener) == 202
        assert await heard(listener) != f'{{"identifier":"{SUBJECT}"}}'.encode()

    assert await asked_to_call(client, listener) == 202
    assert json.loads(await heard(listener)) == {"identifier": SUBJECT}


@pytest.mark.parametrize("kind", ["down", "rate_limiting", "redirect"])
async def test_a_system_that_cannot_answer_does_not_call_back(
    registry: Registry, listener: Listener, kind: Any
) -> None:
    registry.behave(Behaviour(kind))

    status = await registry.call_back(listener.url, lambda: Reply(200, "text/plain", b""))

    assert status is None
    assert listener.heard.empty()


async def test_a_slow_call_back_comes_late(
    registry: Registry, client: aiohttp.ClientSession, listener: Listener
) -> None:
    registry.behave(Behaviour("slow", seconds=0.15))

    began = time.perf_counter()
    await asked_to_call(client, listener)
    asked = time.perf_counter() - began
    await heard(listener)

    assert asked < 0.14 < time.perf_counter() - began
