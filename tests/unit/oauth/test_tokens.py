"""What a grant gives lives no longer than the grant, allows no more, and is refused rather than made too large."""

import os
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest

from gateway.errors import OAuthError
from gateway.identity.keys import KeyRing, SigningKey
from gateway.identity.seal import IdentifierSeal
from gateway.identity.tokens import TokenMint
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.id_tokens import IdTokens
from gateway.oauth.pairwise import Pairwise
from gateway.oauth.tokens import TokenIssuer
from gateway.schema import Country
from tests.support.grants import Desk, desks
from tests.support.programs import confidential

ISSUER = "https://bawaba.example"


@pytest.fixture
async def desk(storage_url: str) -> AsyncIterator[Desk]:
    async with desks(storage_url) as (desk, _):
        yield desk


def issuer(desk: Desk) -> TokenIssuer:
    """Who makes the tokens at that desk."""
    hands, ring = desk.hands, KeyRing(SigningKey.generate())
    mint = TokenMint(ring, IdentifierSeal(os.urandom(32)), issuer=ISSUER, audience=ISSUER, clock=hands.clock)
    id_tokens = IdTokens(ring, Pairwise(hands.finder), issuer=ISSUER, clock=hands.clock)
    return TokenIssuer(mint, desk.refresh_tokens, id_tokens, hands.clock)


def claims(token: str) -> dict[str, Any]:
    """What an access token says."""
    said: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return said


async def test_an_access_token_carries_what_was_granted(desk: Desk) -> None:
    grant = await desk.grant(countries=(Country.KW,))
    key = Confirmation("jkt", "A" * 43)
    issued = await issuer(desk).begin(grant, confidential(), key)
    said = claims(issued.document["access_token"])

    assert (said["sid"], said["sub"], said["client_id"]) == (grant.id, grant.person, "kw-moi-app")
    assert (said["scope"], said["purposes"], said["countries"]) == (
        "lookups:traffic-fines openid",
        ["service_delivery"],
        ["KW"],
    )
    assert said["cnf"] == {"jkt": "A" * 43}
    assert (issued.document["token_type"], issued.document["expires_in"]) == ("DPoP", 300)


async def test_it_ends_with_the_grant(desk: Desk) -> None:
    now = int(desk.hands.now)
    issued = await issuer(desk).begin(await desk.grant(expires_at=now + 40), confidential(), None)

    assert claims(issued.document["access_token"])["exp"] == now + 40
    assert issued.document["expires_in"] == 40


async def test_a_program_that_is_not_registered_for_them_gets_no_refresh_token(desk: Desk) -> None:
    issued = await issuer(desk).begin(await desk.grant(), confidential(grants=("authorization_code",)), None)

    assert "refresh_token" not in issued.document


async def test_a_grant_too_wide_for_a_token_is_refused_as_such(desk: Desk) -> None:
    wide = await desk.grant(scopes=tuple(f"lookups:service-of-the-number-{number}" for number in range(150)))

    with pytest.raises(OAuthError) as refused:
        await issuer(desk).begin(wide, confidential(), None)
    assert refused.value.code == "invalid_scope"
