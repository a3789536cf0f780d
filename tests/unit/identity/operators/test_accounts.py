"""Operators' accounts: invitations that are good once, suspension, and tries counted for all workers together."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.app.sealed import SEALED_COLUMNS
from gateway.errors import NotFound, SignInRejected, TooManyRequests
from gateway.identity.operators.accounts import INVITATION_SECONDS, MOST_TRIES, TRIES_SECONDS
from gateway.identity.operators.factors import Factor
from gateway.identity.operators.operator import read_posts
from gateway.identity.resealing import reseal
from gateway.identity.vault import Vault
from gateway.storage.operator_tables import operator_invitations, operators
from tests.support.operators import ISSUER, Staff, staff


@pytest.fixture
async def here(storage_url: str) -> AsyncIterator[Staff]:
    async with staff(storage_url) as here:
        yield here


async def refused(here: Staff, subject: str, invitation: str = "") -> str:
    with pytest.raises(SignInRejected) as problem:
        await here.accounts.admit(ISSUER, subject, invitation)
    return problem.value.code


async def test_whoever_was_invited_is_an_operator_from_then_on(here: Staff) -> None:
    invitation = await here.accounts.invite("نورة", read_posts("operator:BH"))

    admitted = await here.accounts.admit(ISSUER, "noura", invitation)
    later = await here.accounts.admit(ISSUER, "noura", "")

    assert (admitted.name, admitted.standing, admitted.posts) == ("نورة", "active", read_posts("operator:BH"))
    assert later.id == admitted.id
    assert await here.accounts.all() == [later]


async def test_nobody_comes_in_without_an_invitation(here: Staff) -> None:
    assert await refused(here, "stranger") == "operator_unknown"
    assert await refused(here, "stranger", "A" * 43) == "invitation_spent"


async def test_an_invitation_is_good_once_though_many_use_it_at_the_same_time(here: Staff) -> None:
    invitation = await here.accounts.invite("One", frozenset())

    met = await asyncio.gather(
        *(here.accounts.admit(ISSUER, f"person {place}", invitation) for place in range(6)), return_exceptions=True
    )

    assert sum(not isinstance(each, Exception) for each in met) == 1
    assert all(isinstance(each, SignInRejected) for each in met if isinstance(each, Exception))
    assert await refused(here, "late", invitation) == "invitation_spent"


async def test_an_invitation_ends_after_a_day(here: Staff) -> None:
    one, two = [await here.accounts.invite("Late", frozenset()) for _ in range(2)]

    here.watch.advance(INVITATION_SECONDS - 1)
    await here.accounts.admit(ISSUER, "in time", one)
    here.watch.advance(1)

    assert await refused(here, "late", two) == "invitation_spent"


async def test_a_suspended_operator_is_as_unknown_as_a_stranger_invitation_or_not(here: Staff) -> None:
    account = await here.admit()
    await here.accounts.suspend(account.id)
    invitation = await here.accounts.invite("Again", frozenset())

    assert await refused(here, "somebody") == "operator_unknown"
    assert await refused(here, "somebody", invitation) == "operator_unknown"
    await here.accounts.resume(account.id)
    assert (await here.accounts.admit(ISSUER, "somebody", "")).id == account.id


async def test_another_provider_s_subject_of_the_same_name_is_somebody_else(here: Staff) -> None:
    await here.admit()

    with pytest.raises(SignInRejected):
        await here.accounts.admit("https://other.example", "somebody", "")


async def test_a_new_invitation_changes_posts_and_name_and_not_the_operator(here: Staff) -> None:
    before = await here.admit(posts="security")

    after = await here.admit(posts="viewer")

    assert (after.id, after.posts) == (before.id, read_posts("viewer"))


async def test_nobody_of_that_id_is_suspended_resumed_or_found(here: Staff) -> None:
    for act in (here.accounts.suspend, here.accounts.resume, here.accounts.find):
        with pytest.raises(NotFound):
            await act("operator-nobody")


async def test_tries_are_counted_for_all_workers_together(here: Staff) -> None:
    account = await here.admit()
    colleague = Staff(here.storage, here.watch, here.vault, here.finder)

    met = await asyncio.gather(
        *(each.accounts.spend_try(account.id) for each in (here, colleague) for _ in range(MOST_TRIES)),
        return_exceptions=True,
    )

    assert sum(each is None for each in met) == MOST_TRIES
    assert {type(each) for each in met if each is not None} == {TooManyRequests}


async def test_tries_come_back_after_a_while_and_after_a_right_one(here: Staff) -> None:
    account = await here.admit()
    for _ in range(MOST_TRIES):
        await here.accounts.spend_try(account.id)
    here.watch.advance(TRIES_SECONDS - 60)
    with pytest.raises(TooManyRequests) as limit:
        await here.accounts.spend_try(account.id)

    assert limit.value.retry_after == 60
    here.watch.advance(60)
    await here.accounts.spend_try(account.id)
    await here.accounts.forgive(account.id)
    for _ in range(MOST_TRIES):
        await here.accounts.spend_try(account.id)


async def test_the_tables_hold_neither_names_nor_secrets(here: Staff) -> None:
    account = await here.admit("subject-4711")
    invitation = await here.accounts.invite("Somebody Else", frozenset())

    async with here.storage.reading() as connection:
        kept = [
            repr(tuple(row))
            for table in (operators, operator_invitations)
            for row in await connection.execute(table.select())
        ]

    assert len(kept) == 3
    assert all(word not in row for row in kept for word in ("4711", "Name of", "Somebody", invitation))
    assert account.name == "Name of subject-4711"


async def test_names_and_factors_are_sealed_anew_when_the_key_rotates(here: Staff) -> None:
    old, new = bytes(32), bytes(range(32))
    here = Staff(here.storage, here.watch, Vault(old), here.finder)
    account = await here.admit()
    await here.factors.add(account.id, Factor("factor", "totp", b"shared", 1), alone=True)
    await here.accounts.invite("Later", frozenset())

    count = await reseal(here.storage, Vault(new, old), SEALED_COLUMNS)

    then = Staff(here.storage, here.watch, Vault(new), here.finder)
    assert count == 4, "two invitations, an operator and a factor"
    assert await then.accounts.find(account.id) == account
    assert [each.secret for each in await then.factors.of(account.id)] == [b"shared"]
