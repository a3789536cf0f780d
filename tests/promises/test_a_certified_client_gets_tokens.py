"""A certified client that is not ours gets tokens in each way that there is, and uses them to the end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme

from gateway.oauth.client import Client
from gateway.schema import Country
from tests.support.entrance import PEOPLE
from tests.support.mutual_tls import mutual_tls, program_certificate
from tests.support.node_program import NodeProgram
from tests.support.programs import BACK, confidential, public
from tests.support.token_house import TokenHouse, token_house

ON_DEVICE = "http://127.0.0.1:51423/back"
SCOPE = "openid identity lookups:traffic-fines"
PROGRAM: dict[str, Any] = {"client_id": "om-port-app", "scopes": tuple(SCOPE.split())}
IT_IS_OVER = {"status": 400, "error": "invalid_grant"}


@dataclass
class Stranger:
    """The client, and the house that it comes to."""

    house: TokenHouse
    node: NodeProgram

    async def comes(self, client: Client, **how: Any) -> dict[str, Any]:
        """An operator admits it, and it finds its way; what it found."""
        await self.house.askers.admit(client)
        issuer = self.house.askers.issuer
        return await self.node.done("discover", issuer=issuer, client_id=client.client_id, **how)

    async def keyed(self, alg: str, **changes: Any) -> Client:
        """A program that proves itself by a key of the client's own making."""
        jwks = {"keys": [await self.node.done("key", alg=alg)]}
        return confidential(**PROGRAM, jwks=jwks, **changes)

    async def sent_back(self, **parameters: Any) -> str:
        """The address at which a person comes back who was asked and said yes."""
        asked = await self.node.done("ask", **{"redirect_uri": BACK, "scope": SCOPE, "pushed": True, **parameters})
        return (await self.house.sent_back(self.house.askers.browser(), asked["url"])).location

    async def tokens(self, **parameters: Any) -> dict[str, Any]:
        """All that a person's yes gives; the client has verified the answer's issuer and the ID token."""
        return await self.node.done("redeem", url=await self.sent_back(**parameters))

    async def lives_with_them(self, told: Mapping[str, Any]) -> None:
        """From the first call to the last: opens a door, asks who it is, renews, gives everything back."""
        assert told["expires_in"] == 300
        assert (await self.open())["status"] == 200
        person = await self.node.done("userinfo")
        number = dict(PEOPLE["bahraini-citizen"].identifiers)[Country.BH]
        assert (person["sub"], person["identifiers"][0]["value"]) == (told["claims"]["sub"], number)
        renewed = await self.node.done("refresh")
        assert renewed["refresh_token"] != told["refresh_token"]
        assert renewed["claims"]["sub"] == told["claims"]["sub"]
        assert (await self.open())["status"] == 200
        await self.node.done("revoke", token=renewed["refresh_token"])
        await self.house.soon_refused(renewed["access_token"])
        assert (await self.open())["status"] == 401
        assert IT_IS_OVER.items() <= (await self.node.do("refresh")).items()

    async def tells(self, told: Mapping[str, Any]) -> None:
        """What a program that can prove who it is may ask about its tokens."""
        claims, access = told["claims"], jwt.decode(told["access_token"], options={"verify_signature": False})
        about = await self.node.done("introspect", token=told["access_token"])
        assert about["active"]
        assert (about["sub"], about["cnf"], about["exp"]) == (claims["sub"], access["cnf"], access["exp"])
        assert (await self.node.done("introspect", token=told["refresh_token"]))["active"]
        assert await self.node.done("introspect", token="no token of anybody") == {"active": False}

    async def open(self) -> dict[str, Any]:
        """What the gateway's own door answers to the token that the client holds."""
        return await self.node.do("open", path="/v1/me")


@asynccontextmanager
async def visited(folder: Path, storage_url: str | None = None, **more: Any) -> AsyncIterator[Stranger]:
    async with (
        token_house(folder, storage_url, rooms=("bahrain",), **more) as house,
        NodeProgram.running("certified-program.mjs") as node,
    ):
        yield Stranger(house, node)


@pytest.fixture
async def stranger(tmp_path: Path) -> AsyncIterator[Stranger]:
    async with visited(tmp_path) as stranger:
        yield stranger


