"""The whole of applications over a real database, beside the example's stand-in, by a clock that the test moves."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from aiohttp.test_utils import TestServer
from sqlalchemy import Row, Table, select

from gateway.app.applications import ApplicationParts, Ground, application_parts
from gateway.applications.hooks import Attachments, Listener, Watch
from gateway.applications.settings import ApplicationSettings
from gateway.applications.view import ActionRequest, ApplicationView, NewApplication
from gateway.flow import Flow
from gateway.identity.principal import Assurance, Principal
from gateway.identity.vault import Vault
from gateway.kit.beside import sandbox_class
from gateway.ledger.ledger import Ledger
from gateway.ledger.verify import Report, verify
from gateway.policy.permit import Policy
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules
from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room, Wiring, build_room
from gateway.registry.services import Services
from gateway.schema import Country, NationalIdentifier
from gateway.sdk.inbox import Inbox
from gateway.sdk.sandbox import Orders, Sandbox
from gateway.settings import Paths, Settings
from gateway.storage.engine import Storage
from gateway.web.callbacks import callback_app
from gateway.web.operators import Measures
from tests.support.house import ROOT
from tests.support.ledgers import KEYS, ORIGIN, VERIFIER

SERVICE, COUNTRY, NUMBER = "residence-certificate", Country.OM, "08123457"
INPUTS: Mapping[str, Any] = {"use": "bank", "certificate_language": "ar"}
# A Sunday morning in Muscat, so that two working days end on Tuesday.
START = datetime(2026, 11, 8, 6, 0, tzinfo=UTC)
VAULT_KEY = bytes(range(32))
PACE, HOUR = 60.0, 3600.0


def applicant(name: str = "person-1", **changes: Any) -> Principal:
    """Somebody who may apply; all of it invented."""
    number = NationalIdentifier.parse(COUNTRY, NUMBER, today=START.date())
    values: dict[str, Any] = {
        "subject": name,
        "identifiers": {COUNTRY: number},
        "home": COUNTRY,
        "assurance": Assurance.HIGH,
        "client": "tests",
        "scopes": frozenset({"applications"}),
        "countries": None,
        "token_id": "token-1",
        "expires_at": START + timedelta(minutes=15),
    }
    return Principal(**values | changes)


def wanted(**changes: Any) -> NewApplication:
    """An application for a certificate of residence."""
    values = {"service": SERVICE, "country": COUNTRY, "inputs": dict(INPUTS), "purpose": "service_delivery"}
    return NewApplication(**values | changes)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Office:
    """One worker, not carrying anything by itself: ``deliver`` and ``track`` do what is due now."""

    parts: ApplicationParts
    storage: Storage
    sandbox: Sandbox
    clock: Clock
    room: Room
    database: str
    events_url: str
    principal: Principal = field(default_factory=applicant)

    async def apply(self, **changes: Any) -> ApplicationView:
        return await self.parts.applications.apply(self.principal, wanted(**changes), "request-1")

    async def act(self, application: str, kind: str, **values: str) -> ApplicationView:
        request = ActionRequest.model_validate({"kind": kind, "values": values})
        return await self.parts.applications.act(self.principal, application, request, "request-2")

    async def read(self, application: str) -> ApplicationView:
        return await self.parts.applications.read(self.principal, application)

    async def deliver(self) -> int:
        """Delivers what is due; how many tries that were."""
        return await self.parts.outbox.lanes.once()

    async def hours_of_trying(self, hours: int) -> None:
        """Tries for so long by the clock that the test moves, looking every hour."""
        for _ in range(hours):
            await self.deliver()
            self.clock.advance(HOUR)

    async def track(self) -> int:
        """Asks what is due to be asked; how many questions that were."""
        return await self.parts.tracking.lanes.once()

    async def until_final(self, application: str, rounds: int = 40) -> ApplicationView:
        """Moves the clock and does what is due until the application has ended."""
        for _ in range(rounds):
            await self.deliver()
            await self.track()
            view = await self.read(application)
            if view.status.final:
                return view
            self.clock.advance(PACE)
        raise AssertionError("it never ends")

    def orders(self, **orders: Any) -> None:
        """What the stand-in does with the applications from now on."""
        self.sandbox.desk.orders = Orders(**{"pace": PACE, "telling": "never", **orders})

    def books(self) -> Sequence[Mapping[str, Any]]:
        """Every application in the stand-in's books."""
        return list(self.sandbox.desk.books())

    @asynccontextmanager
    async def another_worker(self, **how: Any) -> AsyncIterator[ApplicationParts]:
        """A second worker over the same database, before the same national system."""
        async with worker(self.database, self.room, self.clock, **how) as (parts, _):
            yield parts

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        async with self.storage.reading() as connection:
            return (await connection.execute(select(table))).all()

    async def steps(self) -> list[tuple[str, str, str | None]]:
        """What the ledger knows: the step, its outcome and its code, in the order of the log."""
        from gateway.ledger.export import export

        entries = [orjson.loads(line) async for line in export(self.storage)][:-1]
        return [
            (each["entry"].get("step", ""), each["entry"]["outcome"], each["entry"].get("code")) for each in entries
        ]

    async def ledger_report(self) -> Report:
        return await verify(self.storage, [VERIFIER])


