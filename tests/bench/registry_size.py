"""A registry of 1,000 adapters with 10,000 implementations: how a worker starts with it, and what it weighs."""

import asyncio
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil
from sqlalchemy import insert, update

from gateway.app.signin import signin_keys
from gateway.identity.vault import Vault
from gateway.registry.routing import Adapter, Routes
from gateway.registry.secrets import secret_context
from gateway.registry.store import AdapterState
from gateway.registry.submission import Submission
from gateway.registry.version import Version
from gateway.schema import Country
from gateway.settings import Settings
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import (
    registry_adapters,
    registry_agencies,
    registry_clock,
    registry_secrets,
    registry_versions,
)
from tests.bench.contestants import ready, token
from tests.bench.machine import MEASURED, back_end, load, process, wait_for
from tests.support.fisheries import AGENCY, KEY, SERVICE, definition, licence, plate
from tests.support.house import ROOT, generous

ADAPTERS, SERVICES = 1_000, 10
ASKED = 1_000
"""Adapters that are asked once, and so are built, before the memory is read again."""
CHUNK = 100
PERSON = "784199110289743"
_STREETS = ("harbour", "market", "school", "road", "library", "court", "farm", "clinic", "museum", "port")


@dataclass(frozen=True)
class Size:
    """A start with so many adapters: seconds, of a clock and of its core, and megabytes, then and after some calls."""

    adapters: int
    seconds: float
    cpu: float
    memory: float
    asked: float


def registry_size(folder: Path) -> None:
    """Prints how a worker starts with no adapter, with a hundred and with a thousand."""
    print(f"Adapters of {SERVICES} services each, every service brought by its adapter; {ASKED} are asked at the end\n")
    print(f"{'adapters':>10}{'services':>10}{'ready s':>10}{'CPU s':>8}{'MB':>8}{'MB asked':>10}{'route us':>10}")
    for adapters in (0, 100, ADAPTERS):
        place = folder / str(adapters)
        place.mkdir()
        found = _started(place, adapters)
        print(
            f"{adapters:>10,}{adapters * SERVICES:>10,}{found.seconds:>10.2f}{found.cpu:>8.2f}"
            f"{found.memory:>8.0f}{found.asked:>10.0f}{_route_microseconds(adapters):>10.2f}"
        )


def _started(folder: Path, adapters: int) -> Size:
    answer = orjson.dumps({"licences": [licence("F-1001", PERSON) | {"holder": PERSON}]}).decode()
    with back_end(folder, {f"/licences/{PERSON}": answer}) as system:
        config, settings = ready(folder)
        asyncio.run(seed(settings, adapters, system))
        with _serving(folder, config, settings, system) as (worker, seconds):
            memory, used = worker.memory_info().rss / 1e6, worker.cpu_times()
            headers = {"Authorization": f"Bearer {token(settings)}", "Content-Type": "application/json"}
            ask = partial(load, seconds=1, connections=1, folder=folder, headers=headers)
            body = orjson.dumps({"countries": ["AE"], "purpose": "self_service"}).decode()
            for number in range(min(ASKED, adapters)):
                _ask_once(settings.server.public_url, f"{SERVICE}-{number}-0", headers, body)
            if adapters:
                ask("through a field map", f"{settings.server.public_url}/v1/lookups/{SERVICE}-0-0", body=body)
            return Size(adapters, seconds, used.user + used.system, memory, worker.memory_info().rss / 1e6)


@contextmanager
def _serving(folder: Path, config: Path, settings: Settings, system: str) -> Iterator[tuple[psutil.Process, float]]:
    port = system.rpartition(":")[2]
    environment = {
        "BAWABA_CONFIG": str(config),
        "BAWABA_PATHS__POLICY": str(generous(folder)),
        "BAWABA_SERVER__OUTWARD_ALLOWED": f'["127.0.0.1/32 port {port}"]',
    }
    began = time.monotonic()
    with process([str(ROOT / ".venv/bin/bawaba"), "serve"], MEASURED, environment) as worker:
        wait_for(f"http://127.0.0.1:{settings.server.operators_port}/readyz")
        yield worker, time.monotonic() - began