async def test_a_program_on_a_device_asks_by_the_code_alone(stranger: Stranger) -> None:
    """Code with PKCE, at a port of its own choosing (RFC 8252, 7.3), the tokens bound to a key of the device."""
    await stranger.comes(public(client_id="om-pocket", scopes=PROGRAM["scopes"]), dpop="ES256")

    told = await stranger.tokens(redirect_uri=ON_DEVICE, pushed=False)

    assert told["token_type"] == "dpop"
    await stranger.lives_with_them(told)


@pytest.mark.parametrize("alg", ["ES256", "PS256", "Ed25519"])
async def test_a_program_with_keys_pushes_what_it_asks(stranger: Stranger, alg: str) -> None:
    """PAR with ``private_key_jwt``, in every algorithm that both sides know."""
    await stranger.comes(await stranger.keyed(alg), dpop=alg)

    told = await stranger.tokens()

    await stranger.tells(told)
    await stranger.lives_with_them(told)


@pytest.mark.parametrize("way", ["by an authority", "by itself", "bound alone"])
async def test_a_program_shows_its_certificate(tmp_path: Path, way: str) -> None:
    """Mutual TLS (RFC 8705), found by the aliases in the discovery document: as proof of the program and of its tokens,
    or of its tokens alone while a key proves the program.
    """
    authority = trustme.CA()
    shown = program_certificate(authority)
    ways: dict[str, dict[str, Any]] = {
        "by an authority": {"auth_method": "tls_client_auth", "certificate_subject": shown.subject},
        "by itself": {"auth_method": "self_signed_tls_client_auth", "certificate_thumbprints": (shown.thumbprint,)},
    }
    with mutual_tls(tmp_path, authority) as settings:
        async with visited(tmp_path, **settings) as stranger:
            if way in ways:
                client = confidential(**PROGRAM, jwks=None, sender="mtls", **ways[way])
            else:
                client = await stranger.keyed("ES256", sender="mtls")
            card = {"ca": shown.authority, "cert": shown.certificate, "key": shown.key}
            await stranger.comes(client, card=card)

            told = await stranger.tokens()

            access = jwt.decode(told["access_token"], options={"verify_signature": False})
            assert (told["token_type"], access["cnf"]) == ("bearer", {"x5t#S256": shown.thumbprint})
            assert not await stranger.house.works(told["access_token"])
            await stranger.tells(told)
            await stranger.lives_with_them(told)


@pytest.mark.parametrize("skew", [0, -3_600])
async def test_a_program_keeps_to_the_whole_profile(tmp_path: Path, storage_url: str, skew: int) -> None:
    """FAPI 2.0 Security Profile: PAR, ``private_key_jwt``, DPoP with our nonces, whatever the clock of its key says."""
    async with visited(tmp_path, storage_url, oauth={"dpop_nonces": True}) as stranger:
        found = await stranger.comes(await stranger.keyed("PS256"), dpop="ES256", skew=skew)
        assert found["authorization_response_iss_parameter_supported"]

        told = await stranger.tokens(max_age=3_600, acr_values="substantial", prompt="consent")

        assert told["token_type"] == "dpop"
        assert told["claims"]["acr"] == "substantial"
        await stranger.tells(told)
        await stranger.lives_with_them(told)


async def test_it_understands_what_goes_wrong(stranger: Stranger) -> None:
    """A code that is used twice, and a person who says no."""
    await stranger.comes(await stranger.keyed("ES256"), dpop="ES256")
    back = await stranger.sent_back()
    first = await stranger.node.done("redeem", url=back)

    again = await stranger.node.do("redeem", url=back)

    assert IT_IS_OVER.items() <= again.items()
    await stranger.house.soon_refused(first["access_token"])
    assert IT_IS_OVER.items() <= (await stranger.node.do("refresh")).items()
    asked = await stranger.node.done("ask", redirect_uri=BACK, scope=SCOPE, pushed=True, prompt="consent")
    browser = stranger.house.askers.browser()
    page = await stranger.house.askers.consent_page(browser, asked["url"])
    refused = await stranger.house.askers.answer(browser, page, "deny")
    assert (await stranger.node.do("redeem", url=refused.location))["error"] == "access_denied"
