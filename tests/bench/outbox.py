"""Messages delivered a second while many wait, and what a claim takes when few wait and when many do."""

import asyncio
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil
from sqlalchemy import func, insert, select, text

from gateway.app import now
from gateway.app.signin import signin_keys
from gateway.applications.facade import new_id
from gateway.applications.kept import Application, Particulars, Supplied
from gateway.applications.life import Standing
from gateway.applications.queue import Queue
from gateway.applications.store import Store
from gateway.identity.principal import Assurance
from gateway.identity.snapshot import Snapshot
from gateway.identity.vault import Vault
from gateway.schema import Country, NationalIdentifier
from gateway.schema.application import ApplicationStatus
from gateway.settings import Settings
from gateway.storage.application_tables import application_messages, applications
from gateway.storage.engine import Storage
from tests.bench.contestants import IDN, ready, serving
from tests.bench.machine import LOAD, free_port, pinned, process
from tests.support.house import ROOT
from tests.support.postgresql import PostgresqlServer

FEW, MANY, TOGETHER = 100, 100_000, 5_000
SECONDS = 6
CLAIMS = 100
Row = Mapping[str, Any]


def outbox(folder: Path) -> None:
    """Prints a row for each database; all messages are of one state, so that one lane has them all."""
    print(f"\nOutbox of one worker on one core, every message of one state, {SECONDS} s\n")
    print(f"{'':34}{'waiting':>9}{'claim p50 ms':>14}{'p99 ms':>8}{'delivered/s':>13}{'CPU µs':>9}")
    with ExitStack() as stack:
        bus = stack.enter_context(_counter())
        with pinned(LOAD):
            server = stack.enter_context(PostgresqlServer.running())
        server.create("outbox")
        for name, url in {"SQLite": None, "PostgreSQL": server.url("outbox")}.items():
            here = folder / name
            here.mkdir()
            config, settings = ready(here, url)
            few = asyncio.run(_filled(settings, FEW))
            many = asyncio.run(_filled(settings, MANY))
            with serving(here, config, settings, bus, {"BAWABA_APPLICATIONS__TRACK_SECONDS": "3600"}) as gateway:
                rate, cpu = asyncio.run(_deliveries(settings, gateway))
            print(f"{name:34}{FEW:>9,}{few.p50:>14.2f}{few.p99:>8.2f}")
            print(f"{'':34}{MANY:>9,}{many.p50:>14.2f}{many.p99:>8.2f}{rate:>13,.0f}{cpu:>9,.0f}")
    print()


@dataclass(frozen=True)
class Took:
    """Milliseconds of a claim, its transaction and the question what is due included."""

    p50: float
    p99: float


async def _filled(settings: Settings, count: int) -> Took:
    """Fills the queue up to ``count`` and measures claims, each of which gives back at once what it took."""
    vault, _ = signin_keys(settings)
    queue, took = Queue(vault), list[float]()
    async with Storage.open(settings.storage.url) as storage:
        await _fill(storage, vault, count)
        for _ in range(CLAIMS):
            began, moment = time.perf_counter(), now()
            async with storage.reading() as connection:
                due = await queue.next_due(connection)
            async with storage.writing() as connection:
                taken = await queue.claim(connection, Country.AE, 4, "bench", moment, moment)
            took.append((time.perf_counter() - began) * 1000)
            if len(taken) != 4 or Country.AE not in due:
                raise RuntimeError(f"{len(taken)} messages were claimed of {count} that wait")
    cuts = quantiles(took, n=100)
    return Took(cuts[49], cuts[98])


async def _fill(storage: Storage, vault: Vault, count: int) -> None:
    """The first application is made by the gateway's own code; the others are copies, each sealed for itself."""
    async with storage.writing() as connection:
        application = _application(now() - timedelta(minutes=1))
        await Store(vault).add(connection, application)
        message = await Queue(vault).put(connection, application, "submit", Supplied(), application.created_at)
        rows = [
            dict(
                (await connection.execute(select(table).where(table.c.application_id == application.id))).one()._mapping
            )
            for table in (applications, application_messages)
        ]
        waiting = (await connection.execute(select(func.count()).select_from(application_messages))).scalar_one()
    opened = [
        vault.open(rows[0]["sealed"], f"application {application.id}"),
        vault.open(rows[1]["sealed"], f"message {message}"),
    ]
    for first in range(waiting, count, TOGETHER):
        copies = [_copy(vault, rows, opened) for _ in range(min(TOGETHER, count - first))]
        async with storage.writing() as connection:
            await connection.execute(insert(applications), [copy[0] for copy in copies])
            await connection.execute(insert(application_messages), [copy[1] for copy in copies])
    async with storage.writing() as connection:
        await connection.execute(text("ANALYZE"))


def _copy(vault: Vault, rows: list[dict[str, Any]], opened: list[bytes]) -> tuple[Row, Row]:
    key, message = new_id(), secrets.token_hex(16)
    return (
        {
            **rows[0],
            "application_id": key,
            "wire_reference": secrets.token_hex(16),
            "sealed": vault.seal(opened[0], f"application {key}"),
        },
        {
            **rows[1],
            "application_id": key,
            "message_id": message,
            "sealed": vault.seal(opened[1], f"message {message}"),
        },
    )


def _application(moment: datetime) -> Application:
    """What the Emirati citizen applies for."""
    identifier = NationalIdentifier.parse(Country.AE, IDN, today=moment.date())
    snapshot = Snapshot(
        subject="person-bench",
        identifiers=(identifier,),
        home=Country.AE,
        assurance=Assurance.HIGH,
        client="bench",
        scopes=("applications",),
        countries=None,
        token_id="bench",
        expires_at=moment,
    )
    return Application(
        id=new_id(),
        person=snapshot.subject,
        service="residence-certificate",
        country=Country.AE,
        agency="ae-icp",
        reference=secrets.token_hex(16),
        particulars=Particulars(
            applicant=snapshot,
            inputs={"use": "bank", "certificate_language": "ar"},
            purpose="service_delivery",
            language="ar",
        ),
        standing=Standing(ApplicationStatus.submitted),
        created_at=moment,
        updated_at=moment,
        submitted_at=moment,
    )


async def _deliveries(settings: Settings, gateway: psutil.Process) -> tuple[float, float]:
    """Deliveries a second, and microseconds of the worker's processor for each."""
    async with Storage.open(settings.storage.url) as storage:
        before, cpu, began = await _waiting(storage), gateway.cpu_times(), time.perf_counter()
        await asyncio.sleep(SECONDS)
        after, spent, took = await _waiting(storage), gateway.cpu_times(), time.perf_counter() - began
    delivered = max(before - after, 1)
    return delivered / took, (spent.user + spent.system - cpu.user - cpu.system) / delivered * 1e6


async def _waiting(storage: Storage) -> int:
    async with storage.reading() as connection:
        wanted = select(func.count()).select_from(application_messages)
        return int((await connection.execute(wanted)).scalar_one())


@contextmanager
def _counter() -> Iterator[str]:
    port = free_port()
    with process([str(ROOT / ".venv/bin/python"), "-m", "tests.bench.counter", str(port)], LOAD):
        yield f"http://127.0.0.1:{port}"