def _ask_once(url: str, service: str, headers: dict[str, str], body: str) -> None:
    request = urllib.request.Request(f"{url}/v1/lookups/{service}", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        document = orjson.loads(answer.read())
    if document["answers"][0]["status"] != "ok":
        raise RuntimeError(document)


async def seed(settings: Settings, adapters: int, system: str) -> None:
    """Registers them as if each had been approved and gone live, all of one agency of the Emirates."""
    vault, now = signin_keys(settings)[0], int(time.time())
    async with Storage.open(settings.storage.url) as storage:
        async with storage.writing() as connection:
            await connection.execute(
                insert(registry_agencies).values(
                    agency_id=AGENCY,
                    country="AE",
                    kind="agency",
                    standing="active",
                    names=b"{}",
                    contact=b"",
                    created_at=now,
                    revision=1,
                )
            )
            await connection.execute(update(registry_clock).values(revision=1))
        for first in range(0, adapters, CHUNK):
            numbers = range(first, min(first + CHUNK, adapters))
            versions = [submission(number, system) for number in numbers]
            async with storage.writing() as connection:
                await connection.execute(insert(registry_adapters), [_adapter_row(each, now) for each in versions])
                await connection.execute(insert(registry_versions), [_version_row(each, now) for each in versions])
                await connection.execute(insert(registry_secrets), [_secret_row(each, vault) for each in versions])


def submission(number: int, system: str) -> Submission:
    """An adapter of ten services that are told apart by their names."""
    names = [f"{SERVICE}-{number}-{each}" for each in range(SERVICES)]
    made: dict[str, Any] = plate(system, name=f"adapter_{number}", country="AE")
    offer = made["services"][SERVICE]
    made["services"] = dict.fromkeys(names, offer)
    document = {"plate": made, "definitions": [_definition(name, number, place) for place, name in enumerate(names)]}
    return Submission.model_validate_json(orjson.dumps(document))


def _definition(name: str, number: int, place: int) -> dict[str, Any]:
    made = definition(name)
    made["authorities"][0]["country"] = "AE"
    street = _STREETS[(number + place) % len(_STREETS)]
    made["name"]["en"] = f"Permit {number} for the {street}"
    made["name"]["ar"] = f"تصريح {number} رقم {place}"
    return made


def _adapter_row(version: Submission, now: int) -> dict[str, Any]:
    return {
        "adapter_id": version.plate.name,
        "agency_id": AGENCY,
        "country": version.plate.country.value,
        "standing": "open",
        "live_version": version.plate.version,
        "canary_share": 0,
        "created_at": now,
        "revision": 1,
    }


def _version_row(version: Submission, now: int) -> dict[str, Any]:
    return {
        "adapter_id": version.plate.name,
        "ordinal": 1,
        "standing": "approved",
        "made_by": "member:bench",
        "made_at": now,
        "changed_at": now,
        **version.columns(),
    }


def _secret_row(version: Submission, vault: Vault) -> dict[str, Any]:
    sealed = vault.seal(KEY.encode(), secret_context(version.plate.name, "live", "api_key"))
    return {
        "adapter_id": version.plate.name,
        "environment": "live",
        "name": "api_key",
        "sealed": sealed,
        "set_at": 0,
    }


def _route_microseconds(adapters: int) -> float:
    """How long it takes to find the version of one service among them, the median of many."""
    routes = Routes({})
    for number in range(adapters):
        services = [f"{SERVICE}-{number}-{each}" for each in range(SERVICES)]
        state = AdapterState(f"adapter_{number}", AGENCY, Country.AE, "open", "1.0.0", None, None, 0, None, 1)
        routes.put(Adapter(state, Version(f"adapter_{number}@1.0.0", services, _never), None))
    if not adapters:
        return 0.0
    return median(_times(routes, adapters)) * 1e6


def _times(routes: Routes, adapters: int) -> Sequence[float]:
    times = []
    for number in range(5_000):
        service = f"{SERVICE}-{number * 7 % adapters}-{number % SERVICES}"
        began = time.perf_counter()
        routes.find(service, Country.AE, "call", 0.0)
        times.append(time.perf_counter() - began)
    return times


def _never() -> Any:
    raise RuntimeError("to find a version builds nothing")
