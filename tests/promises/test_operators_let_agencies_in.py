"""At the console agencies are invited and stopped, and each version is judged by two people who saw the same of it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from gateway.ledger.export import export
from gateway.storage.registry_tables import (
    registry_adapters,
    registry_agencies,
    registry_approvals,
    registry_mandates,
    registry_versions,
)
from tests.support.agencies import joined
from tests.support.console import ConsoleHouse, Person, console_house
from tests.support.entrance import Seen
from tests.support.waiting import ADAPTER, INNER, VERSION, mandated, many, waits

WHY = "The address of the live system belongs to nobody known."
ONE = f"/console/approvals/{ADAPTER}/{VERSION}"
FORM = {
    "agency": "om-ports",
    "country": "OM",
    "kind": "agency",
    "name_ar": "هيئة الموانئ",
    "name_en": "Ports authority",
    "contact_ar": "مكتب الربط",
    "contact_en": "Integration desk",
    "email": "desk@ports.example",
    "phone": "+96824000000",
    "owner": "Salim",
}


@pytest_asyncio.fixture
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path_factory.mktemp("console")) as here:
        yield here


async def steps(here: ConsoleHouse) -> list[tuple[str, str | None, str | None]]:
    """What the ledger holds of the registry: step, adapter and code."""
    lines = [json.loads(line) async for line in export(here.house.doors.parts.storage)]
    entries = [each["entry"] for each in lines if "entry" in each]
    return [
        (each["step"], each.get("adapter"), each.get("code"))
        for each in entries
        if each["service"] == "registry" and not each["step"].startswith("see-")
    ]


async def value(here: ConsoleHouse, column: object, **where: str) -> object:
    async with here.house.doors.parts.storage.reading() as connection:
        wanted = select(column)  # type: ignore[call-overload]
        for name, wish in where.items():
            wanted = wanted.where(column.table.c[name] == wish)  # type: ignore[attr-defined]
        return await connection.scalar(wanted)


async def approvals(here: ConsoleHouse, token: str) -> dict[str, Any]:
    """What the agency is told of its version by the API."""
    path = f"{here.house.url}/v1/registry/adapters/{ADAPTER}/versions/{VERSION}/approvals"
    async with here.house.session.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200
        found: dict[str, Any] = await answer.json()
        return found


async def judged(person: Person, verb: str, **fields: str) -> Seen:
    """Presses a button of the version's page, with what that page showed."""
    page = await person.browser.get(ONE)
    assert page.status == 200, page.words
    shown = {name: page.field(name) for name in ("form", "stage", "digest")}
    return await person.browser.post(f"{ONE}/{verb}", shown | fields)


async def test_an_agency_is_invited_by_a_secret_that_is_shown_once(here: ConsoleHouse) -> None:
    operator = await here.operator("operator")

    shown = await operator.act("agencies/invite", **FORM)

    (secret,) = re.findall(r"/agency/join/([A-Za-z0-9_-]{43})", shown.text)
    assert shown.status == 200
    listed = await operator.browser.get("/console/agencies?q=ports")
    assert (listed.status, secret in listed.text, "desk@ports.example" in listed.text) == (200, False, True)
    again = await operator.act("agencies/again", agency="om-ports", owner="Noura")
    assert (again.status, secret in again.text) == (200, False)
    assert await steps(here) == [("invite-agency", None, None), ("invite-agency", None, None)]


async def test_a_form_that_is_wrong_is_shown_again_with_what_was_typed(here: ConsoleHouse) -> None:
    operator = await here.operator("operator")

    for wrong in ({"agency": "bh-ports"}, {"agency": "Ports"}, {"phone": "24000000"}, {"owner": ""}, {"country": "FR"}):
        page = await operator.act("agencies/invite", **(FORM | wrong))
        assert (page.status, "aria-invalid" in page.text, "هيئة الموانئ" in page.text) == (422, True, True), wrong

    assert await value(here, registry_agencies.c.agency_id) is None


