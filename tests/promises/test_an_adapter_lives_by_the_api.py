"""An agency leads an adapter from its name to its end by the API alone, and each answer says how it stands then."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gateway.schema import Country
from tests.support.registry_door import ADAPTERS, AGENCY, ONE, ROOT, SERVICE, RegistryDoor, registry_door, stand


@pytest.fixture
async def door(tmp_path: Path, storage_url: str) -> AsyncIterator[RegistryDoor]:
    async with registry_door(tmp_path, storage_url) as opened:
        yield opened


async def test_an_adapter_is_named_tried_submitted_live_and_retired(door: RegistryDoor) -> None:
    owner = await door.joined("owner")
    worker = await door.joined("integrator", of=Country.BH)

    mine = await door.ask("GET", f"{ROOT}/agencies", worker)
    assert [(each["id"], each["role"]) for each in mine["agencies"]] == [(AGENCY, "integrator")]
    named = await door.ask("PUT", ONE, worker, {"agency": AGENCY})
    assert (named.status, named["standing"], named["live"]) == (200, "new", None)
    await door.adapter(worker)
    made = await door.ask("PUT", f"{ONE}/versions/1.0.0", worker, door.version())
    assert (made.status, made["standing"], made["report"]) == (200, "draft", None)
    tried = await door.ask("POST", f"{ONE}/versions/1.0.0/acceptance", worker)
    assert (tried.status, tried["standing"], tried["report"]["passed"]) == (200, "passed", True), tried.text
    handed_in = await door.ask("POST", f"{ONE}/versions/1.0.0/submission", worker)
    assert (handed_in.status, handed_in["standing"]) == (200, "submitted")
    await stand(door.storage, "1.0.0", "approved")
    live = await door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})
    assert (live.status, live["standing"], live["live"]) == (200, "open", "1.0.0")
    await door.approved(worker, "1.1.0")
    tried_on = await door.ask("POST", f"{ONE}/live", owner, {"version": "1.1.0", "share": 5})
    assert (tried_on["live"], tried_on["canary"], tried_on["share"]) == ("1.0.0", "1.1.0", 5)
    promoted = await door.ask("POST", f"{ONE}/promotion", owner)
    assert (promoted["live"], promoted["former"], promoted["canary"]) == ("1.1.0", "1.0.0", None)
    back = await door.ask("POST", f"{ONE}/rollback", owner)
    assert (back["live"], back["former"]) == ("1.0.0", None)
    paused = await door.ask("POST", f"{ONE}/pause", owner)
    assert paused["standing"] == "paused"
    resumed = await door.ask("POST", f"{ONE}/resumption", owner)
    assert resumed["standing"] == "open"
    again = await door.ask("POST", f"{ONE}/live", owner, {"version": "1.1.0", "share": 100})
    assert (again["live"], again["former"]) == ("1.1.0", "1.0.0")
    end = (datetime.now(UTC) + timedelta(days=40)).replace(microsecond=0)
    reason = {"ar": "انتقلت الخدمة إلى جهة أخرى.", "en": "Another agency gives it."}
    ended = await door.ask("POST", f"{ONE}/retirement", owner, {"at": end.isoformat(), "reason": reason})
    assert (ended.status, ended["standing"], ended["retires_why"]) == (200, "open", reason)
    assert datetime.fromisoformat(ended["retires_at"]) == end

    events = await door.ask("GET", f"{ONE}/events?limit=100", worker)
    told = [event["what"] for event in reversed(events["events"])]
    assert told == [
        "created",
        *["secret-set"] * 2,
        "registered",
        "tried",
        "submitted",
        "live",
        "registered",
        "live",
        "promoted",
        "rolled-back",
        "paused",
        "resumed",
        "live",
        "retires",
    ]
    assert {event["actor"].partition(":")[0] for event in events["events"]} == {"member"}


async def test_a_version_that_goes_live_answers_a_citizen_without_a_restart(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    await door.approved(owner)
    await door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})
    citizen = door.house.token(("OM", "08123457"), scopes=("lookups",))

    await _until_known(door)
    status, answer = await door.house.lookup(SERVICE, citizen, countries=["OM"], inputs={})

    assert status == 200
    assert answer["answers"][0]["status"] == "ok", answer["answers"][0]["code"]
    assert [record["reference"] for record in answer["answers"][0]["records"]] == ["F-1001", "F-1002"]


async def test_the_kit_says_what_is_wrong_and_the_version_stays_a_draft(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    wrong: dict[str, Any] = door.version()
    wrong["cases"][SERVICE][0]["expect"]["records"][0]["reference"] = "F-9999"
    await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, wrong)

    tried = await door.ask("POST", f"{ONE}/versions/1.0.0/acceptance", owner)

    assert (tried.status, tried["standing"], tried["report"]["passed"]) == (200, "draft", False)
    (finding,) = tried["report"]["findings"]
    assert finding["rule"] == "case-broken"
    assert set(finding["message"]) == {"ar", "en"}
    refused = await door.ask("POST", f"{ONE}/versions/1.0.0/submission", owner)
    assert (refused.status, refused.code) == (409, "version_not_passed")
    shown = await door.ask("GET", f"{ONE}/versions/1.0.0", owner)
    assert shown["report"] == tried["report"]


async def test_adapters_are_listed_page_by_page_and_found_in_both_languages(door: RegistryDoor) -> None:
    owner = await door.joined()
    names = [f"om_fish_{number:02}" for number in range(7)]
    for name in names:
        assert (await door.ask("PUT", f"{ADAPTERS}/{name}", owner, {"agency": AGENCY})).status == 200
    await door.adapter(owner)
    await door.registered(owner)

    seen, after = [], ""
    while True:
        page = await door.ask("GET", f"{ADAPTERS}?limit=3&after={after}", owner)
        assert len(page["adapters"]) <= 3
        seen += [each["name"] for each in page["adapters"]]
        after = page["next"]
        if after is None:
            break
    assert seen == sorted(["om_fish", *names])
    for query, found in (("رخص الصيد", ["om_fish"]), ("licence", ["om_fish"]), ("fish_03", ["om_fish_03"]), ("%", [])):
        page = await door.ask("GET", f"{ADAPTERS}?q={quote(query)}", owner)
        assert [each["name"] for each in page["adapters"]] == found, query
    for wrong in ("limit=0", "limit=101", "limit=x", f"q={'x' * 201}"):
        assert (await door.ask("GET", f"{ADAPTERS}?{wrong}", owner)).status == 422


async def test_two_versions_are_compared_in_words(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    await door.registered(owner)
    changed = door.version("1.1.0", limits={"timeout_ms": 2000})
    changed["cases"][SERVICE][0]["ask"]["purpose"] = "service_delivery"
    changed["plate"]["services"][SERVICE]["latency_budget_ms"] = 900
    changed["plate"]["services"][SERVICE]["map"]["answer"]["fields"]["reference"] = {"path": "holder"}
    changed["definitions"][0]["name"]["en"] = "Licence to fish"
    told = await door.ask("PUT", f"{ONE}/versions/1.1.0", owner, changed)
    assert told.status == 200, told.text

    diff = await door.ask("GET", f"{ONE}/diff?from=1.0.0&to=1.1.0", owner)

    found = {(each["group"], each["field"]): (each["before"], each["after"]) for each in diff["differences"]}
    assert found[("plate", "/plate/version")] == ('"1.0.0"', '"1.1.0"')
    assert found[("plate", "/plate/limits/timeout_ms")] == ("4000", "2000")
    assert found[("services", f"/plate/services/{SERVICE}/latency_budget_ms")] == ("1000", "900")
    assert found[("maps", f"/plate/services/{SERVICE}/map/answer/fields/reference/path")] == ('"number"', '"holder"')
    assert found[("definitions", f"/definitions/{SERVICE}/name/en")] == ('"Fishing licence"', '"Licence to fish"')
    assert found[("cases", f"/cases/{SERVICE}/A licence is found./ask/purpose")] == (
        '"self_service"',
        '"service_delivery"',
    )
    assert len(found) == 6
    assert all(each["words"]["ar"] and each["words"]["en"] for each in diff["differences"])
    assert (await door.ask("GET", f"{ONE}/diff?from=1.0.0&to=9.9.9", owner)).status == 404
    assert (await door.ask("GET", f"{ONE}/diff?from=1.0.0", owner)).code == "field_missing"


async def _until_known(door: RegistryDoor) -> None:
    """Until this worker has taken the service into its catalogue."""
    async with asyncio.timeout(10):
        while True:
            async with door.house.session.get(f"{door.house.url}/v1/services/{SERVICE}") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


async def test_versions_are_listed_page_by_page_the_newest_first(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    numbers = [f"1.{number}.0" for number in range(8, 13)]
    for number in numbers:
        await door.registered(owner, number)

    first = await door.ask("GET", f"{ONE}/versions?limit=3", owner)
    second = await door.ask("GET", f"{ONE}/versions?limit=3&after={first['next']}", owner)

    seen = [each["version"] for page in (first, second) for each in page["versions"]]
    assert seen == numbers[::-1]
    assert second["next"] is None
    assert (await door.ask("GET", f"{ONE}/versions?after=9.9.9", owner)).status == 404


async def test_what_is_only_listed_is_approved_without_a_system_to_play_against(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner, secrets=[])
    listed = door.version(kind="listing", endpoints=[], secrets=[], addresses={})
    listed["definitions"][0]["authorities"][0]["page"] = "https://fish.example/licences"
    del listed["plate"]["services"][SERVICE]["map"]
    listed["cases"] = {}

    made = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, listed)
    tried = await door.ask("POST", f"{ONE}/versions/1.0.0/acceptance", owner)
    handed_in = await door.ask("POST", f"{ONE}/versions/1.0.0/submission", owner)

    assert (made.status, tried["standing"], handed_in["standing"]) == (200, "passed", "submitted"), tried.text