@cache
def catalogue() -> tuple[Services, PolicyRules]:
    """The services and the rules, read once: they are the slowest part of a worker."""
    return Services.load(ROOT / "config/services"), PolicyRules.load(ROOT / "config/policy.toml")


@asynccontextmanager
async def stand_in(clock: Clock) -> AsyncIterator[tuple[Sandbox, str, Mapping[str, str]]]:
    """The example's national system, its address and its secrets."""
    kind = sandbox_class(ROOT / "adapters", "example")
    secrets = kind.make_secrets()
    sandbox = kind(secrets=secrets, clock=clock)
    sandbox.desk.orders = Orders(pace=PACE, telling="never")
    async with sandbox.running() as url:
        yield sandbox, url, secrets


def room_at(url: str, secrets: Mapping[str, str], clock: Clock) -> Room:
    """The example room, whose breaker does not mind a test that goes on failing for a day."""
    plate = Manifest.load(ROOT / "adapters/example")
    plate = plate.model_copy(update={"limits": plate.limits.model_copy(update={"breaker_failures": 100_000})})
    wiring = Wiring({"main": url}, {name: secrets[name] for name in plate.secrets})
    return build_room(plate, ROOT / "adapters", wiring, Inbox("http://127.0.0.1"), clock)


@asynccontextmanager
async def worker(
    database: str,
    room: Room,
    clock: Clock,
    *,
    events_url: str = "",
    attachments: Attachments | None = None,
    listeners: Sequence[Listener] = (),
    watch: Watch | None = None,
    rules: PolicyRules | None = None,
    **section: Any,
) -> AsyncIterator[tuple[ApplicationParts, Storage]]:
    """One worker over the database, which it may share with others; ``section`` are settings of applications."""
    paths = Paths(holidays=ROOT / "config/holidays.toml")
    settings = Settings(applications=ApplicationSettings(**{"track_seconds": PACE / 2} | section), paths=paths)
    services, usual = catalogue()
    registry = Registry([room])
    policy = Policy(rules or usual, Quota(1_000_000, 1_000_000, lambda: 0.0))
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(Storage.open(database))
        ledger = await stack.enter_async_context(Ledger.open(storage, KEYS, ORIGIN, clock=clock))
        measures = Measures(services)
        flow = Flow(policy, registry, ledger, measures, clock)
        ground = Ground(
            services, policy, flow, registry, storage, ledger, Vault(VAULT_KEY), watch or measures, events_url, clock
        )
        yield application_parts(settings, ground, attachments, listeners), storage


@asynccontextmanager
async def office(database: str, **how: Any) -> AsyncIterator[Office]:
    """A worker beside a stand-in, whose callbacks reach it."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        sandbox, url, secrets = await stack.enter_async_context(stand_in(clock))
        room = room_at(url, secrets, clock)
        stack.push_async_callback(_close, room)
        door = _Door()
        server = TestServer(door.application())
        await stack.enter_async_context(server)
        how.setdefault("events_url", f"http://127.0.0.1:{server.port}")
        parts, storage = await stack.enter_async_context(worker(database, room, clock, **how))
        door.open_to(parts)
        # What is being told when the test ends must be heard to its end before the database is closed.
        stack.push_async_callback(server.close)
        yield Office(parts, storage, sandbox, clock, room, database, how["events_url"])


class _Door:
    """The callback door, whose address must be known before what stands behind it is made."""

    def __init__(self) -> None:
        self._parts: list[ApplicationParts] = []

    def open_to(self, parts: ApplicationParts) -> None:
        self._parts.append(parts)

    def application(self) -> Any:
        return callback_app(Inbox("http://127.0.0.1"), None, self)  # type: ignore[arg-type]

    async def hear(self, room: str, callback: Any) -> None:
        await self._parts[-1].hearing.hear(room, callback)


async def _close(room: Room) -> None:
    for gate in room.system.connection.gates.values():
        await gate.close()
