"""An agency that nobody knew this morning is invited, registers, is approved by two people and answers a citizen."""

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio

from gateway.serve import Doors
from tests.support.console import ConsoleHouse, Person, console_house
from tests.support.fisheries import ADAPTER, AGENCY, HOLDER, SERVICE, Fisheries, definition, plate
from tests.support.registry_door import CASES, ONE, ROOT, RegistryDoor

INVITATION = {
    "agency": AGENCY,
    "country": "OM",
    "kind": "agency",
    "name_ar": "الثروة السمكية (جهة مختلقة)",
    "name_en": "Fisheries (invented)",
    "contact_ar": "مكتب الربط",
    "contact_en": "Integration desk",
    "email": "desk@fish.example",
    "phone": "+96824000000",
    "owner": "Salim",
}
SOON = 2.0
"""Seconds within which a change is in force everywhere."""

SHARE = 20


@dataclass
class Town:
    """Two workers over one database, the operators before their console, and two systems of the newcomer."""

    console: ConsoleHouse
    door: RegistryDoor
    other: Doors
    good: Fisheries
    bad: Fisheries
    registrar: Person
    programme: Person
    committee: Person

    @property
    def citizen(self) -> str:
        return self.door.house.token(("OM", HOLDER), scopes=("lookups",))

    async def ask(self, port: int) -> tuple[int, dict[str, Any]]:
        """The citizen's question at the worker behind that port."""
        headers = {"Authorization": f"Bearer {self.citizen}"}
        body = {"countries": ["OM"], "purpose": "self_service"}
        url = f"http://127.0.0.1:{port}/v1/lookups/{SERVICE}"
        async with self.door.house.session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    @property
    def ports(self) -> tuple[int, int]:
        return self.door.house.doors.public_port, self.other.public_port

    def version(self, number: str, live: Fisheries) -> dict[str, Any]:
        """A version that passes the kit; where it goes once it is live is another matter."""
        made = plate(live.url, number, sandbox=self.good.url)
        return {"plate": made, "definitions": [definition()], "cases": CASES}

    async def approve(self, token: str, version: str, live: Fisheries) -> None:
        """From a draft to approved: the kit, the national programme, the joint committee."""
        one = f"{ONE}/versions/{version}"
        told = await self.door.ask("PUT", one, token, self.version(version, live))
        assert told.status == 200, told.text
        told = await self.door.ask("POST", f"{one}/acceptance", token)
        assert told["report"]["passed"], told.text
        told = await self.door.ask("POST", f"{one}/submission", token)
        assert told["standing"] == "submitted"
        for judge, standing in ((self.programme, "endorsed"), (self.committee, "approved")):
            page = f"/console/approvals/{ADAPTER}/{version}"
            shown = await judge.browser.get(page)
            assert shown.status == 200, shown.words
            form = {name: shown.field(name) for name in ("form", "stage", "digest")}
            done = await judge.browser.post(f"{page}/approve", form)
            assert done.status == 303, done.words
            assert (await self.door.ask("GET", one, token))["standing"] == standing


@pytest_asyncio.fixture
async def town(tmp_path: Path, storage_url: str) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        good, bad = [await stack.enter_async_context(Fisheries(series).running()) for series in (1, 2)]
        reachable = [f"127.0.0.1/32 port {each.url.rpartition(':')[2]}" for each in (good, bad)]
        house = console_house(tmp_path, storage_url=storage_url, server={"outward_allowed": tuple(reachable)})
        console = await stack.enter_async_context(house)
        other = await stack.enter_async_context(console.another_worker())
        registrar = await console.operator("operator")
        programme = await console.operator("programme-om")
        committee = await console.operator("committee")
        door = RegistryDoor(console.house, good)
        yield Town(console, door, other, good, bad, registrar, programme, committee)


async def join(town: Town) -> str:
    """Invited by an operator, accepted by a person; the owner's token."""
    told = await town.registrar.act("agencies/invite", "/console/agencies/new", **INVITATION)
    assert told.status == 200, told.words
    (secret,) = re.findall(r"[A-Za-z0-9_-]{32,}", told.words.rpartition("agency/join")[2])[:1] or [""]
    owner = town.door.token()
    accepted = await town.door.ask("POST", f"{ROOT}/invitations", owner, {"invitation": secret})
    assert accepted.status in (200, 201), accepted.text
    return owner


