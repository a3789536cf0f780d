"""A key is good for one request: done once, answered again as often as it is sent."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from gateway.errors import BawabaError, Conflict
from gateway.identity.vault import KEY_BYTES, Finder, Vault
from gateway.schema.base import Frozen
from gateway.storage.application_tables import idempotency_keys
from gateway.storage.engine import Storage
from gateway.web.idempotency import HEADER, KEPT_SECONDS, REPLAYED, Idempotency, Remember

NAME = "a made-up applicant"


class Made(Frozen):
    """What the work makes."""

    id: str
    name: str


@dataclass
class Clock:
    """Seconds since 1970, moved by hand."""

    seconds: float = 1_700_000_000

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Desk:
    """Makes something new for each request that it is let to work on; ``fails`` makes it refuse, ``waits`` wait."""

    storage: Storage
    idempotency: Idempotency
    made: int = 0
    fails: bool = False
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, request: web.Request) -> web.Response:
        person = request.headers["X-Person"]
        document = await request.json()
        try:
            ticket = self.idempotency.ticket(request, person, document, 201, lambda view: f"/things/{view.id}")  # type: ignore[attr-defined]
            return await self.idempotency.once(ticket, self._work)
        except BawabaError as problem:
            return web.Response(status=problem.status, text=problem.code)

    async def _work(self, remember: Remember) -> Made:
        await self.waits.wait()
        made = Made(id=uuid.uuid4().hex, name=NAME)
        async with self.storage.writing() as connection:
            await remember(connection, made)
            if self.fails:
                raise Conflict("action_not_possible")
            self.made += 1
        return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def storage(storage_url: str) -> AsyncIterator[Storage]:
    async with Storage.open(storage_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def desk(storage: Storage, clock: Clock) -> Desk:
    desk = Desk(storage, Idempotency(storage, Vault(bytes(KEY_BYTES)), Finder(bytes(KEY_BYTES)), clock))
    desk.waits.set()
    return desk


@pytest_asyncio.fixture
async def client(desk: Desk) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.router.add_post("/things", desk.post)
    app.router.add_post("/others", desk.post)
    async with TestClient(TestServer(app)) as client:
        yield client


Client = TestClient[web.Request, web.Application]


async def send(
    client: Client, key: str | None = "key-00000001", person: str = "p1", path: str = "/things", **document: object
) -> tuple[int, str, str | None]:
    """The status, the body and whether it says that it was replayed."""
    headers = {"X-Person": person} | ({HEADER: key} if key is not None else {})
    async with client.post(path, json=document, headers=headers) as response:
        return response.status, await response.text(), response.headers.get(REPLAYED)


async def kept(storage: Storage) -> int:
    async with storage.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(idempotency_keys))).scalar_one())


async def test_the_same_request_is_answered_as_before(client: Client, desk: Desk) -> None:
    first = await send(client, use="bank")

    second = await send(client, use="bank")

    assert (first[0], first[2]) == (201, None)
    assert second == (201, first[1], "true")
    assert desk.made == 1


async def test_a_replayed_answer_leads_to_the_same_address(client: Client) -> None:
    addresses = []
    for _ in range(2):
        async with client.post("/things", json={}, headers={"X-Person": "p1", HEADER: "key-00000001"}) as response:
            addresses.append(response.headers["Location"])

    assert addresses[0] == addresses[1]
    assert addresses[0].startswith("/things/")


async def test_the_order_of_fields_makes_no_other_request(client: Client, desk: Desk) -> None:
    await send(client, a=1, b=2)

    status, _, replayed = await send(client, b=2, a=1)

    assert (status, replayed, desk.made) == (201, "true", 1)


async def test_quotes_around_a_key_make_no_other_key(client: Client, desk: Desk) -> None:
    await send(client, key="key-00000001")

    await send(client, key='"key-00000001"')

    assert desk.made == 1


@pytest.mark.parametrize(("path", "document"), [("/things", {"use": "school"}), ("/others", {"use": "bank"})])
async def test_a_key_is_refused_with_another_request(
    client: Client, desk: Desk, path: str, document: dict[str, Any]
) -> None:
    await send(client, use="bank")

    status, code, _ = await send(client, path=path, **document)

    assert (status, code) == (422, "idempotency_key_reused")
    assert desk.made == 1


async def test_a_key_of_another_person_is_another_key(client: Client, desk: Desk) -> None:
    first = await send(client, person="p1", use="bank")

    second = await send(client, person="p2", use="school")

    assert second[0] == 201
    assert first[1] != second[1]
    assert desk.made == 2


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("", "idempotency_key_format"),
        ("short", "idempotency_key_format"),
        ("k" * 256, "idempotency_key_format"),
        ("with a blank in it", "idempotency_key_format"),
        ('"unfinished-quote', "idempotency_key_format"),
        ("مفتاح-المفاتيح", "idempotency_key_format"),
    ],
)
async def test_a_request_without_a_proper_key_is_refused(
    client: Client, desk: Desk, key: str | None, code: str
) -> None:
    status, said, _ = await send(client, key=key)

    assert (status, said) == (400, code)
    assert desk.made == 0


async def test_two_keys_are_none(client: Client, desk: Desk) -> None:
    headers = [("X-Person", "p1"), (HEADER, "key-00000001"), (HEADER, "key-00000002")]
    async with client.post("/things", json={}, headers=headers) as response:
        assert (response.status, await response.text()) == (400, "idempotency_key_format")

    assert desk.made == 0


async def test_what_failed_may_be_tried_again_with_its_key(client: Client, desk: Desk) -> None:
    desk.fails = True
    assert (await send(client, use="bank"))[1] == "action_not_possible"
    desk.fails = False

    status, _, replayed = await send(client, use="school")

    assert (status, replayed, desk.made) == (201, None, 1)


async def test_fifty_at_once_have_one_effect(client: Client, desk: Desk) -> None:
    desk.waits.clear()
    waiting = [asyncio.create_task(send(client, use="bank")) for _ in range(50)]
    await asyncio.sleep(0)
    desk.waits.set()

    answers = await asyncio.gather(*waiting)

    assert {(status, body) for status, body, _ in answers} == {(201, answers[0][1])}
    assert [replayed for *_, replayed in answers].count(None) == 1
    assert desk.made == 1


async def test_two_workers_with_one_key_have_one_effect(storage: Storage, clock: Clock) -> None:
    """Neither sees the other's lock: the database alone decides."""
    desks = [
        Desk(storage, Idempotency(storage, Vault(bytes(KEY_BYTES)), Finder(bytes(KEY_BYTES)), clock)) for _ in range(2)
    ]

    async def ask(desk: Desk) -> tuple[int, str, str | None]:
        app = web.Application()
        app.router.add_post("/things", desk.post)
        async with TestClient(TestServer(app)) as client:
            return await send(client, use="bank")

    waiting = [asyncio.create_task(ask(desk)) for desk in desks]
    await asyncio.sleep(0.1)
    for desk in desks:
        desk.waits.set()
    answers = await asyncio.gather(*waiting)

    assert answers[0][1] == answers[1][1]
    assert sum(desk.made for desk in desks) == 1


