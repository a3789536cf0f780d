"""An agency's own program acts in the registry as an integrator of that agency, and of no other."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.schema import Country
from tests.support.agencies import joined
from tests.support.agency_house import BATCH, AgencyHouse, agency_house
from tests.support.openid_keys import make_key
from tests.support.programs import Prover, asking, confidential
from tests.support.proofs import Holder
from tests.support.token_house import Told

ROOT = "/v1/registry"
ONE = f"{ROOT}/adapters/kw_roads"
AGENCY = {"agency": "kw-traffic"}
SCOPES = ("registry", "lookups:traffic-fines")


class Caller:
    """The agencies' programs before the registry."""

    def __init__(self, house: AgencyHouse) -> None:
        self.house = house

    async def token(self, prover: Prover | None = None) -> str:
        told = await self.house.ask(prover or self.house.batch, "client_credentials", scope="registry")
        assert told.status == 200, told.document
        return str(told["access_token"])

    async def send(self, method: str, path: str, token: str, said: Any = None, **headers: str) -> Told:
        tokens = self.house.tokens
        sent = tokens.shown(token, path, method) | {"Idempotency-Key": "one-of-many-tries"} | headers
        session = tokens.askers.entrance.session
        async with session.request(method, f"{tokens.url}{path}", json=said, headers=sent) as answer:
            body = await answer.read()
            return Told(answer.status, answer.headers.copy(), body, await answer.json(content_type=None))


@pytest.fixture
async def caller(tmp_path: Path, storage_url: str) -> AsyncIterator[Caller]:
    async with agency_house(tmp_path, storage_url) as house:
        await house.admit(house.batch, scopes=SCOPES, country=Country.KW)
        await house.admit(house.stranger, scopes=SCOPES, country=Country.OM)
        storage = house.tokens.askers.entrance.house.doors.parts.storage
        for agency, country in (("kw-traffic", Country.KW), ("om-other", Country.OM)):
            await joined(storage, agency=agency, country=country, person=f"owner of {agency}")
        yield Caller(house)


async def test_a_program_registers_for_its_agency_and_is_named_in_what_it_did(caller: Caller) -> None:
    token = await caller.token()

    made = await caller.send("PUT", ONE, token, AGENCY)
    mine = await caller.send("GET", f"{ROOT}/agencies", token)

    assert (made.status, made["agency"], made["events"][0]["actor"]) == (200, "kw-traffic", f"program:{BATCH}")
    assert [(each["id"], each["role"]) for each in mine["agencies"]] == [("kw-traffic", "integrator")]
    (entry,) = await caller.house.tokens.askers.sealed("register-adapter")
    assert (entry["client"], entry["service"], entry["outcome"]) == (BATCH, "registry", "ok")
    assert "subject" not in entry


async def test_a_program_is_no_owner_and_no_member(caller: Caller) -> None:
    token = await caller.token()
    await caller.send("PUT", ONE, token, AGENCY)

    paused = await caller.send("POST", f"{ONE}/pause", token)
    invited = await caller.send("POST", f"{ROOT}/agencies/kw-traffic/members", token, {"name": "x", "role": "owner"})
    joining = await caller.send("POST", f"{ROOT}/invitations", token, {"invitation": "a-secret-that-is-none"})

    assert (paused.status, paused["code"]) == (403, "agency_role_missing")
    assert (invited.status, invited["code"]) == (403, "agency_role_missing")
    assert (joining.status, joining["code"]) == (403, "person_required")


async def test_another_agencys_program_finds_nothing(caller: Caller) -> None:
    await caller.send("PUT", ONE, await caller.token(), AGENCY)
    stranger = await caller.token(caller.house.stranger)

    for method, path, said in (
        ("GET", ONE, None),
        ("PUT", f"{ROOT}/adapters/om_roads", AGENCY),
        ("PUT", f"{ONE}/secrets/live/key", {"value": "x"}),
        ("GET", f"{ROOT}/agencies/kw-traffic", None),
    ):
        assert (await caller.send(method, path, stranger, said)).status == 404, path
    assert (await caller.send("GET", f"{ROOT}/adapters", stranger))["adapters"] == []


async def test_an_agency_of_the_same_name_in_another_state_is_another(caller: Caller) -> None:
    twin = Prover(client_id="om-traffic-batch", issuer=caller.house.batch.issuer)
    await caller.house.admit(twin, scopes=SCOPES, country=Country.OM)
    stateless = Prover(client_id="xx-traffic-batch", issuer=caller.house.batch.issuer)
    await caller.house.admit(stateless, scopes=SCOPES)

    for prover in (twin, stateless):
        told = await caller.send("GET", f"{ROOT}/agencies/kw-traffic", await caller.token(prover))
        assert told.status == 404, prover.client_id


async def test_a_token_is_worth_nothing_without_its_key_its_scope_or_its_program(caller: Caller) -> None:
    house, token = caller.house, await caller.token()
    thief = Holder(make_key("ES256"), clock=time.time)
    url = f"{house.tokens.url}{ROOT}/agencies"
    unbound = house.tokens.askers.entrance.house.mint.mint_program(BATCH, scopes=("registry",))
    narrow = (await house.own_token(scope="lookups:traffic-fines"))["access_token"]

    stolen = await caller.send("GET", f"{ROOT}/agencies", token, DPoP=thief.proof("GET", url, token))
    bearer = await caller.send("GET", f"{ROOT}/agencies", token, Authorization=f"Bearer {token}")
    nobodys = await caller.send("GET", f"{ROOT}/agencies", unbound, Authorization=f"Bearer {unbound}")
    scoped = await caller.send("GET", f"{ROOT}/agencies", narrow)
    assert (stolen.status, bearer.status, nobodys.status) == (401, 401, 401)
    assert (scoped.status, scoped["code"]) == (403, "insufficient_scope")
    await house.admit(house.batch, scopes=("lookups:traffic-fines",), country=Country.KW)
    assert (await caller.send("GET", f"{ROOT}/agencies", token)).status == 403
    await house.tokens.askers.clients.suspend(BATCH)
    assert (await caller.send("GET", f"{ROOT}/agencies", token)).status == 401


async def test_nobody_gets_an_agencys_rights_by_acting_for_a_person_who_works_there(caller: Caller) -> None:
    """The leave is given by the person to an app that they use themselves, and passed on to no other program."""
    house, person = caller.house, await caller.house.signed_in()
    await house.allow(person, "registry")

    told = await house.exchange(str(person["id_token"]), scope="registry")

    assert (told.status, told.error) == (400, "invalid_scope")


async def test_a_person_lets_an_app_act_for_their_agency(caller: Caller) -> None:
    askers = caller.house.tokens.askers
    await askers.admit(confidential(jwks=askers.prover.jwks, scopes=("openid", "registry")))

    status, told = await askers.push({**asking(scope="openid registry"), **askers.prover.proof()})

    assert (status, "request_uri" in told) == (201, True)
