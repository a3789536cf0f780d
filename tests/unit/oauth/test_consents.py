"""A yes holds for the scopes, the purposes and the time that it was given for, and until it is taken back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.oauth.consents import Consents
from gateway.storage.engine import Storage

LATER = 1_800_001_000


@dataclass
class Desk:
    """Consents by a clock that a test sets."""

    storage: Storage
    now: float = 1_800_000_000

    def __post_init__(self) -> None:
        self.consents = Consents(self.storage, lambda: self.now)

    async def covers(self, scopes: str, purposes: str, person: str = "maryam", client: str = "kw-moi-app") -> bool:
        return await self.consents.covers(person, client, scopes.split(), purposes.split())

    async def give(self, scopes: str, purposes: str) -> None:
        await self.consents.give("maryam", "kw-moi-app", scopes.split(), purposes.split(), LATER)


@pytest.fixture
async def desk(storage_url: str) -> AsyncIterator[Desk]:
    async with Storage.open(storage_url) as storage:
        yield Desk(storage)


async def test_a_yes_holds_for_what_was_asked_and_for_no_more(desk: Desk) -> None:
    await desk.give("openid lookups", "employment self_service")

    assert await desk.covers("lookups", "employment")
    assert await desk.covers("openid lookups", "self_service employment")
    assert not await desk.covers("openid lookups applications", "employment")
    assert not await desk.covers("lookups", "employment enforcement")
    assert not await desk.covers("lookups", "employment", person="salim")
    assert not await desk.covers("lookups", "employment", client="bh-pocket")


async def test_a_scope_for_one_purpose_and_another_for_another_are_not_both_for_both(desk: Desk) -> None:
    await desk.give("lookups", "employment")
    await desk.give("applications", "self_service")

    assert not await desk.covers("lookups applications", "employment")


async def test_a_yes_ends(desk: Desk) -> None:
    await desk.give("lookups", "employment")

    desk.now = LATER

    assert not await desk.covers("lookups", "employment")
    assert await desk.consents.of_person("maryam") == []
    assert not await desk.consents.withdraw("maryam", "kw-moi-app")


async def test_what_is_taken_back_is_over_until_it_is_given_again(desk: Desk) -> None:
    await desk.give("lookups", "employment")

    assert not await desk.consents.withdraw("salim", "kw-moi-app")
    assert await desk.consents.withdraw("maryam", "kw-moi-app")
    assert not await desk.covers("lookups", "employment")
    assert not await desk.consents.withdraw("maryam", "kw-moi-app")

    await desk.give("lookups", "employment")
    assert await desk.covers("lookups", "employment")


async def test_the_person_sees_what_they_allow(desk: Desk) -> None:
    await desk.give("openid lookups", "employment")

    shown = [
        (each.client_id, each.scope, each.purpose, each.expires_at) for each in await desk.consents.of_person("maryam")
    ]

    assert shown == [
        ("kw-moi-app", "lookups", "employment", LATER),
        ("kw-moi-app", "openid", "employment", LATER),
    ]
