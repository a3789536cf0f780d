"""One service of one national system by each way in: a room, a name plate with a field map, an adapter host."""

import asyncio
import json
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psutil
from sqlalchemy import insert

from adapters.bahrain import sandbox_answers
from adapters.bahrain.sandbox import Sandbox
from adapters.bahrain.tokens import PATH as TOKENS
from gateway.app.signin import signin_keys
from gateway.registry.manifest import Manifest
from gateway.registry.secrets import secret_context
from gateway.registry.store import RegistryStore
from gateway.schema import Country
from gateway.sdk.sandbox import population
from gateway.settings import Settings
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_keys, registry_secrets
from tests.bench.contestants import ready, token, working
from tests.bench.machine import LOAD, Figures, back_end, free_port, load, middle, process
from tests.support.harbour import AUTHORITY, credentials
from tests.support.host_farm import endpoints_toml
from tests.support.hosts import ENDPOINT, Sides
from tests.support.house import ROOT
from tests.support.registered import ACTOR, agency, registered, submission

SECONDS, CONNECTIONS, ROUNDS = 6, 32, 3
ROOM, SERVICE, AGENCY = "bahrain", "identity-verification", "bh-iga"
PERSON, NUMBER = "bahraini-citizen", "010345570"
NAME = "bh_registered"
BODY = json.dumps({"countries": ["BH"], "purpose": "self_service"})


@dataclass(frozen=True)
class Gateway:
    """A worker that answers by one of the ways, ready to be asked."""

    worker: psutil.Process
    url: str
    headers: Mapping[str, str]


def ways(folder: Path) -> None:
    """Prints the three side by side: a gateway for each on one core, asked in turn, and what each asks on the other."""
    kinds: Mapping[str, Callable[[Path, str], Any]] = {"room": by_room, "field map": by_map, "adapter host": by_host}
    with ExitStack() as stack:
        bus = stack.enter_context(back_end(folder, _answers()))
        gateways = {}
        for place, (name, way) in enumerate(kinds.items()):
            own = folder / str(place)
            own.mkdir()
            gateways[name] = stack.enter_context(way(own, bus))
        rounds = [[_asked(name, each, folder) for name, each in gateways.items()] for _ in range(ROUNDS)]
    _print([middle(column) for column in zip(*rounds, strict=True)])


@contextmanager
def by_room(folder: Path, bus: str) -> Iterator[Gateway]:
    """The code of ``adapters/bahrain``."""
    config, settings = ready(folder, rooms=(ROOM,))
    wired = {f"BAWABA_ROOMS__{ROOM.upper()}__ENDPOINTS__{name.upper()}": url for name, url in _endpoints(bus).items()}
    with working(folder, config, settings, wired) as worker:
        yield _gateway(worker, settings)


@contextmanager
def by_map(folder: Path, bus: str) -> Iterator[Gateway]:
    """The map of ``docs/field-maps/bahrain.toml``, as an agency registers it."""
    config, settings = ready(folder, rooms=())
    plate = tomllib.loads((ROOT / "docs/field-maps/bahrain.toml").read_text("utf-8"))
    addresses = {name: _endpoints(bus)[name] for name in plate["endpoints"]}
    plate |= {"addresses": {"sandbox": addresses, "live": addresses}}
    plate["services"] = {SERVICE: plate["services"][SERVICE]}
    asyncio.run(_register(settings, plate, Sandbox.make_secrets()))
    with working(folder, config, settings, _reaching(bus)) as worker:
        yield _gateway(worker, settings)


@contextmanager
def by_host(folder: Path, bus: str) -> Iterator[Gateway]:
    """The same room in ``bawaba adapter serve`` on the other core, under mutual TLS and signatures both ways."""
    config, settings = ready(folder, rooms=())
    sides, port, room = Sides(folder / "sides"), free_port(), Manifest.load(ROOT / "adapters" / ROOM)
    address = {ENDPOINT: f"https://127.0.0.1:{port}"}
    plate = room.model_dump(mode="json") | {
        "kind": "host",
        "endpoints": [ENDPOINT],
        "secrets": [],
        "addresses": {"sandbox": address, "live": address},
        "host": {"keys": [sides.host.kid], "authority": AUTHORITY},
        "services": {SERVICE: room.services[SERVICE].model_dump(mode="json")},
    }
    asyncio.run(_register(settings, plate, {}, sides))
    secrets = {name: value for name, value in Sandbox.make_secrets().items() if name in room.secrets}
    at_home = sides.write(port, rest=endpoints_toml(_endpoints(bus), secrets))
    named = {f"BAWABA_REGISTRY__{name.upper()}": str(path) for name, path in credentials(sides).items()}
    command = [str(ROOT / ".venv/bin/bawaba"), "adapter", "serve", ROOM, "--config", str(at_home)]
    with (
        process([*command, "--listen", f"127.0.0.1:{port}"], LOAD),
        working(folder, config, settings, {**named, **_reaching(address[ENDPOINT])}) as worker,
    ):
        yield _gateway(worker, settings)


