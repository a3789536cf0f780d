"""A code is good for a minute, once, for its own program, and with the verifier that it was asked with (O04, O05)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from gateway.errors import OAuthError
from gateway.identity.keys import base64url
from gateway.oauth.codes import Redeemed, answers, is_challenge
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant
from gateway.storage.oauth_tables import oauth_codes
from tests.support.grants import Desk, desks
from tests.support.programs import BACK

VERIFIER = "a-verifier-of-forty-three-characters-or-more_"
CHALLENGE = base64url(hashlib.sha256(VERIFIER.encode()).digest())
KEY = Confirmation("jkt", "thumbprint-of-a-key")


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    async with desks(storage_url) as both:
        yield both


async def asked(desk: Desk, **changes: Any) -> tuple[AuthorizationGrant, str]:
    """A grant and its code."""
    grant = await desk.grant()
    return grant, await desk.codes.issue(grant.id, "kw-moi-app", BACK, CHALLENGE, **changes)


async def redeemed(desk: Desk, code: str, **changes: Any) -> Redeemed | None:
    """What the code gives; nothing where it is refused."""
    values = {"client_id": "kw-moi-app", "redirect_uri": BACK, "verifier": VERIFIER} | changes
    try:
        return await desk.codes.redeem(code, **values)
    except OAuthError as problem:
        if problem.code != "invalid_grant":
            raise
        return None


async def living(desk: Desk, grant: AuthorizationGrant) -> bool:
    """Whether the grant is in force."""
    try:
        return bool(await desk.grants.find(grant.id))
    except OAuthError:
        return False


async def test_a_code_is_redeemed_on_another_worker(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant, code = await asked(one, nonce="n-1")

    assert await redeemed(two, code) == Redeemed(grant_id=grant.id, nonce="n-1")
    assert await living(one, grant)


async def test_a_second_use_ends_what_the_first_was_given(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant, code = await asked(one)
    assert await redeemed(one, code)

    assert await redeemed(two, code) is None
    await one.revocations.refresh()
    assert not await living(one, grant)
    assert one.revocations.check("its access token", grant.id, "kw-moi-app")


async def test_a_second_use_half_an_hour_later_still_ends_it(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant, code = await asked(one)
    assert await redeemed(one, code)
    one.hands.now += 1800
    await asked(two)

    assert await redeemed(two, code) is None
    assert not await living(one, grant)


async def test_of_many_at_once_one_wins_and_the_others_end_it(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant, code = await asked(one)
    answers = await asyncio.gather(*(redeemed(desk, code) for desk in (one, two) * 5))

    assert sum(answer is not None for answer in answers) == 1
    assert not await living(one, grant)


async def test_a_code_is_over_after_a_minute(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    (_, early), (_, late) = await asked(one), await asked(one)
    one.hands.now += 59
    assert await redeemed(one, early)
    one.hands.now += 2

    assert await redeemed(one, late) is None


@pytest.mark.parametrize(
    "verifier",
    [
        None,
        "",
        CHALLENGE,
        VERIFIER[:-1],
        VERIFIER + "x",
        VERIFIER.upper(),
        "short",
        "x" * 200,
        "n" * 42 + "\n",
        "é" * 43,
    ],
)
async def test_without_the_verifier_a_code_is_worth_nothing_and_then_to_nobody(
    workers: tuple[Desk, Desk], verifier: str | None
) -> None:
    one, two = workers
    grant, code = await asked(one)

    assert await redeemed(one, code, verifier=verifier) is None
    assert await redeemed(two, code) is None
    assert not await living(two, grant)


@pytest.mark.parametrize("uri", [None, "", BACK + "/", BACK + "?a=b", BACK.upper(), "https://evil.example/back"])
async def test_the_address_must_be_the_one_asked_with(workers: tuple[Desk, Desk], uri: str | None) -> None:
    one, _ = workers
    _, code = await asked(one)

    assert await redeemed(one, code, redirect_uri=uri) is None


async def test_another_programs_try_spends_nothing(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    grant, code = await asked(one)

    assert await redeemed(two, code, client_id="bh-pocket") is None
    assert await redeemed(two, code) == Redeemed(grant_id=grant.id, nonce=None)


async def test_a_code_that_was_asked_with_a_key_needs_that_key(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    (_, good), *bad = [await asked(one, confirmation=KEY) for _ in range(4)]
    others = (None, Confirmation("jkt", "another"), Confirmation("x5t#S256", KEY.value))

    assert await redeemed(two, good, confirmation=KEY)
    for (_, code), other in zip(bad, others, strict=True):
        assert await redeemed(two, code, confirmation=other) is None


async def test_an_unknown_code_is_refused(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers

    for code in ("", "x", "é", "x" * 10_000):
        assert await redeemed(one, code) is None


async def test_the_table_holds_no_code_that_could_be_used(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    _, code = await asked(one, nonce="n-of-the-program")
    async with one.storage.reading() as connection:
        row = (await connection.execute(select(oauth_codes))).one()

    assert code not in str(row)
    for secret in (code, CHALLENGE, "n-of-the-program"):
        assert secret.encode() not in row.sealed


async def test_codes_are_swept_away_an_hour_later(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    await asked(one)
    one.hands.now += 3700
    await asked(one)
    async with one.storage.reading() as connection:
        assert len((await connection.execute(select(oauth_codes))).all()) == 1


def test_a_challenge_is_that_of_s256_alone() -> None:
    # RFC 7636, appendix B.
    assert answers("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    assert not answers(VERIFIER, VERIFIER)
    assert is_challenge(CHALLENGE)
    assert not any(is_challenge(text) for text in ("", VERIFIER, CHALLENGE + "=", CHALLENGE[:-1] + "+"))
