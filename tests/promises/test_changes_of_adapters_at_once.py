"""Of two changes at once one is done, what is retried is done once, and nobody writes a field that is not theirs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.schema import Country
from gateway.storage.registry_tables import registry_adapters, registry_events, registry_versions
from tests.support.door import entries
from tests.support.fisheries import definition
from tests.support.registry_door import ADAPTERS, AGENCY, ONE, SERVICE, RegistryDoor, registry_door

AT_ONCE = 8


@pytest.fixture
async def door(tmp_path: Path, storage_url: str) -> AsyncIterator[RegistryDoor]:
    async with registry_door(tmp_path, storage_url) as opened:
        yield opened


async def test_one_version_registered_by_many_at_once_is_there_once(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    path = f"{ONE}/versions/1.0.0"

    same = await asyncio.gather(*(door.ask("PUT", path, owner, door.version()) for _ in range(AT_ONCE)))

    assert {each.status for each in same} == {200}
    assert len({each["made_at"] for each in same}) == 1
    assert len(await door.rows(registry_versions)) == 1


async def test_of_different_documents_under_one_number_one_is_taken(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    versions = [door.version(protocol=f"protocol {number}") for number in range(AT_ONCE)]

    answers = await asyncio.gather(*(door.ask("PUT", f"{ONE}/versions/1.0.0", owner, each) for each in versions))

    assert Counter(each.status for each in answers) == {200: 1, 409: AT_ONCE - 1}
    assert {each.code for each in answers if each.status == 409} <= {"version_taken", "version_overtaken"}
    (row,) = await door.rows(registry_versions)
    (won,) = [each for each in answers if each.status == 200]
    assert row.digest == won["digest"]


async def test_numbers_only_grow(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    await door.registered(owner, "1.2.0")

    for number in ("1.2.0", "1.1.9", "0.9.10"):
        told = await door.ask("PUT", f"{ONE}/versions/{number}", owner, door.version(number, protocol="another"))
        assert told.status in (409, 422), number
    await door.registered(owner, "1.10.0")


async def test_going_live_twice_at_once_is_done_once(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    await door.approved(owner)
    body = {"version": "1.0.0", "share": 100}

    answers = await asyncio.gather(*(door.ask("POST", f"{ONE}/live", owner, body) for _ in range(AT_ONCE)))

    assert Counter(each.status for each in answers) == {200: 1, 409: AT_ONCE - 1}
    assert {each.code for each in answers if each.status == 409} == {"adapter_version_live"}
    assert [row.what for row in await door.rows(registry_events)].count("live") == 1


async def test_a_retry_with_its_key_is_answered_and_not_done_again(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    await door.approved(owner)
    body, key = {"version": "1.0.0", "share": 100}, "a-key-of-one-try"

    answers = await asyncio.gather(*(door.ask("POST", f"{ONE}/live", owner, body, key=key) for _ in range(AT_ONCE)))

    assert {each.status for each in answers} == {200}
    assert len({each.text for each in answers}) == 1
    assert [row.what for row in await door.rows(registry_events)].count("live") == 1
    await door.ask("POST", f"{ONE}/pause", owner, key=key + "-2")
    late = await door.ask("POST", f"{ONE}/live", owner, body, key=key)
    assert (late["standing"], late.headers["Idempotency-Replayed"]) == ("open", "true")
    assert (await door.ask("GET", ONE, owner))["standing"] == "paused"


async def test_two_agencies_cannot_define_one_service(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    await door.registered(owner)
    other = await door.joined("owner", of=Country.KW, agency="om-boats")
    path = f"{ADAPTERS}/om_boats"
    await door.ask("PUT", path, other, {"agency": "om-boats"})
    await door.ask("PUT", f"{path}/secrets/sandbox/api_key", other, {"value": "x"})
    version = door.version(name="om_boats", agency="om-boats")
    version["plate"]["services"][SERVICE]["agency"] = "om-boats"
    version["definitions"] = [definition(agency="om-boats")]

    told = await door.ask("PUT", f"{path}/versions/1.0.0", other, version)

    assert [(each["field"], each["code"]) for each in told["findings"]] == [("/definitions/0/id", "service_taken")]


async def test_a_name_is_one_agencys_and_never_that_of_a_folder(door: RegistryDoor) -> None:
    owner = await door.joined()
    other = await door.joined("owner", of=Country.KW, agency="om-boats")
    await door.adapter(owner)

    taken = await door.ask("PUT", ONE, other, {"agency": "om-boats"})
    folder = await door.ask("PUT", f"{ADAPTERS}/kuwait", owner, {"agency": AGENCY})
    strange = await door.ask("PUT", f"{ADAPTERS}/Om-Fish", owner, {"agency": AGENCY})

    assert (taken.status, taken.code) == (409, "adapter_name_taken")
    assert (folder.status, folder.code) == (409, "adapter_name_taken")
    assert (strange.status, strange.code) == (422, "field_format")
    assert [row.agency_id for row in await door.rows(registry_adapters)] == [AGENCY]


@pytest.mark.parametrize("name", ["standing", "country", "live", "live_version", "role", "revision", "created_at"])
async def test_nobody_assigns_what_is_not_theirs_to_say(door: RegistryDoor, name: str) -> None:
    """A04."""
    owner = await door.joined()
    await door.adapter(owner)
    bodies: dict[tuple[str, str], Any] = {
        ("PUT", ONE): {"agency": AGENCY},
        ("PUT", f"{ONE}/versions/1.0.0"): door.version(),
        ("PUT", f"{ONE}/secrets/live/api_key"): {"value": "x"},
        ("POST", f"{ONE}/live"): {"version": "1.0.0", "share": 100},
    }
    before = await door.rows(registry_adapters)

    for (method, path), body in bodies.items():
        told = await door.ask(method, path, owner, {**body, name: "open"})
        assert (told.status, told.code, told["field"]) == (422, "field_unknown", f"/{name}"), path
    plate = door.version()
    plate["plate"][name] = "open"
    told = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, plate)

    if name == "country":
        assert told["findings"][0]["field"] == "/plate/country"
    else:
        assert [(each["field"], each["code"]) for each in told["findings"]] == [(f"/plate/{name}", "unknown")]
    assert await door.rows(registry_adapters) == before
    assert await door.rows(registry_versions) == []


async def test_a_retirement_needs_its_notice_and_a_reason(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    reason = {"ar": "سبب", "en": "A reason"}
    soon = (datetime.now(UTC) + timedelta(days=29)).isoformat()

    told = await door.ask("POST", f"{ONE}/retirement", owner, {"at": soon, "reason": reason})
    none = await door.ask("POST", f"{ONE}/retirement", owner, {"at": soon})
    naive = await door.ask("POST", f"{ONE}/retirement", owner, {"at": "2030-01-01T00:00:00", "reason": reason})

    assert (told.status, told.code) == (422, "notice_too_short")
    assert "30" in told["detail"]
    assert (none.status, naive.status) == (422, 422)
    assert (await door.ask("GET", ONE, owner))["retires_at"] is None


async def test_every_act_is_in_the_ledger_and_so_is_what_was_refused(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner, secrets=["sandbox"])
    await door.registered(owner)
    await door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})
    viewer = await door.joined("viewer", of=Country.BH)
    await door.ask("POST", f"{ONE}/pause", viewer)
    await door.ask("POST", f"{ONE}/pause", None)

    found = [
        (each["step"], each["outcome"], each.get("code"), each.get("adapter"))
        for each in await entries(door.house)
        if each["service"] == "registry"
    ]

    assert found == [
        ("register-adapter", "ok", None, None),
        ("set-secret", "ok", None, None),
        ("register-version", "ok", None, "om_fish@1.0.0"),
        ("go-live", "ok", None, "om_fish@1.0.0"),
        ("go-live", "refused", "adapter_version_not_approved", "om_fish@1.0.0"),
        ("pause", "refused", "agency_role_missing", None),
        ("pause", "refused", "token_missing", None),
    ]


async def test_everything_that_is_wrong_with_a_version_is_told_at_once_in_the_callers_language(
    door: RegistryDoor,
) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    version = door.version("2.0.0", name="om_other", country="KW", agency="om-boats", surprise=1)
    version["plate"]["services"]["no-such-service"] = {"agency": AGENCY, "latency_budget_ms": 0}
    version["definitions"].append({**definition("another-one"), "inputs": {"type": "array"}})
    version["definitions"].append(definition("third-one") | {"name": {"ar": "اسم"}})

    form = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, version, language="ar")
    del version["plate"]["surprise"], version["definitions"][1:]
    version["plate"]["services"]["no-such-service"]["latency_budget_ms"] = 10
    version["definitions"].append(definition("another-one", "kw-traffic") | {"purposes": ["curiosity"]})
    version["cases"]["elsewhere"] = []
    rules = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, version)

    assert {(each["field"], each["code"]) for each in form["findings"]} == {
        ("/plate/surprise", "unknown"),
        ("/plate/services/no-such-service/latency_budget_ms", "unfit"),
        ("/definitions/1/inputs/type", "unfit"),
        ("/definitions/2/name/en", "missing"),
    }
    assert all(any("\u0600" < letter < "\u06ff" for letter in each["expected"]) for each in form["findings"])
    assert {(each["field"], each["code"]) for each in rules["findings"]} == {
        ("/plate/name", "same"),
        ("/plate/agency", "same"),
        ("/plate/country", "country"),
        ("/plate/version", "same"),
        ("/definitions/1/id", "definition_unused"),
        ("/definitions/1/purposes/0", "purpose"),
        ("/definitions/1/authorities/0/agency", "mandate"),
        ("/plate/services/no-such-service", "service_unknown"),
        ("/plate/services/no-such-service/map", "missing"),
        ("/cases/elsewhere", "case_service"),
    }
    assert {each["came"] for each in rules["findings"]} > {"om_other", "om-boats", "KW", "2.0.0", "curiosity"}


async def test_a_version_is_bounded(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    many = door.version()
    many["cases"][SERVICE] = many["cases"][SERVICE] * 70
    large = door.version(protocol="x" * 530_000)
    huge = door.version(protocol="x" * 700_000)

    cases = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, many)
    size = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, large)
    body = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, huge)
    elsewhere = await door.ask("PUT", ONE, owner, {"agency": "x" * 70_000})

    assert [(each["field"], each["code"]) for each in cases["findings"]] == [("/cases", "too_many")]
    assert [(each["field"], each["code"]) for each in size["findings"]] == [("", "too_large")]
    assert (body.status, elsewhere.status) == (413, 413)


async def test_a_schema_that_could_be_made_to_work_for_ever_is_refused(door: RegistryDoor) -> None:
    """P07: remote references, patterns that repeat a group, and a million choices."""
    owner = await door.joined()
    await door.adapter(owner)
    field = {"type": "string", "maxLength": 10, "x-title": {"ar": "حقل", "en": "Field"}}
    for changes in (
        {"$ref": "https://evil.example/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#"},
        {"pattern": "^(a+)+$"},
        {"enum": [str(number) for number in range(1000)]},
    ):
        version = door.version()
        version["definitions"][0]["inputs"]["properties"] = {"field": {**field, **changes}}
        told = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, version)
        assert told.status == 422, changes
        (finding,) = told["findings"]
        assert finding["field"].startswith("/definitions/0/inputs/properties/field/"), finding