async def _register(
    settings: Settings, plate: Mapping[str, Any], secrets: Mapping[str, str], sides: Sides | None = None
) -> None:
    """As if it had been approved and gone live; with the keys of a host, where there are sides."""
    vault, store, now = signin_keys(settings)[0], RegistryStore(time.time), int(time.time())
    made = submission({**plate, "name": NAME, "agency": AGENCY})
    secret_rows = [
        {
            "adapter_id": NAME,
            "environment": "live",
            "name": name,
            "sealed": vault.seal(secrets[name].encode(), secret_context(NAME, "live", name)),
            "set_at": now,
        }
        for name in made.plate.secrets
    ]
    keys = {} if sides is None else {sides.host.kid: ("signing", orjson.dumps(sides.host.jwk))}
    keys |= {} if sides is None else {AUTHORITY: ("authority", sides.authority.encode())}
    key_rows = [
        {"agency_id": AGENCY, "name": name, "kind": kind, "document": document, "created_at": now}
        for name, (kind, document) in keys.items()
    ]
    async with Storage.open(settings.storage.url) as storage:
        await agency(storage, store, AGENCY, country=Country.BH.value)
        await registered(storage, store, made, name=NAME)
        async with storage.writing() as connection:
            for table, rows in ((registry_secrets, secret_rows), (registry_keys, key_rows)):
                if rows:
                    await connection.execute(insert(table), rows)
            await store.go_live(connection, NAME, made.plate.version, 100, ACTOR)


def _answers() -> Mapping[str, str]:
    """What the national system of Bahrain says, fixed."""
    person = population(Country.BH).person(NUMBER)
    if person is None:
        raise LookupError(NUMBER)
    granted = {"access_token": "bench", "token_type": "Bearer", "expires_in": 3600}
    return {TOKENS: json.dumps(granted), "/iga/v1/persons": json.dumps(sandbox_answers.person(person))}


def _endpoints(bus: str) -> Mapping[str, str]:
    return Sandbox.endpoints(bus)


def _reaching(url: str) -> Mapping[str, str]:
    """The setting that lets a registered adapter reach this one address of the machine."""
    return {"BAWABA_SERVER__OUTWARD_ALLOWED": json.dumps([f"127.0.0.1/32 port {url.rpartition(':')[2]}"])}


def _gateway(worker: psutil.Process, settings: Settings) -> Gateway:
    headers = {"Authorization": f"Bearer {token(settings, PERSON)}", "Content-Type": "application/json"}
    return Gateway(worker, f"{settings.server.public_url}/v1/lookups/{SERVICE}", headers)


def _asked(name: str, gateway: Gateway, folder: Path) -> Figures:
    """One run; what is answered before and after it must be the person, for a state that fails is a good answer too."""
    _check(gateway)
    ask = partial(load, seconds=SECONDS, connections=CONNECTIONS, folder=folder)
    figures = ask(name, gateway.url, headers=gateway.headers, body=BODY, measured=gateway.worker)
    _check(gateway)
    return figures


def _check(gateway: Gateway) -> None:
    request = urllib.request.Request(gateway.url, BODY.encode(), dict(gateway.headers))
    with urllib.request.urlopen(request, timeout=20) as response:
        (answer,) = orjson.loads(response.read())["answers"]
    if answer["status"] != "ok" or len(answer["records"]) != 1:
        raise RuntimeError(answer)


def _print(rows: list[Figures]) -> None:
    print(f"\n{SERVICE} of Bahrain by each way, one worker on one core, {CONNECTIONS} connections, ", end="")
    print(f"{SECONDS} s, median of {ROUNDS}; busy is the part of its core that the worker used\n")
    print(f"{'':14}{'lookups/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'busy %':>8}{'MB':>6}{'failed':>8}", end="")
    print(f"{'rate':>9}{'CPU':>7}{'p50':>7}  of the room's")
    room = rows[0]
    for row in rows:
        busy = row.rate * row.cpu / 1e4
        print(f"{row.name:14}{row.rate:>11,.0f}{row.p50:>9.2f}{row.p99:>9.2f}{row.cpu:>9.0f}{busy:>8.0f}", end="")
        print(f"{row.memory:>6.0f}{row.failures:>8}", end="")
        print(f"{row.rate / room.rate:>9.2f}{row.cpu / room.cpu:>7.2f}{row.p50 / room.p50:>7.2f}")
    print(
        "\nThe host shares its core with the national system and the load: its way is not bounded by the worker alone."
    )
