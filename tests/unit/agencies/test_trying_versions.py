"""The gateway tries a version: one run of an adapter at a time, its report kept, and no secret in it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.agencies.acceptance import AT_ONCE, OF_ONE, Acceptance, RunKit
from gateway.agencies.acting import AgencyAct
from gateway.agencies.secrets import NewSecret, Secrets
from gateway.errors import Conflict, NotFound, TooManyRequests, UnfitSubmission
from gateway.identity.vault import Vault
from gateway.kit.beside import utc_now
from gateway.kit.findings import Finding
from gateway.kit.report import Report
from gateway.registry.building import Builder
from gateway.registry.rooms import Room
from gateway.registry.store import RegistryStore
from gateway.registry.submission import Submission
from gateway.sdk.inbox import Inbox
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_events, registry_versions
from tests.support import registered
from tests.support.acting import grant
from tests.support.fisheries import definition, plate
from tests.support.registered import submission

TRY, KEEP = grant(AgencyAct.TRY_VERSION), grant(AgencyAct.KEEP_CREDENTIAL)
SECRET = 'a "quoted" value of an agency'


def report(passed: bool = True, said: str = "") -> Report:
    """What the kit says in the end."""
    findings = (Finding(rule="case-broken", came=said),) if said else ()
    return Report(
        adapter="om_fish@1.0.0",
        stage="sandbox",
        passed=passed,
        findings=findings,
        cases=(),
        latency_ms={},
        took_ms=1,
    )


class Kit:
    """A kit that says what it was told to, once it is let go."""

    def __init__(self, said: Report) -> None:
        self.said, self.go, self.rooms = said, asyncio.Event(), list[Room]()
        self.begun = asyncio.Semaphore(0)
        self.go.set()

    async def __call__(self, _: Submission, room: Room) -> Report:
        self.rooms.append(room)
        self.begun.release()
        await self.go.wait()
        return self.said


class Bench:
    """Where versions are tried; ``name`` says how an adapter of its own is called."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self.storage, self.vault, self.store = storage, vault, RegistryStore(time.time)

    def acceptance(self, kit: RunKit) -> Acceptance:
        builder = Builder(lambda *_: True, lambda _: None, Inbox("http://127.0.0.1:9"), utc_now)
        return Acceptance(self.storage, self.vault, self.store, builder, kit, time.time)

    async def draft(self, name: str = "om_fish", *, secret: bool = True, standing: str = "draft") -> None:
        good = submission(plate("https://fish.example", name=name), [definition()])
        await registered.registered(self.storage, self.store, good, standing=standing, name=name)
        if secret:
            secrets = Secrets(self.storage, self.vault, self.store, time.time)
            await secrets.put(KEEP, name, "sandbox", "api_key", NewSecret(value=SECRET))


@pytest.fixture
async def bench(storage_url: str) -> AsyncIterator[Bench]:
    async with _bench(storage_url) as opened:
        yield opened


@asynccontextmanager
async def _bench(url: str) -> AsyncIterator[Bench]:
    async with Storage.open(url) as storage:
        bench = Bench(storage, Vault(os.urandom(32)))
        await registered.agency(storage, bench.store)
        yield bench


async def test_a_version_that_passed_stands_so_and_keeps_its_report(bench: Bench) -> None:
    await bench.draft()

    passed = await bench.acceptance(Kit(report())).run(TRY, "om_fish", "1.0.0")
    failed = await bench.acceptance(Kit(report(False, "x"))).run(TRY, "om_fish", "1.0.0")

    assert (passed.standing, failed.standing) == ("passed", "draft")
    assert failed.report is not None
    assert failed.report["findings"][0]["came"] == "x"
    async with bench.storage.reading() as connection:
        events = (await connection.execute(registry_events.select())).all()
    assert [row.what for row in events if row.what == "tried"] == ["tried", "tried"]


