"""Every door of the registry, whichever there are, is shut to strangers and to other agencies, and to small roles."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.identity.principal import Assurance
from gateway.schema import Country
from gateway.storage import registry_tables
from gateway.storage.tables import metadata
from tests.support.door import entries
from tests.support.registry_door import ADAPTER, AGENCY, ROOT, RegistryDoor, Told, registry_door
from tests.support.waiting import mandated

OF_NOBODY = frozenset({"accept_invitation", "list_agencies", "list_adapters", "list_mandates"})
"""What is asked of no agency in particular; what each tells is judged below."""

OF_ANYBODY = frozenset({"host_keys"})
"""What is no agency's and nobody's secret: the public half of the gateway's own key."""

OF_INTEGRATORS = frozenset(
    {"register_adapter", "register_version", "try_version", "submit_version", "set_secret", "delete_secret"}
)
READ = "GET"
ABSENT = {"agency": "om-nowhere", "adapter": "om_nowhere", "mandate": "0" * 24}


@dataclass(frozen=True)
class Door:
    """One operation of the contract, and what it is asked with."""

    name: str
    method: str
    path: str
    example: Any

    def address(self, **gaps: str) -> str:
        return re.sub(r"{(\w+)}", lambda gap: gaps[gap[1]], self.path)

    def body(self, agency: str) -> Any:
        if self.name == "propose_mandate":
            return {**self.example, "agency": agency}
        return {"agency": agency} if self.name == "register_adapter" else self.example


@dataclass
class Place:
    """The agency, which has one of everything, and every door there is."""

    door: RegistryDoor
    owner: str
    gaps: Mapping[str, str]
    doors: Sequence[Door]

    async def knock(self, each: Door, token: str | None, **changes: str) -> Told:
        gaps = {**self.gaps, **changes}
        return await self.door.ask(each.method, each.address(**gaps), token, each.body(gaps["agency"]), language="ar")

    async def everything(self) -> Mapping[str, Sequence[Any]]:
        tables = [table for name, table in metadata.tables.items() if name.startswith("registry_")]
        return {table.name: await self.door.rows(table) for table in tables}


@pytest.fixture
async def place(tmp_path: Path, storage_url: str) -> AsyncIterator[Place]:
    async with registry_door(tmp_path, storage_url) as door:
        owner = await door.joined()
        await door.adapter(owner)
        await door.registered(owner)
        members = await door.ask("GET", f"{ROOT}/agencies/{AGENCY}/members", owner)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "host-1"}
        path = f"{ROOT}/agencies/{AGENCY}/keys/host-1"
        assert (await door.ask("PUT", path, owner, {"kind": "signing", "jwk": jwk})).status == 200
        gaps = {
            "agency": AGENCY,
            "adapter": ADAPTER,
            "version": "1.0.0",
            "member": members["members"][0]["id"],
            "key": "host-1",
            "environment": "sandbox",
            "secret": "api_key",
            "mandate": (await mandated(door.house)).id,
        }
        yield Place(door, owner, gaps, await _doors(door))


async def _doors(door: RegistryDoor) -> Sequence[Door]:
    """All that the running gateway itself publishes."""
    async with door.house.session.get(f"{door.house.url}/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    return [
        Door(
            each["operationId"],
            method.upper(),
            path,
            each.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example"),
        )
        for path, methods in paths.items()
        if path.startswith(ROOT)
        for method, each in methods.items()
        if each["operationId"] not in OF_ANYBODY
    ]


def shown(told: Told) -> Any:
    """What was answered, but for the number of the request."""
    return told.status, {**told.document, "request_id": ""}


async def test_there_are_doors_and_each_can_be_knocked_at(place: Place) -> None:
    assert len(place.doors) >= 29
    assert [each.name for each in place.doors if each.method == "PUT" and each.example is None] == []
    assert {each.name for each in place.doors} > OF_NOBODY | OF_INTEGRATORS


async def test_without_a_token_every_door_is_closed(place: Place) -> None:
    before = await place.everything()

    told = {each.name: await place.knock(each, None) for each in place.doors}

    assert _refusals(told) == dict.fromkeys(told, (401, "token_missing"))
    assert await place.everything() == before


async def test_a_token_without_the_scope_or_of_an_unsure_person_opens_no_door(place: Place) -> None:
    plain = place.door.token(scopes=("lookups", "applications"))
    unsure = place.door.token(assurance=Assurance.LOW)
    before = await place.everything()

    narrow = {each.name: await place.knock(each, plain) for each in place.doors}
    low = {each.name: await place.knock(each, unsure) for each in place.doors}

    assert {(each.status, each.code) for each in narrow.values()} == {(403, "insufficient_scope")}
    assert {(each.status, each.code) for each in low.values()} == {(401, "insufficient_user_authentication")}
    assert await place.everything() == before


