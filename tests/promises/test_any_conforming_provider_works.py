"""A provider that is not ours, certified and configured by a name plate alone, signs people in."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.errors import ProviderDown, ProviderLate
from gateway.identity.keys import SigningKey
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Attempt, Evidence
from gateway.identity.providers.oidc import OpenIdProvider
from tests.support.node_providers import Browser, NodeProvider, key_sets
from tests.support.openid import CALLBACK, Letters, disbelieved, make_attempt, make_plate, make_provider, utc
from tests.support.openid_keys import ProviderKey, make_key

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


def private_jwk(key: ProviderKey) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(jwt.get_algorithm_by_name(key.alg).to_jwk(key.private))
    members.pop("key_ops", None)
    return {**members, "kid": key.kid, "alg": key.alg, "use": "sig"}


def keys(generation: str) -> list[dict[str, Any]]:
    return [private_jwk(make_key(alg, f"{generation}-{alg}")) for alg in ALGORITHMS]


def client(alg: str, **more: Any) -> dict[str, Any]:
    return {
        "client_id": alg,
        "client_secret": "secret",
        "redirect_uris": [CALLBACK],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "id_token_signed_response_alg": alg,
        "require_auth_time": True,
        **more,
    }


@asynccontextmanager
async def certified(
    *, userinfo: bool = False, extra: list[dict[str, Any]] | None = None
) -> AsyncIterator[NodeProvider]:
    clients = [*map(client, ALGORITHMS), *(extra or [])]
    order = {"clients": clients, "jwks": key_sets(keys("first"), keys("second")), "userinfo": userinfo}
    async with NodeProvider.running("certified-provider.mjs", order) as provider:
        yield provider


def seventh(node: NodeProvider, alg: str, **options: str) -> OpenIdProvider:
    """The relying party, made of a name plate and two secrets."""
    plate = make_plate(scopes=("openid", "number"), algorithms=(alg,), timeout_ms=1500, options=options)
    return make_provider(node.issuer, plate, provider_secrets={"client_id": alg, "client_secret": "secret"})


async def sign_in(provider: OpenIdProvider, attempt: Attempt | None = None) -> Evidence:
    attempt = attempt or make_attempt(wanted=Assurance.SUBSTANTIAL)
    async with Browser.open() as browser:
        step = await provider.begin(attempt)
        return await provider.complete(attempt, await browser.sent_back(step.url))


async def test_it_signs_people_in_by_each_algorithm() -> None:
    async with certified() as node:
        for alg in ALGORITHMS:
            provider = seventh(node, alg)

            evidence = await sign_in(provider)

            assert evidence.subject == "somebody"
            assert evidence.issuer == node.issuer
            assert evidence.assurance is Assurance.HIGH
            assert evidence.identifier is not None
            assert evidence.identifier.value == "010345570"
            await provider.close()


async def test_its_claims_may_come_from_userinfo() -> None:
    async with certified(userinfo=True) as node:
        provider = seventh(node, "ES256", userinfo="yes")

        evidence = await sign_in(provider)

        assert evidence.identifier is not None
        await provider.close()


async def test_it_may_know_the_gateway_by_a_key_instead_of_a_secret() -> None:
    key = SigningKey.generate()
    known = client(
        "ES256",
        client_id="by-key",
        client_secret=None,
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [dict(key.jwk)]},
    )
    del known["client_secret"]
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    plate = make_plate(scopes=("openid", "number"), options={"client_auth": "private_key_jwt"})
    async with certified(extra=[known]) as node:
        provider = make_provider(node.issuer, plate, provider_secrets={"client_id": "by-key", "client_key": pem})

        evidence = await sign_in(provider)

        assert evidence.subject == "somebody"
        await provider.close()


async def test_a_recent_sign_in_is_asked_for_and_shown() -> None:
    async with certified() as node:
        provider = seventh(node, "ES256")
        before = int(time.time())

        evidence = await sign_in(provider, make_attempt(wanted=Assurance.HIGH, max_age=60))

        assert evidence.authenticated_at.timestamp() >= before
        await provider.close()


async def test_it_rotates_its_keys_and_the_next_sign_in_works() -> None:
    async with certified() as node:
        provider = seventh(node, "RS256")
        await sign_in(provider)

        await node.control("keys?set=1")

        assert (await sign_in(provider)).subject == "somebody"
        await provider.close()


async def test_while_it_is_down_that_is_said_and_afterwards_it_works_again() -> None:
    async with certified() as node:
        provider = seventh(node, "ES256")
        await node.control("down?on=yes")
        with pytest.raises(ProviderDown):
            await provider.begin(make_attempt())

        await node.control("down?on=no")
        await asyncio.sleep(1.1)  # a pause after each failure

        assert (await sign_in(provider)).subject == "somebody"
        await provider.close()


async def test_while_it_is_slow_nobody_waits_longer_than_the_plate_says() -> None:
    async with certified() as node:
        provider = seventh(node, "ES256")
        await node.control("slow?ms=20000")
        began = time.monotonic()

        with pytest.raises(ProviderLate):
            await provider.begin(make_attempt())

        assert time.monotonic() - began < 4
        await provider.close()


async def test_a_client_of_another_algorithm_than_the_plate_lists_is_not_believed() -> None:
    async with certified() as node:
        good, other = (
            seventh(node, "ES256"),
            make_provider(
                node.issuer,
                make_plate(scopes=("openid", "number"), algorithms=("PS256",)),
                provider_secrets={"client_id": "ES256", "client_secret": "secret"},
            ),
        )
        await sign_in(good)

        attempt = make_attempt()
        async with Browser.open() as browser:
            response = await browser.sent_back((await other.begin(attempt)).url)
        await disbelieved(other, "id_token_alg", attempt, response)

        await good.close()
        await other.close()


async def test_its_back_channel_logout_names_the_session_that_it_began() -> None:
    posted: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        posted.put_nowait({name: str(value) for name, value in (await request.post()).items()})
        return web.Response()

    app = web.Application()
    app.router.add_post("/auth/logout/seventh", receive)
    async with TestServer(app) as server:
        uri = str(server.make_url("/auth/logout/seventh"))
        more = {"backchannel_logout_uri": uri, "backchannel_logout_session_required": True}
        known = client("ES256", client_id="told", **more)
        async with certified(extra=[known]) as node, Browser.open() as browser:
            plate = make_plate(scopes=("openid", "number"))
            secrets = {"client_id": "told", "client_secret": "secret"}
            provider = OpenIdProvider(plate, {"issuer": node.issuer}, secrets, utc, Letters())
            attempt = make_attempt()
            evidence = await provider.complete(attempt, await browser.sent_back((await provider.begin(attempt)).url))

            page = await browser.get(f"{node.issuer}/session/end?client_id=told")
            token = re.search(r'name="xsrf" value="([^"]+)"', page)
            assert token is not None
            await browser.post(f"{node.issuer}/session/end/confirm", {"xsrf": token.group(1), "logout": "yes"})
            notice = await provider.logout_notice(await asyncio.wait_for(posted.get(), 5))

            assert evidence.provider_session is not None
            assert notice.session == evidence.provider_session
            assert notice.issuer == node.issuer
            await provider.close()