async def test_the_room_is_of_the_sandbox_and_closed_at_the_end(bench: Bench) -> None:
    await bench.draft()
    kit = Kit(report())

    await bench.acceptance(kit).run(TRY, "om_fish", "1.0.0")

    (room,) = kit.rooms
    assert room.system.connection.secrets == {"api_key": SECRET}


async def test_a_secret_that_was_said_back_is_not_kept(bench: Bench) -> None:
    await bench.draft()

    view = await bench.acceptance(Kit(report(False, f"it said {SECRET} to us"))).run(TRY, "om_fish", "1.0.0")

    assert view.report is not None
    assert view.report["findings"][0]["came"] == "it said … to us"
    async with bench.storage.reading() as connection:
        (row,) = (await connection.execute(registry_versions.select())).all()
    assert b"quoted" not in row.report


async def test_an_adapter_is_tried_once_at_a_time(bench: Bench) -> None:
    await bench.draft()
    kit = Kit(report())
    kit.go.clear()
    acceptance = bench.acceptance(kit)
    first = asyncio.create_task(acceptance.run(TRY, "om_fish", "1.0.0"))
    await kit.begun.acquire()

    with pytest.raises(Conflict, match="acceptance_running"):
        await acceptance.run(TRY, "om_fish", "1.0.0")
    kit.go.set()

    assert (await first).standing == "passed"
    assert (await acceptance.run(TRY, "om_fish", "1.0.0")).standing == "passed"


async def test_a_worker_runs_a_few_at_once_and_asks_others_to_come_again(bench: Bench) -> None:
    names = [f"om_fish_{number}" for number in range(AT_ONCE + 1)]
    for name in names:
        await bench.draft(name)
    kit = Kit(report())
    kit.go.clear()
    acceptance = bench.acceptance(kit)
    others = [grant(AgencyAct.TRY_VERSION, agency=f"om-other-{number}") for number in range(AT_ONCE + 1)]
    runs = [
        asyncio.create_task(acceptance.run(each, name, "1.0.0"))
        for each, name in zip(others[:-1], names[:-1], strict=True)
    ]
    for _ in runs:
        await kit.begun.acquire()

    with pytest.raises(TooManyRequests):
        await acceptance.run(others[-1], names[-1], "1.0.0")
    kit.go.set()

    assert [view.standing for view in await asyncio.gather(*runs)] == ["passed"] * AT_ONCE


async def test_one_agency_leaves_room_for_others(bench: Bench) -> None:
    """Many adapters at a slow sandbox take no more than their share of a worker."""
    names = [f"om_fish_{number}" for number in range(OF_ONE + 2)]
    for name in names:
        await bench.draft(name)
    kit = Kit(report())
    kit.go.clear()
    acceptance = bench.acceptance(kit)
    runs = [asyncio.create_task(acceptance.run(TRY, name, "1.0.0")) for name in names[:OF_ONE]]
    for _ in runs:
        await kit.begun.acquire()

    with pytest.raises(TooManyRequests):
        await acceptance.run(TRY, names[-2], "1.0.0")
    kit.go.set()

    other = await acceptance.run(grant(AgencyAct.TRY_VERSION, agency="om-other"), names[-1], "1.0.0")
    assert [view.standing for view in (*await asyncio.gather(*runs), other)] == ["passed"] * (OF_ONE + 1)


async def test_what_was_handed_in_is_not_tried_any_more(bench: Bench) -> None:
    await bench.draft(standing="submitted")

    with pytest.raises(Conflict, match="version_handed_in"):
        await bench.acceptance(Kit(report())).run(TRY, "om_fish", "1.0.0")
    with pytest.raises(NotFound):
        await bench.acceptance(Kit(report())).run(TRY, "om_fish", "9.9.9")


async def test_a_version_that_cannot_be_built_says_why(bench: Bench) -> None:
    await bench.draft(secret=False)

    with pytest.raises(UnfitSubmission) as refused:
        await bench.acceptance(Kit(report())).run(TRY, "om_fish", "1.0.0")

    (finding,) = refused.value.findings
    assert (finding.came, finding.facts) == ("secrets.api_key", {"detail": "is not set"})