async def test_agencies_are_suspended_and_let_act_again_by_security_of_their_state_alone(here: ConsoleHouse) -> None:
    await joined(here.house)
    bahrain, security = await here.operator("bahrain"), await here.operator("security")

    refused = await bahrain.act("agencies/suspend", agency="om-fisheries")
    assert (refused.status, (await bahrain.browser.get("/console/agencies")).text.count("om-fisheries")) == (403, 0)
    assert (await security.act("agencies/suspend", agency="om-fisheries")).status == 303
    assert await value(here, registry_agencies.c.standing) == "suspended"
    twice = await security.act("agencies/suspend", agency="om-fisheries")
    assert twice.status == 409
    assert (await security.act("agencies/resume", agency="om-fisheries")).status == 303

    assert await value(here, registry_agencies.c.standing) == "active"
    assert await steps(here) == [
        ("suspend-agency", None, "operator_role_missing"),
        ("suspend-agency", None, None),
        ("suspend-agency", None, None),
        ("suspend-agency", None, "agency_already_suspended"),
        ("resume-agency", None, None),
    ]


async def test_a_version_is_read_and_judged_by_the_programme_and_then_by_the_committee(here: ConsoleHouse) -> None:
    new = await waits(here.house)
    programme, committee = await here.operator("programme-om"), await here.operator("committee")
    assert f"{ONE}" in (await programme.browser.get("/console/approvals")).text

    page = await programme.browser.get(ONE)
    for told in (new.digest, INNER, "https://fish.example", "fish-2026", "traffic-fines", "member:tests"):
        assert told in page.text, told
    assert "A fine that was paid is not shown" in page.text
    # The version that answers now only lists, so what has changed is how it connects.
    assert "/plate/kind" in page.text
    assert "listing" in page.text
    early = await committee.browser.get(ONE)
    assert (early.status, "/approve" in early.text) == (200, False)

    assert (await judged(programme, "approve")).status == 303
    assert (await judged(committee, "approve")).status == 303

    assert await value(here, registry_versions.c.standing, version=VERSION) == "approved"
    label = f"{ADAPTER}@{VERSION}"
    assert await steps(here) == [("endorse-adapter", label, None), ("approve-adapter", label, None)]
    assert (await programme.browser.get(ONE)).status == 409


async def test_whoever_holds_both_posts_is_one_person_all_the_same(here: ConsoleHouse) -> None:
    await waits(here.house)
    both, committee = await here.operator("both-chairs"), await here.operator("committee")
    before = await both.browser.get(ONE)
    shown = {name: before.field(name) for name in ("form", "stage", "digest")}
    assert (await judged(both, "approve")).status == 303

    page = await both.browser.get(ONE)
    forged = await both.browser.post(f"{ONE}/approve", shown | {"stage": "joint"})

    assert "/approve" not in page.text
    assert (forged.status, await value(here, registry_versions.c.standing, version=VERSION)) == (403, "endorsed")
    assert (await steps(here))[-1] == ("approve-adapter", f"{ADAPTER}@{VERSION}", "approval_same_person")
    assert (await judged(committee, "approve")).status == 303


async def test_two_clicks_at_once_are_one_judgement(here: ConsoleHouse) -> None:
    await waits(here.house)
    programme = await here.operator("programme-om")

    answers = await asyncio.gather(*(judged(programme, "approve") for _ in range(2)))

    assert sorted(each.status for each in answers) == [303, 409]
    assert await value(here, registry_versions.c.standing, version=VERSION) == "endorsed"


async def test_what_was_not_shown_is_not_approved(here: ConsoleHouse) -> None:
    await waits(here.house)
    programme = await here.operator("programme-om")

    forged = await judged(programme, "approve", digest="0" * 64)

    assert (forged.status, await value(here, registry_versions.c.standing, version=VERSION)) == (409, "submitted")


async def test_a_refusal_needs_a_reason_and_keeps_it_sealed(here: ConsoleHouse) -> None:
    await waits(here.house)
    programme = await here.operator("programme-om")

    short = await judged(programme, "refuse", reason="no")
    assert (short.status, "aria-invalid" in short.text) == (422, True)
    assert (await judged(programme, "refuse", reason=WHY)).status == 303

    assert await value(here, registry_versions.c.standing, version=VERSION) == "refused"
    kept = await value(here, registry_approvals.c.reason)
    assert isinstance(kept, bytes)
    assert WHY.encode() not in kept
    await joined(here.house, person="person-OM", role="viewer")
    said = await approvals(here, here.house.token(("OM", "08123457"), scopes=("registry",)))
    assert [(each["stage"], each["verdict"], each["reason"]) for each in said["approvals"]] == [
        ("national", "refused", WHY)
    ]
    assert "operator" not in str(said)


