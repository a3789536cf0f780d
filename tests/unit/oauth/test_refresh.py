"""A refresh token is good once; one that comes back ends all that came of its grant (T28)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from gateway.errors import OAuthError
from gateway.identity.vault import Finder
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant
from gateway.oauth.refresh import GRACE, LIFE
from gateway.storage.oauth_tables import oauth_refresh_tokens
from tests.support.grants import Desk, desks
from tests.support.programs import confidential, public

AGENCY_APP, POCKET_APP = confidential(), public()
KEY, OTHER_KEY = Confirmation("jkt", "key-of-the-telephone"), Confirmation("jkt", "key-of-a-thief")


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    async with desks(storage_url) as both:
        yield both


async def begun(desk: Desk, client: Client = AGENCY_APP, key: Confirmation | None = KEY) -> tuple[str, str]:
    """The id of a new grant of the program, and its first refresh token."""
    grant = await desk.grant(client_id=client.client_id)
    return grant.id, await desk.refresh_tokens.issue(grant, client, key)


async def turned(
    desk: Desk, token: str, client: Client = AGENCY_APP, key: Confirmation | None = KEY
) -> tuple[AuthorizationGrant, str] | None:
    """What the token gives; nothing where it is refused."""
    try:
        return await desk.refresh_tokens.rotate(token, client, key)
    except OAuthError as problem:
        if problem.code != "invalid_grant":
            raise
        return None


async def next_of(desk: Desk, token: str, client: Client = AGENCY_APP, key: Confirmation | None = KEY) -> str:
    """The token that takes the place of a good one."""
    answer = await turned(desk, token, client, key)
    assert answer is not None
    return answer[1]


async def living(desk: Desk, grant_id: str) -> bool:
    """Whether the grant is in force."""
    try:
        return bool(await desk.grants.find(grant_id))
    except OAuthError:
        return False


async def test_each_token_gives_way_to_the_next_on_whichever_worker(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, token = await begun(one)
    seen = {token}
    for desk in (two, one, two):
        one.hands.now += 300
        token = await next_of(desk, token)
        seen.add(token)

    assert len(seen) == 4
    assert await living(two, grant_id)


async def test_one_that_was_used_ends_the_grant_and_its_successors(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, stolen = await begun(one)
    newest = await next_of(one, stolen)
    one.hands.now += GRACE + 1

    assert await turned(two, stolen) is None
    await one.revocations.refresh()
    assert not await living(one, grant_id)
    assert one.revocations.check("an access token", grant_id, "kw-moi-app")
    assert await turned(one, newest) is None


async def test_a_used_one_is_known_however_many_came_after(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, stolen = await begun(one)
    newest = stolen
    for _ in range(5):
        newest = await next_of(one, newest)
        one.hands.now += 86_400
    async with one.storage.reading() as connection:
        kept = (await connection.execute(select(func.count()).select_from(oauth_refresh_tokens))).scalar_one()

    assert kept == 2
    assert await turned(two, stolen) is None
    assert not await living(one, grant_id)
    assert await turned(one, newest) is None


async def test_a_lost_answer_may_be_asked_for_again_by_the_same_key(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    for client in (AGENCY_APP, POCKET_APP):
        grant_id, token = await begun(one, client)
        await next_of(one, token, client)
        one.hands.now += GRACE
        again = await next_of(two, token, client)

        assert await living(one, grant_id)
        one.hands.now += 60
        assert await next_of(one, again, client)


@pytest.mark.parametrize("key", [None, OTHER_KEY, Confirmation("x5t#S256", KEY.value)])
async def test_a_thief_without_the_key_gets_nothing_and_ends_nothing(
    workers: tuple[Desk, Desk], key: Confirmation | None
) -> None:
    one, two = workers
    grant_id, token = await begun(one, POCKET_APP)

    assert await turned(two, token, POCKET_APP, key) is None
    assert await living(one, grant_id)
    assert await turned(one, token, POCKET_APP)


async def test_a_thief_with_a_used_one_ends_the_grant_at_once(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, token = await begun(one, POCKET_APP)
    await next_of(one, token, POCKET_APP)

    assert await turned(two, token, POCKET_APP, OTHER_KEY) is None
    assert not await living(one, grant_id)


async def test_one_that_is_bound_to_nothing_has_no_second_chance(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, token = await begun(one, POCKET_APP, None)
    await next_of(one, token, POCKET_APP, None)

    assert await turned(two, token, POCKET_APP, None) is None
    assert not await living(one, grant_id)


async def test_of_many_at_once_a_bare_one_is_good_for_one(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, token = await begun(one, POCKET_APP, None)
    answers = await asyncio.gather(*(turned(desk, token, POCKET_APP, None) for desk in (one, two) * 4))

    assert sum(answer is not None for answer in answers) == 1
    assert not await living(one, grant_id)


async def test_a_confidential_program_may_renew_its_key(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    _, token = await begun(one, AGENCY_APP, KEY)

    assert await turned(two, token, AGENCY_APP, OTHER_KEY)


async def test_another_programs_try_spends_nothing(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant_id, token = await begun(one)

    assert await turned(two, token, confidential(client_id="om-other-app")) is None
    assert await living(one, grant_id)
    assert await turned(two, token)


async def test_a_made_up_one_ends_nothing(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    grant_id, token = await begun(one)
    secret, tag = token.split(".")[1:]
    forged = Finder(bytes(range(32))).of("refresh token", grant_id, secret)[:32]
    unknown = (
        f"{grant_id}.{secret}.{forged}",
        f"{grant_id}.x.{tag}",
        f"{grant_id}..",
        grant_id,
        "",
        "..",
        "é",
        token[:-1],
    )

    for made_up in unknown:
        assert await turned(one, made_up) is None
        assert await living(one, grant_id)


async def test_a_month_without_use_ends_it_and_so_does_the_grants_end(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    _, long = await begun(one)
    short = await one.grant(expires_at=int(one.hands.now) + 60)
    brief = await one.refresh_tokens.issue(short, AGENCY_APP, None)
    assert await one.refresh_tokens.is_live(brief) == short.expires_at
    assert await one.refresh_tokens.is_live(long) == int(one.hands.now) + LIFE

    one.hands.now += 61
    assert await turned(one, brief) is None
    one.hands.now += LIFE
    assert await turned(one, long) is None


async def test_the_table_holds_no_token_that_could_be_used(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    _, token = await begun(one)
    async with one.storage.reading() as connection:
        row = (await connection.execute(select(oauth_refresh_tokens))).one()

    assert not any(part in str(row) for part in token.split(".")[1:])
