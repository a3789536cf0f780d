"""A second client that is not ours, Authlib in Python, gets tokens and verifies them as the first one does."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import trustme
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from gateway.web.oauth.discovery import DiscoveryPages
from tests.support.mutual_tls import Shown, mutual_tls, program_certificate
from tests.support.programs import BACK, confidential, public
from tests.support.token_house import TokenHouse, token_house

ON_DEVICE = "http://127.0.0.1:51424/back"
SCOPE = "openid identity lookups:traffic-fines"


@dataclass
class Second:
    """The client, and the house that it comes to; it waits for each answer in a thread of its own."""

    house: TokenHouse
    session: OAuth2Session
    metadata: Mapping[str, Any]

    async def sent_back(self, address: str) -> str:
        """Where a person comes back who said yes."""
        return (await self.house.sent_back(self.house.askers.browser(), address)).location

    async def do(self, deed: str, *given: Any, **named: Any) -> Any:
        """One of the session's own methods, and what came of it."""
        return await asyncio.to_thread(getattr(self.session, deed), *given, **named)

    async def told(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of an ID token, verified with the keys that are published."""
        published = await self.do("get", self.metadata["jwks_uri"], withhold_token=True)
        keys = KeySet.import_key_set(published.json())
        read = jwt.decode(token["id_token"], keys, algorithms=self.metadata["id_token_signing_alg_values_supported"])
        claims = CodeIDToken(
            read.claims,
            read.header,
            {"iss": {"value": self.metadata["issuer"]}, "aud": {"value": self.session.client_id}},
            {"nonce": nonce, "client_id": self.session.client_id, "access_token": token["access_token"]},
        )
        claims.validate()
        return dict(claims)


async def second(house: TokenHouse, session: OAuth2Session) -> Second:
    """Comes with what the discovery document says."""
    address = get_well_known_url(house.askers.issuer, external=True)
    found = await asyncio.to_thread(session.get, address, withhold_token=True)
    return Second(house, session, found.json())


def by_key(client_id: str, key: ECKey, shown: Shown, folder: Path, issuer: str) -> OAuth2Session:
    """A program that proves itself by a key, and has its tokens bound to its certificate."""
    session = OAuth2Session(
        client_id,
        key,
        token_endpoint_auth_method="private_key_jwt",
        revocation_endpoint_auth_method="private_key_jwt",
        scope=SCOPE,
        redirect_uri=BACK,
        code_challenge_method="S256",
    )
    files = {name: folder / f"program-{name}.pem" for name in ("certificate", "key")}
    for name, path in files.items():
        path.write_text(getattr(shown, name), "ascii")
    session.cert = (str(files["certificate"]), str(files["key"]))
    session.verify = str(folder / "authority.pem")
    # The environment's authorities would take the place of these.
    session.trust_env = False
    session.register_client_auth_method(Brief(issuer, alg="ES256"))
    return session


class Brief(PrivateKeyJWT):  # type: ignore[misc]
    """Assertions of one minute, each with a name of its own: by itself it makes them good for an hour."""

    def sign(self, auth: Any, token_endpoint: str) -> Any:
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


async def test_it_asks_by_the_code_alone(tmp_path: Path) -> None:
    """Code with PKCE; it knows no DPoP, so the proofs that its tokens are bound by are the test's."""
    async with token_house(tmp_path, rooms=("bahrain",)) as house:
        await house.askers.admit(public(client_id="om-second", scopes=tuple(SCOPE.split())))
        session = OAuth2Session("om-second", scope=SCOPE, redirect_uri=ON_DEVICE, code_challenge_method="S256")
        client = await second(house, session)
        verifier, nonce = generate_token(48), generate_token()
        endpoint = client.metadata["token_endpoint"]

        def headers() -> dict[str, str]:
            kind = "application/x-www-form-urlencoded"
            return {"DPoP": house.holder.proof("POST", endpoint), "Content-Type": kind}

        address, state = session.create_authorization_url(
            client.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        back = await client.sent_back(address)
        given = {"authorization_response": back, "state": state, "code_verifier": verifier, "headers": headers()}
        token = await client.do("fetch_token", endpoint, **given)

        claims = await client.told(token, nonce)
        assert (token["token_type"], token["expires_in"]) == ("DPoP", 300)
        assert await house.works(token["access_token"])
        renewed = await client.do("refresh_token", endpoint, headers=headers())
        assert renewed["refresh_token"] != token["refresh_token"]
        assert (await house.userinfo(renewed["access_token"]))["sub"] == claims["sub"]


async def test_it_proves_itself_by_a_key(tmp_path: Path) -> None:
    """PAR and ``private_key_jwt``, with tokens bound to a certificate; each thing it may do with them, to the end."""
    key, authority = ECKey.generate_key("P-256"), trustme.CA()
    shown = program_certificate(authority)
    with mutual_tls(tmp_path, authority) as settings:
        async with token_house(tmp_path, rooms=("bahrain",), **settings) as house:
            keys = {"keys": [key.as_dict(private=False)]}
            program = confidential(client_id="om-second", scopes=tuple(SCOPE.split()), jwks=keys, sender="mtls")
            await house.askers.admit(program)
            client = await second(house, by_key("om-second", key, shown, tmp_path, house.askers.issuer))
            there, verifier, nonce = client.metadata["mtls_endpoint_aliases"], generate_token(48), generate_token()

            address = await pushed(client, there["pushed_authorization_request_endpoint"], verifier, nonce)
            back = await client.sent_back(address)
            named = {"authorization_response": back, "code_verifier": verifier, "redirect_uri": BACK}
            token = await client.do("fetch_token", there["token_endpoint"], **named)

            claims = await client.told(token, nonce)
            person = (await client.do("get", there["userinfo_endpoint"])).json()
            assert person["sub"] == claims["sub"]
            renewed = await client.do("refresh_token", there["token_endpoint"])
            assert renewed["refresh_token"] != token["refresh_token"]
            about = await client.do("introspect_token", there["introspection_endpoint"], renewed["access_token"])
            assert about.json()["cnf"] == {"x5t#S256": shown.thumbprint}
            gone = await client.do("revoke_token", there["revocation_endpoint"], renewed["refresh_token"])
            assert gone.status_code == 200
            await house.soon_refused(renewed["access_token"])
            with pytest.raises(OAuthError, match="invalid_grant"):
                await client.do("refresh_token", there["token_endpoint"])


async def pushed(client: Second, endpoint: str, verifier: str, nonce: str) -> str:
    """Where the person is sent; Authlib itself pushes nothing, but writes what is pushed, and proves who it is."""
    session, door = client.session, client.metadata["authorization_endpoint"]
    whole, session.state = session.create_authorization_url(door, code_verifier=verifier, nonce=nonce)
    fields = dict(parse_qsl(urlsplit(whole).query))
    auth = session.client_auth("private_key_jwt")
    answer = await client.do("post", endpoint, data=fields, auth=auth, withhold_token=True)
    assert answer.status_code == 201, answer.text
    query = {"client_id": session.client_id, "request_uri": answer.json()["request_uri"]}
    return f"{door}?{urlencode(query)}"


def test_it_finds_no_fault_with_the_discovery_document() -> None:
    """RFC 8414, and OpenID Discovery but for RS256: that standard asks for it, and FAPI 2.0 forbids it."""
    url = "https://bawaba.example"
    document = DiscoveryPages(
        url, url, ("authorization_code", "refresh_token"), "https://mtls.bawaba.example"
    ).document()

    AuthorizationServerMetadata(document).validate()
    algorithms = [*document["id_token_signing_alg_values_supported"], "RS256"]
    OpenIDProviderMetadata({**document, "id_token_signing_alg_values_supported": algorithms}).validate()
