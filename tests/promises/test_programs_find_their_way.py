"""What the discovery documents say is so: programs set themselves up by them alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.token_house import TokenHouse, token_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TokenHouse]:
    async with token_house(tmp_path) as house:
        yield house


async def test_both_documents_say_the_same_of_the_issuer(house: TokenHouse) -> None:
    oauth = await house.get("/.well-known/oauth-authorization-server")
    openid = await house.get("/.well-known/openid-configuration")

    assert (oauth.status, oauth.document) == (200, openid.document)
    assert oauth["issuer"] == house.askers.issuer == house.url
    assert oauth.headers["Cache-Control"] == "public, max-age=300"
    assert oauth.headers["Content-Type"] == "application/json"


async def test_every_address_in_them_is_ours_and_answers(house: TokenHouse) -> None:
    document = (await house.get("/.well-known/openid-configuration")).document
    addresses = {name: value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))}

    assert len(addresses) >= 8
    for name, address in addresses.items():
        assert address.startswith(house.url), name
        async with house.askers.entrance.session.post(address, data={}) as answer:
            assert answer.status != 404, name
        answer_to_get = await house.askers.browser().get(urlsplit(address).path, Accept="application/json")
        assert answer_to_get.status in {200, 303, 400, 401, 405}, name


async def test_they_promise_the_security_profile(house: TokenHouse) -> None:
    document = (await house.get("/.well-known/oauth-authorization-server")).document

    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["subject_types_supported"] == ["pairwise"]
    assert "client_secret_basic" not in document["token_endpoint_auth_methods_supported"]
    assert not {"none", "HS256", "RS256"} & set(document["id_token_signing_alg_values_supported"])
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])
    assert not {"implicit", "password"} & set(document["grant_types_supported"])
