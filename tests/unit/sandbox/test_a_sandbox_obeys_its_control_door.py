"""The control door sets behaviours and primes replies, refuses nonsense by name and is shut to other machines."""

import base64
import socket
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from gateway.sdk.sandbox import Behaviour, Reply
from tests.unit.sandbox.conftest import SUBJECT, Registry

PERSON = f"/people/{SUBJECT}"


async def read(client: aiohttp.ClientSession, path: str = PERSON) -> tuple[int, str, bytes]:
    """Status, content type and body."""
    async with client.get(path) as response:
        return response.status, response.headers.get("Content-Type", ""), await response.read()


async def control(client: aiohttp.ClientSession, order: str, body: Any = None) -> tuple[int, str]:
    """Status and text of what the control door answers."""
    async with client.post(f"/_control/{order}", json=body) as response:
        return response.status, await response.text()


async def state(client: aiohttp.ClientSession) -> dict[str, Any]:
    """What the sandbox says of itself."""
    async with client.get("/_control/state") as response:
        told: dict[str, Any] = await response.json()
        return told


async def test_a_primed_reply_is_given_once_and_raw(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.prime(Reply(418, "text/xml", b"<fault/>"))

    assert registry.primed()
    assert await read(client) == (418, "text/xml", b"<fault/>")
    assert not registry.primed()
    assert (await read(client))[0] == 200


async def test_primed_replies_wait_in_line(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.prime(Reply(200, "text/plain", b"first", times=2))
    registry.prime(Reply(200, "text/plain", b"second"))

    bodies = [(await read(client))[2] for _ in range(3)]

    assert bodies == [b"first", b"first", b"second"]


async def test_a_primed_reply_waits_for_a_business_answer(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.prime(Reply(503, "text/plain", b"out of order"))

    assert (await read(client, "/token"))[0] == 200
    assert (await read(client))[0] == 503


async def test_a_primed_reply_can_be_garbled_like_any_other(registry: Registry, client: aiohttp.ClientSession) -> None:
    registry.prime(Reply(200, "text/plain", b"0123456789"))
    registry.behave(Behaviour("garbled"))

    _, _, body = await read(client)

    assert body.startswith(b"01234")
    assert body.endswith(b"\xff\x00\xfe")


async def test_the_control_door_sets_the_behaviour(registry: Registry, client: aiohttp.ClientSession) -> None:
    status, _ = await control(client, "behaviour", {"kind": "rate_limiting", "seconds": 3, "times": 1})

    assert status == 204
    async with client.get(PERSON) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
    assert (await state(client))["behaviour"] == "normal"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"status": 500, "content_type": "text/xml", "body": "<عطل/>"}, (500, "text/xml", "<عطل/>".encode())),
        ({"content_type": "application/json", "body": "{}"}, (200, "application/json", b"{}")),
        (
            {"content_type": "text/csv; charset=utf-8", "body_base64": base64.b64encode(b"\xff;\xfe").decode()},
            (200, "text/csv; charset=utf-8", b"\xff;\xfe"),
        ),
    ],
)
async def test_the_control_door_primes_a_reply(
    client: aiohttp.ClientSession, order: Mapping[str, Any], expected: tuple[int, str, bytes]
) -> None:
    status, _ = await control(client, "reply", order)

    assert status == 204
    assert await read(client) == expected


@pytest.mark.parametrize(
    ("door", "order", "named"),
    [
        ("behaviour", {"kind": "angry"}, "kind"),
        ("behaviour", {}, "kind"),
        ("behaviour", {"kind": "slow", "seconds": 601}, "seconds"),
        ("behaviour", {"kind": "slow", "colour": "red"}, "colour"),
        ("reply", {"content_type": "text/plain"}, "body"),
        ("reply", {"body": "x"}, "content_type"),
        ("reply", {"content_type": "text/plain", "body_base64": "*"}, "body"),
        ("reply", {"content_type": "text/plain", "body": "x", "body_base64": "eA=="}, "body_base64"),
        ("reply", {"content_type": "text/plain\r\nX-Other: 1", "body": "x"}, "content_type"),
        ("reply", {"status": 99, "content_type": "text/plain", "body": "x"}, "status"),
        ("reply", {"times": 0, "content_type": "text/plain", "body": "x"}, "times"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_by_name(
    registry: Registry, client: aiohttp.ClientSession, door: str, order: Mapping[str, Any], named: str
) -> None:
    status, text = await control(client, door, order)

    assert status == 400
    assert named in text
    assert (registry.primed(), registry.state()["behaviour"]) == (False, "normal")


async def test_the_control_door_stays_open_while_the_system_is_down(
    registry: Registry, client: aiohttp.ClientSession
) -> None:
    registry.behave(Behaviour("down"))

    status, _ = await control(client, "behaviour", {"kind": "normal"})

    assert status == 204
    assert (await read(client))[0] == 200


async def test_a_reset_forgets_everything(registry: Registry, client: aiohttp.ClientSession) -> None:
    await read(client)
    registry.behave(Behaviour("rate_limiting"))
    registry.prime(Reply(500, "text/plain", b""))

    status, _ = await control(client, "reset")

    assert status == 204
    assert await state(client) == {
        "name": "registry",
        "country": "KW",
        "behaviour": "normal",
        "primed": 0,
        "requests": {},
        "trapped": 0,
    }


def addresses_of_this_machine() -> list[str]:
    """Addresses other than loopback, found without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [probe.getsockname()[0]]


async def test_the_control_door_is_shut_to_callers_from_elsewhere(registry: Registry) -> None:
    """Even where the sandbox itself is opened to a network, as between containers."""
    for address in addresses_of_this_machine():
        async with registry.running(host=address) as url, aiohttp.ClientSession(url) as client:
            assert (await control(client, "behaviour", {"kind": "down"}))[0] == 403
            assert (await control(client, "reply", {"content_type": "a", "body": ""}))[0] == 403
            assert (await control(client, "reset"))[0] == 403
            async with client.get("/_control/state") as response:
                assert response.status == 403
            assert (await read(client))[0] == 200
