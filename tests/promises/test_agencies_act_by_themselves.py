"""An agency's program gets tokens for itself: what it is registered for, and nothing that is a person's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.agency_house import BATCH, SERVICES, AgencyHouse, agency_house, claims_of
from tests.support.programs import Prover


@pytest.fixture
async def house(tmp_path: Path, storage_url: str) -> AsyncIterator[AgencyHouse]:
    async with agency_house(tmp_path, storage_url, rooms=("bahrain",)) as house:
        yield house


async def test_a_program_gets_a_bound_token_of_its_own_and_no_refresh_token(house: AgencyHouse) -> None:
    told = await house.own_token()

    assert told.status == 200, told.document
    assert told.document.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("DPoP", 300, " ".join(sorted(SERVICES)))
    claims = claims_of(told["access_token"])
    assert claims["sub"] == claims["client_id"] == BATCH
    assert claims["cnf"].keys() == {"jkt"}
    assert not {"ids", "acr", "sid", "auth_time"} & claims.keys()
    (entry,) = await house.tokens.askers.sealed("token")
    assert (entry["client"], entry["outcome"], entry.get("subject")) == (BATCH, "ok", None)


async def test_a_program_asks_for_less_and_never_for_more_than_it_is_registered_for(house: AgencyHouse) -> None:
    assert (await house.own_token(scope=SERVICES[0]))["scope"] == SERVICES[0]

    for wider in ("lookups", "lookups:commercial-registration", f"{SERVICES[0]} applications"):
        refused = await house.own_token(scope=wider)
        assert (refused.status, refused.error) == (400, "invalid_scope")


@pytest.mark.parametrize("scope", ["openid", "identity", "offline_access"])
async def test_what_only_a_person_can_give_is_given_to_no_program(house: AgencyHouse, scope: str) -> None:
    await house.admit(house.batch, scopes=(*SERVICES, "openid", "identity", "offline_access"))

    refused = await house.own_token(scope=f"{SERVICES[0]} {scope}")

    assert (refused.status, refused.error) == (400, "invalid_scope")
    assert (await house.own_token())["scope"] == " ".join(sorted(SERVICES))


async def test_with_it_nothing_can_be_asked_about_a_person_or_for_one(house: AgencyHouse) -> None:
    token = (await house.own_token())["access_token"]

    asked = await house.tokens.ask("traffic-fines", token, purpose="service_delivery")
    own = [await house.tokens.get(path, token) for path in ("/v1/me", "/v1/applications", "/v1/me/consents")]

    for told in (asked, *own, await house.tokens.userinfo(token)):
        assert (told.status, told["code"]) == (403, "person_required"), told.document


async def test_a_program_that_is_not_registered_for_it_or_proves_nothing_gets_none(house: AgencyHouse) -> None:
    unregistered = await house.ask(house.kiosk, "client_credentials")
    assert (unregistered.status, unregistered.error) == (400, "unauthorized_client")

    forged = await house.ask(Prover(client_id=BATCH, issuer=house.batch.issuer), "client_credentials")
    assert (forged.status, forged.error) == (401, "invalid_client")


async def test_a_program_is_told_of_its_own_token_and_may_give_it_back(house: AgencyHouse) -> None:
    token = (await house.own_token())["access_token"]
    told = await house.tokens.introspect(token, prover=house.batch)
    assert (told["active"], told["sub"], told["client_id"]) == (True, BATCH, BATCH)
    assert "acr" not in told.document
    assert (await house.tokens.introspect(token, prover=house.stranger)).document == {"active": False}

    await house.tokens.revoke(token, prover=house.batch)

    assert (await house.tokens.introspect(token, prover=house.batch)).document == {"active": False}
