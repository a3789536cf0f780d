"""A grant is what the person said, kept from every eye, and over on every worker at the moment that it is revoked."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.app.sealed import SEALED_COLUMNS
from gateway.errors import OAuthError
from gateway.identity.principal import Assurance, Principal
from gateway.identity.resealing import reseal
from gateway.identity.vault import Vault
from gateway.oauth.grant import AuthorizationGrant
from gateway.schema import Country
from gateway.storage.oauth_tables import oauth_grants
from tests.support.grants import Desk, desks
from tests.support.people import CIVIL, CPR


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    async with desks(storage_url) as both:
        yield both


async def is_over(desk: Desk, grant_id: str) -> bool:
    """Whether the grant is one that nobody finds."""
    try:
        await desk.grants.find(grant_id)
    except OAuthError as problem:
        if problem.code != "invalid_grant":
            raise
        return True
    return False


async def test_a_grant_is_found_on_every_worker_as_it_was_given(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    given = await one.grant()

    assert await two.grants.find(given.id) == given


async def test_a_revoked_grant_is_over_everywhere_and_so_are_its_access_tokens(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    given, other = await one.grant(), await one.grant()
    await two.grants.revoke(given.id)
    await one.revocations.refresh()

    assert await is_over(one, given.id)
    assert await is_over(two, given.id)
    assert one.revocations.check("a token", given.id, given.client_id)
    assert not await is_over(one, other.id)
    assert not one.revocations.check("a token", other.id, other.client_id)


async def test_a_grant_ends_by_itself(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    given = await one.grant(expires_at=int(one.hands.now) + 60)
    one.hands.now += 59
    assert not await is_over(one, given.id)
    one.hands.now += 2

    assert await is_over(one, given.id)


async def test_signing_out_ends_what_came_of_it_but_for_what_was_to_outlive_it(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    bound = await one.grant()
    offline = await one.grant(scopes=("offline_access", "openid"))
    elsewhere = await one.grant(session="another sign-in")
    ended = await two.grants.revoke_session("session-of-that-person")

    assert [grant.id for grant in ended] == [bound.id]
    assert await is_over(one, bound.id)
    assert not await is_over(one, offline.id)
    assert not await is_over(one, elsewhere.id)


async def test_a_person_ends_one_programs_grants_or_all(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    first, other = await one.grant(), await one.grant(client_id="bh-pocket")
    strangers = await one.grant(person="somebody else")

    assert [each.id for each in await two.grants.revoke_person(first.person, "kw-moi-app")] == [first.id]
    assert not await is_over(one, other.id)
    assert [each.id for each in await two.grants.revoke_person(first.person)] == [other.id]
    assert not await is_over(one, strangers.id)


async def test_the_table_shows_no_number_of_the_person(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    await one.grant()
    async with one.storage.reading() as connection:
        row = (await connection.execute(select(oauth_grants))).one()

    for number in (CPR, CIVIL):
        assert number.value not in str(row).replace("\\x", "")
        assert number.value.encode() not in row.sealed


async def test_a_grant_is_made_of_a_sign_in(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    principal = Principal(
        subject="person",
        identifiers={Country.BH: CPR},
        home=Country.BH,
        assurance=Assurance.SUBSTANTIAL,
        client="portal",
        scopes=frozenset({"lookups"}),
        countries=None,
        token_id="session",
        expires_at=datetime.fromtimestamp(one.hands.now + 60, UTC),
        session="session",
        authenticated_at=datetime.fromtimestamp(1_700_000_000, UTC),
    )
    grant = AuthorizationGrant.of(
        principal,
        "kw-moi-app",
        scopes=["openid", "lookups:traffic-fines", "openid"],
        purposes=["service_delivery"],
        claims=[],
        countries=[Country.KW],
        now=one.hands.now,
        expires_at=int(one.hands.now) + 60,
    )

    assert grant.scopes == ("lookups:traffic-fines", "openid")
    assert (grant.session, grant.authenticated_at, grant.countries) == ("session", 1_700_000_000, (Country.KW,))
    holder = grant.holder()
    assert (holder.subject, holder.session, holder.identifiers) == ("person", grant.id, {Country.BH: CPR})


async def test_a_grant_outlives_the_vaults_key(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    given, new_key = await one.grant(), os.urandom(32)
    one.hands.vault.adopt(Vault(new_key, one.hands.vault_key))

    assert await reseal(one.storage, one.hands.vault, SEALED_COLUMNS) == 1
    one.hands.vault.adopt(Vault(new_key))
    assert await two.grants.find(given.id) == given
