"""A request under way is good for one answer, for its own program or browser, and for a while."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from gateway.errors import OAuthError
from gateway.identity.vault import Vault
from gateway.oauth.request import AuthorizationRequest, read_request
from gateway.oauth.requests import DECIDING_SECONDS, PREFIX, PUSHED_SECONDS, Requests
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_requests
from tests.support.programs import BACK, asking, confidential

REQUEST: AuthorizationRequest = read_request(asking(state="a secret state"), confidential(), BACK)


@dataclass
class Shelf:
    """Requests on two workers, by a clock that a test sets."""

    storage: Storage
    now: float = 1_800_000_000

    def __post_init__(self) -> None:
        vault = Vault(b"v" * 32)
        self.one, self.two = (Requests(self.storage, vault, lambda: self.now) for _ in range(2))

    async def pulled(self, uri: str, client_id: str = "kw-moi-app") -> AuthorizationRequest | None:
        try:
            return await self.two.pull(uri, client_id)
        except OAuthError:
            return None

    async def taken(self, handle: str, browser: str = "a browser") -> bool:
        try:
            await self.two.take(handle, browser)
        except OAuthError:
            return False
        return True


@pytest.fixture
async def shelf(storage_url: str) -> AsyncIterator[Shelf]:
    async with Storage.open(storage_url) as storage:
        yield Shelf(storage)


async def test_a_pushed_request_is_pulled_once(shelf: Shelf) -> None:
    uri = await shelf.one.push(REQUEST)

    assert uri.startswith(PREFIX)
    assert await shelf.pulled(uri) == REQUEST
    with pytest.raises(OAuthError) as refused:
        await shelf.one.pull(uri, "kw-moi-app")
    assert refused.value.code == "invalid_request_uri"


async def test_of_many_pulls_at_once_one_succeeds(shelf: Shelf) -> None:
    uri = await shelf.one.push(REQUEST)

    found = await asyncio.gather(*(shelf.pulled(uri) for _ in range(6)))

    assert found.count(REQUEST) == 1


async def test_it_is_nothing_to_another_program_whose_attempt_leaves_it_alone(shelf: Shelf) -> None:
    uri = await shelf.one.push(REQUEST)

    assert await shelf.pulled(uri, "bh-pocket") is None
    assert await shelf.pulled(uri) == REQUEST


async def test_it_is_good_for_a_minute_and_a_half_at_most(shelf: Shelf) -> None:
    early, late = await shelf.one.push(REQUEST), await shelf.one.push(REQUEST)
    assert 60 <= PUSHED_SECONDS <= 90

    shelf.now += PUSHED_SECONDS - 1
    assert await shelf.pulled(early) == REQUEST
    shelf.now += 1
    assert await shelf.pulled(late) is None


@pytest.mark.parametrize("guess", ["", PREFIX, f"{PREFIX}x", "https://evil.example/request", "x" * 10_000, "\0"])
async def test_nothing_else_is_a_request(shelf: Shelf, guess: str) -> None:
    await shelf.one.push(REQUEST)

    assert await shelf.pulled(guess) is None


async def test_a_request_before_a_person_is_answered_once_by_its_own_browser(shelf: Shelf) -> None:
    handle = await shelf.one.begin(REQUEST, "a browser")

    assert (await shelf.two.find(handle, "a browser")).request == REQUEST
    assert (await shelf.two.find(handle, "a browser")).begun_at == int(shelf.now)
    assert not await shelf.taken(handle, "another browser")
    assert not await shelf.taken(handle, "")
    assert sorted(await asyncio.gather(*(shelf.taken(handle) for _ in range(6)))) == [False] * 5 + [True]


async def test_a_person_has_half_an_hour(shelf: Shelf) -> None:
    handle = await shelf.one.begin(REQUEST, "a browser")

    shelf.now += DECIDING_SECONDS

    assert not await shelf.taken(handle)


async def test_one_kind_never_passes_for_the_other(shelf: Shelf) -> None:
    uri, handle = await shelf.one.push(REQUEST), await shelf.one.begin(REQUEST, "a browser")

    assert not await shelf.taken(uri.removeprefix(PREFIX))
    assert await shelf.pulled(PREFIX + handle) is None
    # Neither attempt has spent what it could not have.
    assert await shelf.pulled(uri) == REQUEST
    assert await shelf.taken(handle)


async def test_the_database_knows_neither_handle_nor_request(shelf: Shelf) -> None:
    uri = await shelf.one.push(REQUEST)
    async with shelf.storage.reading() as connection:
        (row,) = (await connection.execute(select(oauth_requests))).all()

    assert uri.removeprefix(PREFIX) not in str(row)
    assert b"secret state" not in row.sealed