@pytest.mark.parametrize("who", ["operator", "security", "auditor", "programme-bh", "viewer"])
async def test_nobody_else_judges(here: ConsoleHouse, who: str) -> None:
    await waits(here.house)
    programme, someone = await here.operator("programme-om"), await here.operator(who)
    page = await programme.browser.get(ONE)
    desk = await someone.desk()

    for verb in ("approve", "refuse"):
        fields = {"stage": "national", "digest": page.field("digest"), "reason": WHY, "form": desk.field("form")}
        assert (await someone.browser.post(f"{ONE}/{verb}", fields)).status == 403

    assert await value(here, registry_versions.c.standing, version=VERSION) == "submitted"
    seen = await someone.browser.get(ONE)
    assert (seen.status, "/approve" in seen.text) == (404 if who == "programme-bh" else 200, False)


async def test_an_adapter_is_paused_resumed_and_its_trial_ended_at_once(here: ConsoleHouse) -> None:
    await waits(here.house, "approved")
    operator, viewer = await here.operator("operator"), await here.operator("viewer")
    place = f"/console/adapters/{ADAPTER}"

    refused = await viewer.act(f"adapters/{ADAPTER}/pause")
    assert (refused.status, "/pause" in (await viewer.browser.get(place)).text) == (403, False)
    assert (await operator.act(f"adapters/{ADAPTER}/pause")).status == 303
    assert await value(here, registry_adapters.c.standing) == "paused"
    assert (await operator.act(f"adapters/{ADAPTER}/pause")).status == 409
    assert (await operator.act(f"adapters/{ADAPTER}/resume")).status == 303

    assert await value(here, registry_adapters.c.standing) == "open"
    assert (await operator.act(f"adapters/{ADAPTER}/withdraw")).status == 409
    assert (await steps(here))[1:3] == [
        ("pause-adapter", f"{ADAPTER}@1.0.0", None),
        ("pause-adapter", f"{ADAPTER}@1.0.0", None),
    ]


async def test_adapters_are_searched_and_paged(here: ConsoleHouse) -> None:
    await joined(here.house)
    names = await many(here.house, 60)
    operator, bahrain = await here.operator("operator"), await here.operator("bahrain")

    first = await operator.browser.get("/console/adapters")
    second = await operator.browser.get("/console/adapters?page=2")
    found = await operator.browser.get("/console/adapters?q=om_fish_0042")

    assert (f"/{names[0]}" in first.text, f"/{names[-1]}" in first.text) == (True, False)
    assert (f"/{names[0]}" in second.text, f"/{names[-1]}" in second.text) == (False, True)
    assert re.findall(r"/console/adapters/(\w+)", found.text) == ["om_fish_0042"]
    assert f"/{names[0]}" not in (await bahrain.browser.get("/console/adapters")).text
    assert (await bahrain.browser.get(f"/console/adapters/{names[0]}")).status == 404
    for odd in ("page=0", "page=-1", "page=999999", "page=%D9%A3", "q=%27%22%25_", "q=" + "x" * 500, "page=9999999999"):
        assert (await operator.browser.get(f"/console/adapters?{odd}")).status == 200, odd


async def test_a_mandate_is_seen_and_revoked_by_security_of_its_state(here: ConsoleHouse) -> None:
    made = await mandated(here.house)
    operator, security = await here.operator("operator"), await here.operator("security")

    page = await operator.browser.get("/console/mandates")
    assert (made.id in page.text, "/revoke" in page.text) == (True, False)
    assert (await operator.act("mandates/revoke", mandate=made.id)).status == 403
    assert made.id not in (await (await here.operator("bahrain")).browser.get("/console/mandates")).text
    assert (await security.act("mandates/revoke", mandate=made.id)).status == 303

    assert await value(here, registry_mandates.c.standing) == "revoked"
    assert (await security.act("mandates/revoke", mandate="nobody")).status == 404
