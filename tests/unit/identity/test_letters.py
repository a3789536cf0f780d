"""Letters: what a provider delivers late, once, sealed, for a few minutes, to whichever worker waits."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.identity.letters import LARGEST, LIFE_SECONDS, Letters
from gateway.identity.vault import Vault
from gateway.storage.tables import signin_letters
from tests.support.people import Roof, roof


@pytest.fixture
async def home(storage_url: str) -> AsyncIterator[Roof]:
    async with roof(storage_url) as home:
        yield home


async def test_a_letter_is_read_as_often_as_one_looks(home: Roof) -> None:
    assert await home.letters.read("reference") is None
    assert await home.letters.put("reference", b"\0signed")

    assert await home.letters.read("reference") == b"\0signed"
    assert await home.letters.read("reference") == b"\0signed"


async def test_a_second_letter_under_one_reference_is_refused(home: Roof) -> None:
    await home.letters.put("reference", b"first")

    assert not await home.letters.put("reference", b"second")
    assert await home.letters.read("reference") == b"first"


async def test_of_many_that_arrive_at_once_one_is_kept(home: Roof) -> None:
    kept = await asyncio.gather(*(home.letters.put("reference", b"%d" % place) for place in range(8)))

    assert kept.count(True) == 1
    assert await home.letters.read("reference") == b"%d" % kept.index(True)


async def test_a_letter_is_forgotten_after_five_minutes(home: Roof) -> None:
    await home.letters.put("reference", b"late")

    home.now += LIFE_SECONDS
    assert await home.letters.read("reference") == b"late"
    home.now += 1
    assert await home.letters.read("reference") is None
    await home.letters.put("another", b"x")
    assert len(await home.rows(signin_letters)) == 1


async def test_what_is_too_large_is_not_kept(home: Roof) -> None:
    assert not await home.letters.put("large", b"x" * (LARGEST + 1))
    assert await home.letters.put("whole", b"x" * LARGEST)
    assert await home.rows(signin_letters) != []
    assert await home.letters.read("large") is None


async def test_neither_letter_nor_reference_can_be_read_in_the_database(home: Roof) -> None:
    await home.letters.put("the-reference", b"a civil number")
    (row,) = await home.rows(signin_letters)

    assert b"civil" not in row.sealed
    assert "the-reference" not in str(row)


async def test_another_worker_reads_it_and_one_with_other_keys_does_not(home: Roof, storage_url: str) -> None:
    await home.letters.put("reference", b"late")

    async with roof(storage_url) as other:
        assert await Letters(other.storage, home.vault, lambda: home.now).read("reference") == b"late"
        assert await Letters(other.storage, Vault(b"n" * 32), lambda: home.now).read("reference") is None