async def set_up(town: Town) -> str:
    """The newcomer's adapter, with the key to its system in both environments; the owner's token."""
    owner = await join(town)
    await town.door.adapter(owner)
    return owner


async def live(town: Town, owner: str, version: str, share: int = 100) -> float:
    """The version goes live; the moment when it was said."""
    told = await town.door.ask("POST", f"{ONE}/live", owner, {"version": version, "share": share})
    assert told.status == 200, told.text
    return time.monotonic()


async def test_a_service_that_nobody_has_seen_reaches_a_citizen_without_a_restart(town: Town) -> None:
    """On both workers, within two seconds of its going live."""
    owner = await set_up(town)
    await town.approve(owner, "1.0.0", town.good)
    before = [await town.ask(port) for port in town.ports]

    said = await live(town, owner, "1.0.0")
    answers = [await _until_answered(town, port, said + SOON) for port in town.ports]

    assert [(status, document["code"]) for status, document in before] == [(404, "unknown_service")] * 2
    for document in answers:
        (answer,) = document["answers"]
        assert (answer["status"], answer["adapter"], answer["agency"]) == ("ok", f"{ADAPTER}@1.0.0", AGENCY)
        assert [record["reference"] for record in answer["records"]] == ["F-1001", "F-1002"]
        assert answer["receipt"]["id"]
    found = await town.door.ask("GET", "/v1/services?q=رخص الصيد", None)
    assert [service["id"] for service in found["services"]] == [SERVICE]


async def test_one_person_cannot_say_both_words(town: Town) -> None:
    """Whoever endorses a version for the state does not approve it for the committee too."""
    owner = await set_up(town)
    both = await town.console.operator("both-chairs")
    town.programme = both
    town.committee = both

    one = f"{ONE}/versions/1.0.0"
    await town.door.ask("PUT", one, owner, town.version("1.0.0", town.good))
    await town.door.ask("POST", f"{one}/acceptance", owner)
    await town.door.ask("POST", f"{one}/submission", owner)
    page = f"/console/approvals/{ADAPTER}/1.0.0"
    shown = await both.browser.get(page)
    first = {name: shown.field(name) for name in ("form", "stage", "digest")}
    endorsed = await both.browser.post(f"{page}/approve", first)
    second = await both.browser.post(f"{page}/approve", {**first, "stage": "joint"})

    assert endorsed.status == 303
    assert (second.status, "approval_same_person" in second.text) == (403, True)
    assert (await town.door.ask("GET", one, owner))["standing"] == "endorsed"
    told = await town.door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})
    assert (told.status, told.code) == (409, "adapter_version_not_approved")


async def test_a_bad_version_is_withdrawn_by_itself_and_fails_nobody_beyond_its_share(town: Town) -> None:
    """Tried on a share of the calls under load, on two workers: the rest go on as if nothing had happened."""
    owner = await set_up(town)
    await town.approve(owner, "1.0.0", town.good)
    said = await live(town, owner, "1.0.0")
    for port in town.ports:
        await _until_answered(town, port, said + SOON)
    await town.approve(owner, "1.1.0", town.bad)
    town.bad.failing = True

    async with _Load(town) as load:
        await load.settled(200)
        await live(town, owner, "1.1.0", SHARE)
        await load.until_withdrawn(owner)
        withdrawn_at = load.answered
        await load.settled(withdrawn_at + 400)

    assert load.lost == []
    assert load.failed
    assert set(load.failed) == {f"{ADAPTER}@1.1.0"}
    # A version that fails every call is found out after a few on each worker, and never beyond its share.
    tried = load.failed.total()
    assert tried <= 0.3 * load.between, (tried, load.between)
    assert load.failed_since_withdrawn == 0
    state = await town.door.ask("GET", ONE, owner)
    assert (state["live"], state["canary"], state["standing"]) == ("1.0.0", None, "open")
    events = (await town.door.ask("GET", f"{ONE}/events", owner))["events"]
    (event,) = [event for event in events if event["what"] == "withdrawn"]
    assert event["actor"].startswith("gateway")
    assert event["facts"]["why"] == "failures"