@pytest.mark.parametrize("country", [Country.OM, Country.KW])
async def test_what_is_another_agencys_is_as_if_it_were_not_there(place: Place, country: Country) -> None:
    stranger = await place.door.joined("owner", of=Country.KW, agency="other-agency", country=country)
    before = await place.everything()

    for each in place.doors:
        if each.name in OF_NOBODY:
            continue
        theirs = await place.knock(each, stranger)
        absent = await place.knock(each, stranger, **ABSENT)
        assert (theirs.status, theirs.code) == (404, "not_found"), each.name
        assert shown(theirs) == shown(absent), each.name

    assert await place.everything() == before


async def test_a_person_of_no_agency_finds_nothing_at_all(place: Place) -> None:
    nobody = place.door.token(Country.QA)

    told = {each.name: await place.knock(each, nobody) for each in place.doors if each.name not in OF_NOBODY}

    assert {(each.status, each.code) for each in told.values()} == {(404, "not_found")}
    assert (await place.door.ask("GET", f"{ROOT}/agencies", nobody)).document == {"agencies": []}
    assert (await place.door.ask("GET", f"{ROOT}/adapters", nobody)).document == {"adapters": [], "next": None}
    assert (await place.door.ask("GET", f"{ROOT}/adapters?agency={AGENCY}", nobody)).status == 404


async def test_lists_hold_only_what_is_ones_own(place: Place) -> None:
    stranger = await place.door.joined("owner", of=Country.KW, agency="other-agency")
    await place.door.ask("PUT", f"{ROOT}/adapters/other_one", stranger, {"agency": "other-agency"})

    agencies = await place.door.ask("GET", f"{ROOT}/agencies", stranger)
    adapters = await place.door.ask("GET", f"{ROOT}/adapters", stranger)
    searched = await place.door.ask("GET", f"{ROOT}/adapters?q=om", stranger)

    assert [each["id"] for each in agencies["agencies"]] == ["other-agency"]
    assert [each["name"] for each in adapters["adapters"]] == ["other_one"]
    assert searched["adapters"] == []
    assert (await place.door.ask("GET", f"{ROOT}/mandates", stranger)).document == {"mandates": [], "next": None}


@pytest.mark.parametrize("role", ["viewer", "integrator"])
async def test_a_role_that_is_too_small_sees_and_does_not_act(place: Place, role: str) -> None:
    member = await place.door.joined(role, of=Country.BH)
    allowed = OF_INTEGRATORS if role == "integrator" else frozenset()
    before = await place.everything()

    told = {
        each.name: await place.knock(each, member)
        for each in place.doors
        if each.name not in OF_NOBODY | allowed and each.method != READ
    }

    assert _refusals(told) == dict.fromkeys(told, (403, "agency_role_missing"))
    assert await place.everything() == before
    for each in place.doors:
        if each.method == READ and each.name != "compare_versions":
            assert (await place.knock(each, member)).status == 200, each.name


async def test_a_token_for_another_state_is_refused_and_audited(place: Place) -> None:
    """T27: the owner's own, but limited to Kuwait."""
    limited = place.door.token(countries=[Country.KW])
    before = await place.everything()
    sealed = len(await _sealed(place))

    told = {each.name: await place.knock(each, limited) for each in place.doors if each.name not in OF_NOBODY}

    assert _refusals(told) == dict.fromkeys(told, (403, "country_not_allowed"))
    assert await place.everything() == before
    after = (await _sealed(place))[sealed:]
    assert [entry.get("code") for entry in after] == ["country_not_allowed"] * len(told)
    assert (await place.door.ask("GET", f"{ROOT}/adapters", limited))["adapters"] == []


async def test_an_agency_that_an_operator_suspended_looks_and_stops_and_does_no_more(place: Place) -> None:
    async with place.door.storage.writing() as connection:
        await connection.execute(update(registry_tables.registry_agencies).values(standing="suspended"))

    for each in place.doors:
        if each.name in OF_NOBODY or each.name.endswith("mandate"):
            continue
        told = await place.knock(each, place.owner)
        stops = each.method == "DELETE" or each.name in ("withdraw_adapter", "pause_adapter", "retire_adapter")
        if each.method != READ and not stops:
            assert (told.status, told.code) == (403, "agency_suspended"), each.name
        else:
            assert told.code != "agency_suspended", each.name


async def test_a_member_who_was_removed_is_nobody_at_once(place: Place) -> None:
    member = await place.door.joined("owner", of=Country.BH)
    members = (await place.door.ask("GET", f"{ROOT}/agencies/{AGENCY}/members", member))["members"]
    (own,) = [each["id"] for each in members if each["is_you"]]

    gone = await place.door.ask("DELETE", f"{ROOT}/agencies/{AGENCY}/members/{own}", place.owner)

    assert gone.status == 200
    assert (await place.door.ask("GET", f"{ROOT}/agencies/{AGENCY}", member)).status == 404
    assert (await place.door.ask("GET", f"{ROOT}/adapters/{ADAPTER}", member)).status == 404


def _refusals(told: Mapping[str, Told]) -> Mapping[str, tuple[int, str]]:
    return {name: (each.status, each.code) for name, each in told.items()}


async def _sealed(place: Place) -> Sequence[Mapping[str, Any]]:
    """The entries of the registry, the oldest first."""
    return [entry for entry in await entries(place.door.house) if entry["service"] == "registry"]