async def test_what_another_worker_did_meanwhile_with_the_key_is_the_answer(
    client: Client, desk: Desk, storage: Storage, clock: Clock
) -> None:
    """What can be done but once is refused to whoever comes second, though it was done for them."""
    desk.waits.clear()
    desk.fails = True
    slower = asyncio.create_task(send(client, use="bank"))
    await asyncio.sleep(0.1)
    quicker = Desk(storage, Idempotency(storage, Vault(bytes(KEY_BYTES)), Finder(bytes(KEY_BYTES)), clock))
    quicker.waits.set()
    app = web.Application()
    app.router.add_post("/things", quicker.post)
    async with TestClient(TestServer(app)) as other:
        first = await send(other, use="bank")
    desk.waits.set()

    assert await slower == (201, first[1], "true")


async def test_a_restart_forgets_nothing(client: Client, desk: Desk, storage: Storage, clock: Clock) -> None:
    first = await send(client, use="bank")
    desk.idempotency = Idempotency(storage, Vault(bytes(KEY_BYTES)), Finder(bytes(KEY_BYTES)), clock)

    assert await send(client, use="bank") == (201, first[1], "true")


async def test_after_a_day_a_key_is_new(client: Client, desk: Desk, storage: Storage, clock: Clock) -> None:
    await send(client, use="bank")
    clock.seconds += KEPT_SECONDS + 1

    status, _, replayed = await send(client, use="school")

    assert (status, replayed, desk.made) == (201, None, 2)
    assert await kept(storage) == 1


async def test_a_key_whose_day_ends_between_two_tidyings_is_new_at_once(
    client: Client, desk: Desk, storage: Storage, clock: Clock
) -> None:
    await send(client, use="bank")
    clock.seconds += KEPT_SECONDS - 1
    await send(client, key="key-of-another")
    clock.seconds += 2

    status, _, replayed = await send(client, use="bank")

    assert (status, replayed, desk.made) == (201, None, 3)
    assert await kept(storage) == 2


async def test_what_nobody_asks_for_again_is_forgotten_with_the_next_request(
    client: Client, storage: Storage, clock: Clock
) -> None:
    for number in range(3):
        await send(client, key=f"key-0000000{number}")
    clock.seconds += KEPT_SECONDS + 1

    await send(client, key="key-of-another")

    assert await kept(storage) == 1


async def test_an_answer_is_kept_sealed(client: Client, storage: Storage) -> None:
    await send(client)

    async with storage.reading() as connection:
        row = (await connection.execute(select(idempotency_keys))).one()

    assert NAME.encode() not in row.sealed
    assert "key-00000001" not in (row.key_hash, row.body_hash)