async def test_a_change_under_load_loses_no_call_and_mixes_no_versions(town: Town) -> None:
    """Back and forth between two versions, while calls are under way that take longer than a change does."""
    owner = await set_up(town)
    await town.approve(owner, "1.0.0", town.good)
    await town.approve(owner, "1.1.0", town.bad)
    town.good.seconds = town.bad.seconds = 0.08
    said = await live(town, owner, "1.0.0")
    for port in town.ports:
        await _until_answered(town, port, said + SOON)

    async with _Load(town) as load:
        await load.settled(30)
        for _ in range(4):
            said = await live(town, owner, "1.1.0")
            await load.everybody_hears(f"{ADAPTER}@1.1.0", said + SOON)
            told = await town.door.ask("POST", f"{ONE}/rollback", owner)
            await load.everybody_hears(f"{ADAPTER}@1.0.0", time.monotonic() + SOON)
            assert told["live"] == "1.0.0"

    assert load.lost == []
    assert not load.failed
    assert set(load.records) == {f"{ADAPTER}@1.0.0", f"{ADAPTER}@1.1.0"}
    assert load.records[f"{ADAPTER}@1.0.0"] == {tuple(town.good.numbers)}
    assert load.records[f"{ADAPTER}@1.1.0"] == {tuple(town.bad.numbers)}


class _Load:
    """Citizens who ask both workers without a pause."""

    ASKERS = 6

    def __init__(self, town: Town) -> None:
        self._town = town
        self._stop = False
        self._withdrawn = 0
        self._began = 0
        self.answered = 0
        self._more = asyncio.Condition()
        self.lost: list[object] = []
        self.failed: Counter[str] = Counter()
        self.failed_since_withdrawn = 0
        self.records: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.newest: dict[int, str] = {}

    @property
    def between(self) -> int:
        """Calls while the version was tried, and a little longer."""
        return max(1, self._withdrawn - self._began)

    async def __aenter__(self) -> "_Load":
        self._tasks = [asyncio.create_task(self._ask(number)) for number in range(self.ASKERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop = True
        await asyncio.gather(*self._tasks)

    async def settled(self, answered: int) -> None:
        """Until so many were answered in all."""
        async with asyncio.timeout(60), self._more:
            await self._more.wait_for(lambda: self.answered >= answered)
        self._began = self._began or self.answered

    async def until_withdrawn(self, owner: str) -> None:
        """Until the registry says so, and the workers have had their two seconds."""
        async with asyncio.timeout(60):
            state = await self._town.door.ask("GET", ONE, owner)
            while state["canary"] is not None:
                await self.settled(self.answered + 10)
                state = await self._town.door.ask("GET", ONE, owner)
        await asyncio.sleep(SOON)
        self._withdrawn = self.answered

    async def everybody_hears(self, adapter: str, until: float) -> None:
        """Until the newest answer of both workers is of that version, which it must be in time."""
        async with self._more:
            while set(self.newest.values()) != {adapter}:
                await self._more.wait()
                assert time.monotonic() < until, self.newest

    async def _ask(self, number: int) -> None:
        port = self._town.ports[number % 2]
        while not self._stop:
            withdrawn = self._withdrawn
            try:
                status, document = await self._town.ask(port)
            except aiohttp.ClientError as problem:
                self.lost.append(problem)
                continue
            if status != 200:
                self.lost.append(document)
                continue
            (answer,) = document["answers"]
            async with self._more:
                self.answered += 1
                self.newest[port] = answer["adapter"]
                self._more.notify_all()
            if answer["status"] == "ok":
                self.records[answer["adapter"]].add(tuple(record["reference"] for record in answer["records"]))
            else:
                self.failed[answer["adapter"]] += 1
                self.failed_since_withdrawn += bool(withdrawn)


async def _until_answered(town: Town, port: int, until: float) -> dict[str, Any]:
    """The first answer of the worker that is none of a service unknown; fails where it comes too late."""
    while True:
        status, document = await town.ask(port)
        if status == 200:
            return document
        assert document["code"] in ("unknown_service", "service_not_in_country"), document
        assert time.monotonic() < until, document
        await asyncio.sleep(0.02)
