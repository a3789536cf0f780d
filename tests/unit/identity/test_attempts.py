"""Sign-ins under way: each good once, for a while, for the browser that began it, on any worker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gateway.errors import SignInError
from gateway.identity.attempts import LIFE, Attempts, Journey, Wish
from gateway.identity.principal import Assurance
from gateway.identity.vault import Vault, digest
from gateway.storage.tables import signin_attempts
from tests.support.people import CPR, Roof, roof

WISH = Wish(
    provider="bh-ekey",
    redirect_uri="https://gateway.example/auth/callback/bh-ekey",
    language="ar",
    return_to="/account",
    wanted=Assurance.HIGH,
    max_age=60,
    identifier=CPR,
)


@pytest.fixture
async def home(storage_url: str) -> AsyncIterator[Roof]:
    async with roof(storage_url) as home:
        yield home


async def test_a_journey_comes_back_as_it_was_begun(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")

    assert await home.attempts.find(begun.attempt.id, "browser") == begun
    assert await home.attempts.take(begun.attempt.id, "browser") == begun
    assert (begun.attempt.identifier, begun.attempt.wanted) == (CPR, Assurance.HIGH)


async def test_a_state_is_good_for_one_answer(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")
    await home.attempts.take(begun.attempt.id, "browser")

    for again in (home.attempts.take, home.attempts.find):
        with pytest.raises(SignInError):
            await again(begun.attempt.id, "browser")


async def test_of_many_answers_at_once_one_goes_on(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")

    outcomes = await asyncio.gather(
        *(home.attempts.take(begun.attempt.id, "browser") for _ in range(8)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["Journey"] + ["SignInError"] * 7


@pytest.mark.parametrize("browser", ["", "another", "Browser", "browser "])
async def test_another_browser_is_refused_and_ends_nothing(home: Roof, browser: str) -> None:
    begun = await home.attempts.begin(WISH, "browser")

    with pytest.raises(SignInError):
        await home.attempts.take(begun.attempt.id, browser)

    assert await home.attempts.take(begun.attempt.id, "browser") == begun


@pytest.mark.parametrize("state", ["", "x", "\0", "é", "A" * 43, "A" * 10_000])
async def test_an_unknown_state_is_refused(home: Roof, state: str) -> None:
    await home.attempts.begin(WISH, "browser")

    with pytest.raises(SignInError):
        await home.attempts.take(state, "browser")


async def test_a_journey_ends_after_ten_minutes(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")

    home.now += LIFE.total_seconds()
    await home.attempts.find(begun.attempt.id, "browser")
    home.now += 1

    with pytest.raises(SignInError):
        await home.attempts.take(begun.attempt.id, "browser")


async def test_what_has_expired_is_swept_away(home: Roof) -> None:
    await home.attempts.begin(WISH, "browser")
    home.now += LIFE.total_seconds() + 1
    await home.attempts.begin(WISH, "browser")

    assert len(await home.rows(signin_attempts)) == 1


async def test_two_tabs_of_one_browser_do_not_disturb_each_other(home: Roof) -> None:
    one, two = await home.attempts.begin(WISH, "browser"), await home.attempts.begin(WISH, "browser")

    assert await home.attempts.take(two.attempt.id, "browser") == two
    assert await home.attempts.take(one.attempt.id, "browser") == one


async def test_every_journey_has_secrets_of_its_own(home: Roof) -> None:
    begun = [await home.attempts.begin(WISH, "browser") for _ in range(5)]

    secrets = {secret for each in begun for secret in (each.attempt.id, each.attempt.nonce, each.attempt.verifier)}
    assert len(secrets) == 15
    assert all(len(secret) >= 43 for secret in secrets)


async def test_what_a_provider_must_remember_is_kept_with_the_number_and_the_window(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")
    until = datetime.fromtimestamp(home.now, UTC) + timedelta(seconds=60)

    kept = await home.attempts.remember(begun, {"transaction": "t-1"}, "42", until)

    assert await home.attempts.find(begun.attempt.id, "browser") == kept
    assert (kept.number, kept.attempt.memory, kept.attempt.expires_at) == ("42", {"transaction": "t-1"}, until)


async def test_a_journey_goes_on_at_another_worker_and_after_a_restart(home: Roof, storage_url: str) -> None:
    begun = await home.attempts.begin(WISH, "browser")

    async with roof(storage_url) as other:
        elsewhere = Attempts(other.storage, home.vault, lambda: datetime.fromtimestamp(home.now, UTC))
        assert await elsewhere.take(begun.attempt.id, "browser") == begun


async def test_nothing_readable_stands_in_the_database(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")
    (row,) = await home.rows(signin_attempts)

    for secret in (begun.attempt.id, begun.attempt.nonce, begun.attempt.verifier, CPR.value, "browser"):
        assert secret not in str(row)
        assert secret.encode() not in row.sealed


async def test_a_journey_moved_to_another_state_does_not_open(home: Roof) -> None:
    mine, theirs = await home.attempts.begin(WISH, "mine"), await home.attempts.begin(WISH, "theirs")
    await _swap(home, mine, theirs)

    with pytest.raises(SignInError):
        await home.attempts.take(mine.attempt.id, "mine")


async def test_a_journey_under_a_key_that_is_gone_is_begun_again(home: Roof) -> None:
    begun = await home.attempts.begin(WISH, "browser")
    moved = Attempts(home.storage, Vault(b"n" * 32), lambda: datetime.fromtimestamp(home.now, UTC))

    with pytest.raises(SignInError):
        await moved.take(begun.attempt.id, "browser")


async def test_a_link_is_for_the_person_who_began_it(home: Roof) -> None:
    wish = replace(WISH, aim="link", person="person-1")
    begun = await home.attempts.begin(wish, "browser")

    found = await home.attempts.take(begun.attempt.id, "browser")
    assert (found.aim, found.person) == ("link", "person-1")


async def _swap(home: Roof, into: Journey, source: Journey) -> None:
    rows = {row.attempt_hash: row.sealed for row in await home.rows(signin_attempts)}
    change = (
        update(signin_attempts)
        .where(signin_attempts.c.attempt_hash == digest(into.attempt.id))
        .values(sealed=rows[digest(source.attempt.id)])
    )
    async with home.storage.writing() as connection:
        await connection.execute(change)
