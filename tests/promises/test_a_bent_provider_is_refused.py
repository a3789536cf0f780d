"""Another provider that is not ours, bent through the attacks on OpenID Connect, is believed only while straight.

It shows that the attacks are refused for what they are, and not for how our own hostile provider writes them.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.errors import ProviderGarbled, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.oidc import OpenIdProvider
from gateway.identity.providers.oidc.kept import Ages
from tests.support.hostile_provider import CLIENT
from tests.support.node_providers import NodeProvider
from tests.support.openid import make_attempt, make_plate, make_provider, sent_back, sign_in

ALWAYS = Ages(fresh=0, cooldown=0, pause=0)


@asynccontextmanager
async def bent(alg: str = "RS256") -> AsyncIterator[tuple[NodeProvider, OpenIdProvider]]:
    async with NodeProvider.running("bent-provider.mjs", {"alg": alg, "client": CLIENT}) as node:
        provider = make_provider(node.issuer, make_plate(ignores=("amr", "scope")), ages=ALWAYS)
        try:
            yield node, provider
        finally:
            await provider.close()


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_while_it_is_straight_it_signs_people_in(alg: str) -> None:
    async with bent(alg) as (_, provider):
        evidence = await sign_in(provider)

        assert evidence.subject == "somebody"
        assert evidence.assurance is Assurance.HIGH


def attacks() -> dict[str, dict[str, Any]]:
    now = int(time.time())
    return {
        "issued in the future": {"claims": {"iat": now + 3600}},
        "issued long ago": {"claims": {"iat": now - 3600}},
        "expired": {"claims": {"exp": now - 600}},
        "not good yet": {"claims": {"nbf": now + 600}},
        "an expiry as text": {"claims": {"exp": str(now + 600)}},
        "another issuer": {"claims": {"iss": "https://evil.example"}},
        "another audience": {"claims": {"aud": "another"}},
        "several audiences": {"claims": {"aud": [CLIENT, "another"]}},
        "another authorised party": {"claims": {"azp": "another"}},
        "another nonce": {"claims": {"nonce": "another"}},
        "no nonce": {"claims": {"nonce": None}},
        "another access token's hash": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
        "no subject": {"claims": {"sub": None}},
        "a subject that turns letters round": {"claims": {"sub": "\u202eydobemos"}},
        "a number that no state issues": {"claims": {"cpr": "<b>010345570</b>"}},
        "a logout token": {"header": {"typ": "logout+jwt"}},
        "an access token": {"header": {"typ": "at+jwt"}},
        "an unknown key": {"header": {"kid": "unknown"}},
        "a compressed payload": {"header": {"zip": "DEF"}},
        "no ID token": {"answer": {"id_token": None}},
        "an ID token that is none": {"answer": {"id_token": "a.b.c"}},
        "a token of another kind": {"answer": {"token_type": "mac"}},
        "another issuer in the metadata": {"metadata": {"issuer": "https://evil.example"}},
        "keys at a cloud's own door": {"metadata": {"jwks_uri": "https://169.254.169.254/"}},
        "only the algorithm none": {"metadata": {"id_token_signing_alg_values_supported": ["none"]}},
        "a promise of iss that is not kept": {"metadata": {"authorization_response_iss_parameter_supported": True}},
        "another issuer in the response": {"back": {"iss": "https://evil.example"}},
    }


async def test_bent_in_any_way_it_is_not_believed() -> None:
    """O01, O03, O06, J06. Metadata is fetched each time, since the last good would hide what is bent."""
    async with bent() as (node, straight):
        await sign_in(straight)
        believed = []
        for name, attack in attacks().items():
            await node.bend(**attack)
            provider = make_provider(node.issuer)
            try:
                await sign_in(provider)
                believed.append(name)
            except ProviderGarbled:
                pass
            finally:
                await provider.close()

        assert believed == []
        await node.bend()
        assert (await sign_in(straight)).subject == "somebody"


@pytest.mark.parametrize(
    ("attack", "kind"),
    [
        ({"back": {"state": "another"}}, SignInError),
        ({"back": {"state": None}}, SignInError),
        ({"back": {"code": None}}, SignInError),
        ({"back": {"code": None, "error": "access_denied"}}, SignInRejected),
        ({"status": 400, "answer": {"error": "invalid_grant"}}, SignInError),
    ],
)
async def test_a_sign_in_that_it_ends_is_ended(attack: dict[str, Any], kind: type[SignInError]) -> None:
    """O02, O05."""
    async with bent() as (node, provider):
        await sign_in(provider)
        await node.bend(**attack)

        with pytest.raises(kind):
            await sign_in(provider)


async def test_a_level_and_an_age_that_it_ignores_are_noticed() -> None:
    """O01, O14."""
    async with bent() as (node, provider):
        fresh = make_attempt(max_age=60)
        assert (await sign_in(provider, fresh)).assurance is Assurance.HIGH

        await node.bend(claims={"acr": "mid"})
        assert (await sign_in(provider)).assurance is Assurance.SUBSTANTIAL
        for auth_time in (None, int(time.time()) - 3600):
            await node.bend(claims={"auth_time": auth_time})
            attempt = make_attempt(max_age=60)
            response = await sent_back((await provider.begin(attempt)).url)
            with pytest.raises(ProviderGarbled):
                await provider.complete(attempt, response)
