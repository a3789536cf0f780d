"""Operators' sessions: half until the second factor, short, and over everywhere at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.identity.operators.operator import read_posts
from gateway.identity.operators.sessions import HALF_SECONDS, Limits
from gateway.storage.operator_tables import operator_sessions
from tests.support.operators import Staff, staff


@pytest.fixture
async def here(storage_url: str) -> AsyncIterator[Staff]:
    async with staff(storage_url) as here:
        yield here


async def test_half_a_session_makes_no_operator(here: Staff) -> None:
    half = await here.half(await here.admit())

    assert half.factor is None
    assert await here.sessions.operator(half) is None


async def test_half_a_session_ends_after_ten_minutes(here: Staff) -> None:
    half = await here.half(await here.admit())

    here.watch.advance(HALF_SECONDS)

    assert await here.sessions.find(half.secret) is None
    assert await here.sessions.fulfil(half, "totp") is None


async def test_the_secret_changes_with_the_second_factor_and_is_given_once(here: Staff) -> None:
    half = await here.half(await here.admit())

    secrets = await asyncio.gather(*(here.sessions.fulfil(half, "passkey") for _ in range(4)))

    (secret,) = [each for each in secrets if each]
    assert secret != half.secret
    assert await here.sessions.find(half.secret) is None
    assert (await here.session(secret)).factor == "passkey"


async def test_a_session_ends_when_it_is_idle_and_in_the_end_though_it_is_not(here: Staff) -> None:
    session, _ = await here.signed_in()
    other, _ = await here.signed_in("other")
    limits = Limits()

    for _ in range(limits.absolute // (limits.idle - 60)):
        here.watch.advance(limits.idle - 60)
        assert await here.sessions.find(session.secret), "it is in use"
    assert await here.sessions.find(other.secret) is None
    here.watch.advance(limits.idle - 60)
    assert await here.sessions.find(session.secret) is None


async def test_whoever_is_suspended_is_out_at_once_on_every_worker(here: Staff) -> None:
    session, operator = await here.signed_in()
    half = await here.half(await here.accounts.find(operator.id))
    colleague = Staff(here.storage, here.watch, here.vault, here.finder)

    await colleague.accounts.suspend(operator.id)

    assert await here.sessions.find(session.secret) is None
    assert await here.sessions.find(half.secret) is None
    await here.accounts.resume(operator.id)
    assert await here.sessions.find(session.secret) is None, "it does not come back either"


async def test_a_session_begun_while_suspended_is_none(here: Staff) -> None:
    account = await here.admit()
    await here.accounts.suspend(account.id)

    secret = await here.sessions.begin(account.id, read_posts("operator"), invited=False)

    assert await here.sessions.find(secret) is None


async def test_an_invitation_that_takes_posts_away_does_so_in_open_sessions(here: Staff) -> None:
    session, _ = await here.signed_in(posts="operator security")

    await here.admit(posts="operator:OM")

    assert (await here.session(session.secret)).posts == read_posts("operator:OM")


async def test_what_a_step_is_ended_with_is_heard_once(here: Staff) -> None:
    half = await here.half(await here.admit())
    await here.sessions.remember(half, b"a challenge")

    heard = await asyncio.gather(*(here.sessions.recall(half) for _ in range(4)))

    assert (heard.count(b"a challenge"), heard.count(None)) == (1, 3)


async def test_the_other_sessions_of_an_operator_can_be_ended(here: Staff) -> None:
    one, operator = await here.signed_in()
    two = await here.half(await here.accounts.find(operator.id))
    stranger, _ = await here.signed_in("stranger")

    await here.sessions.end_others(one)

    assert await here.sessions.find(one.secret)
    assert await here.sessions.find(two.secret) is None
    assert await here.sessions.find(stranger.secret)
    await here.sessions.end(one)
    assert await here.sessions.find(one.secret) is None


async def test_the_table_holds_no_secret(here: Staff) -> None:
    session, _ = await here.signed_in()
    await here.sessions.remember(session, b"a challenge")

    async with here.storage.reading() as connection:
        (row,) = (await connection.execute(operator_sessions.select())).all()

    assert session.secret not in repr(tuple(row))
    assert b"challenge" not in row.memory
