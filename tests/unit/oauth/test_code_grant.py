"""How often tokens may be had for one person is limited, and who asks too often loses nothing by it."""

import os
from collections.abc import AsyncIterator

import pytest

from gateway.errors import OAuthError, TooManyRequests
from gateway.identity.keys import KeyRing, SigningKey
from gateway.identity.seal import IdentifierSeal
from gateway.identity.tokens import TokenMint
from gateway.oauth.code_grant import RefreshGrant
from gateway.oauth.id_tokens import IdTokens
from gateway.oauth.pairwise import Pairwise
from gateway.oauth.tokens import TokenIssuer
from tests.support.grants import Desk, desks
from tests.support.programs import confidential

ISSUER = "https://bawaba.example"


class Purse:
    """So many tokens for each person."""

    def __init__(self, each: int) -> None:
        self.each = each
        self.spent: list[str] = []

    def spend(self, person: str) -> None:
        if self.spent.count(person) >= self.each:
            raise TooManyRequests(retry_after=1.0)
        self.spent.append(person)


@pytest.fixture
async def desk(storage_url: str) -> AsyncIterator[Desk]:
    async with desks(storage_url) as (desk, _):
        yield desk


def refreshing(desk: Desk, purse: Purse) -> RefreshGrant:
    """The grant type at that desk."""
    ring = KeyRing(SigningKey.generate())
    mint = TokenMint(ring, IdentifierSeal(os.urandom(32)), issuer=ISSUER, audience=ISSUER, clock=desk.hands.clock)
    id_tokens = IdTokens(ring, Pairwise(desk.hands.finder), issuer=ISSUER, clock=desk.hands.clock)
    issuer = TokenIssuer(mint, desk.refresh_tokens, id_tokens, desk.hands.clock)
    return RefreshGrant(desk.refresh_tokens, issuer, purse.spend)


async def test_who_asks_too_often_for_a_person_is_told_to_wait_and_keeps_the_token(desk: Desk) -> None:
    purse, client, grant = Purse(1), confidential(), await desk.grant()
    refreshes = refreshing(desk, purse)
    first = await desk.refresh_tokens.issue(grant, client, None)
    second = (await refreshes(client, {"refresh_token": first}, None)).document["refresh_token"]

    with pytest.raises(TooManyRequests):
        await refreshes(client, {"refresh_token": second}, None)
    purse.each = 2
    assert (await refreshes(client, {"refresh_token": second}, None)).document["refresh_token"] != second
    assert purse.spent == [grant.person] * 2


async def test_who_asks_too_widely_is_refused_and_keeps_the_token(desk: Desk) -> None:
    purse, client, grant = Purse(9), confidential(), await desk.grant()
    refreshes = refreshing(desk, purse)
    token = await desk.refresh_tokens.issue(grant, client, None)

    for scope in ("lookups", "openid lookups", " "):
        with pytest.raises(OAuthError) as refused:
            await refreshes(client, {"refresh_token": token, "scope": scope}, None)
        assert refused.value.code == "invalid_scope"
    assert (await refreshes(client, {"refresh_token": token, "scope": "openid"}, None)).document["scope"] == "openid"
