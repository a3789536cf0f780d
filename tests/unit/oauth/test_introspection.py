"""A token is told of to its own program, and to a resource server by the name that its agency knows the person by."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.identity.keys import KeyRing, SigningKey
from gateway.identity.seal import IdentifierSeal
from gateway.identity.tokens import TokenMint
from gateway.identity.verifier import TokenVerifier
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.introspection import INTROSPECTION, Introspection
from gateway.oauth.pairwise import Pairwise
from gateway.oauth.revoking import Revoking
from tests.support.grants import Desk, desks
from tests.support.programs import confidential

ISSUER, AUDIENCE = "https://bawaba.example", "https://bawaba.example/v1"
OWN = confidential()
OTHER = confidential(client_id="om-other", agency="om-labour")
SERVER = confidential(client_id="sa-resource", agency="sa-interior", scopes=(INTROSPECTION,))
INACTIVE = {"active": False}
KEY = Confirmation("jkt", "A" * 43)


@dataclass
class Counter:
    """One worker's introspection, with the mint of the tokens."""

    desk: Desk

    def __post_init__(self) -> None:
        desk, ring, seal = self.desk, KeyRing(SigningKey.generate()), IdentifierSeal(os.urandom(32))
        clock: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "clock": desk.hands.clock}
        self.mint = TokenMint(ring, seal, **clock)
        verifier = TokenVerifier(ring, seal, revoked=desk.revocations, **clock)
        self.pairwise = Pairwise(desk.hands.finder)
        self.introspection = Introspection(
            verifier, desk.refresh_tokens, self.pairwise, issuer=ISSUER, audience=AUDIENCE
        )
        self.revoking = Revoking(verifier, desk.refresh_tokens, desk.grants, desk.revocations)

    async def given(self) -> tuple[str, str]:
        """An access token of a person and a refresh token, both of the same program."""
        grant = await self.desk.grant()
        access = self.mint.mint(
            grant.holder(), client=OWN.client_id, scopes=grant.scopes, confirmation=KEY, purposes=grant.purposes
        )
        return access, await self.desk.refresh_tokens.issue(grant, OWN, KEY)

    async def told(self, client: Client, token: str) -> dict[str, Any]:
        return dict(await self.introspection.tell(client, token))


@pytest.fixture
async def counter(storage_url: str) -> AsyncIterator[Counter]:
    async with desks(storage_url) as (desk, _):
        yield Counter(desk)


async def test_its_own_program_is_told_all_that_the_token_is_good_for(counter: Counter) -> None:
    access, refresh = await counter.given()
    now = int(counter.desk.hands.now)
    told = await counter.told(OWN, access)

    assert told.pop("jti")
    assert told == {
        "active": True,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "client_id": "kw-moi-app",
        "sub": counter.pairwise.of(OWN, "person-of-two-states"),
        "scope": "lookups:traffic-fines openid",
        "exp": now + 300,
        "acr": "high",
        "auth_time": now - 30,
        "purposes": ["service_delivery"],
        "token_type": "DPoP",
        "cnf": {"jkt": "A" * 43},
    }
    assert (await counter.told(OWN, refresh))["active"] is True


async def test_a_resource_server_is_told_of_access_tokens_alone(counter: Counter) -> None:
    access, refresh = await counter.given()
    told = await counter.told(SERVER, access)

    assert (told["active"], told["client_id"]) == (True, "kw-moi-app")
    assert told["sub"] == counter.pairwise.of(SERVER, "person-of-two-states")
    assert told["sub"] != (await counter.told(OWN, access))["sub"]
    assert await counter.told(SERVER, refresh) == INACTIVE


async def test_a_programs_own_token_is_told_of_without_a_person(counter: Counter) -> None:
    token = counter.mint.mint_program(client="kw-moi-app", scopes=["exchange"], confirmation=KEY)
    told = await counter.told(OWN, token)

    assert (told["sub"], told["client_id"], told["scope"]) == ("kw-moi-app", "kw-moi-app", "exchange")
    assert not {"acr", "auth_time", "purposes"} & told.keys()


async def test_whatever_is_not_good_or_not_theirs_is_inactive_and_no_more(counter: Counter) -> None:
    access, refresh = await counter.given()
    revoked, spent = await counter.given()
    await counter.revoking.revoke(OWN, revoked)
    await counter.desk.refresh_tokens.rotate(spent, OWN, KEY)

    for client, token in (
        *((OTHER, token) for token in (access, refresh)),
        *((OWN, token) for token in (revoked, spent, access[:-1], "x", "", "a.b.c", refresh + "x", "é" * 9)),
    ):
        assert await counter.told(client, token) == INACTIVE
    counter.desk.hands.now += 400
    assert await counter.told(OWN, access) == INACTIVE


async def test_a_token_given_back_is_over_and_anothers_is_let_be(counter: Counter) -> None:
    access, refresh = await counter.given()
    for token in (access, refresh, "x"):
        assert await counter.revoking.revoke(OTHER, token) is None
    assert (await counter.told(OWN, access))["active"]
    assert (await counter.told(OWN, refresh))["active"]

    ended = await counter.revoking.revoke(OWN, refresh)
    assert ended is not None
    for token in (access, refresh):
        assert await counter.told(OWN, token) == INACTIVE
