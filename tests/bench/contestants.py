"""What is measured, on the measured core: one worker as `bawaba serve` runs it, and the peer beside it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from gateway.app import now
from gateway.demo.people import demo_people
from gateway.demo.prepare import Ports, prepare
from gateway.settings import Settings, load
from gateway.storage.schema import upgrade
from tests.bench.machine import MEASURED, free_port, process, wait_for
from tests.support.house import ROOT, generous

IDN = "784199110289743"
"""Whom everything is asked and applied for as."""
PERSON, ROOM = "emirati-citizen", "uae"


def ready(folder: Path, database: str | None = None, rooms: Sequence[str] = (ROOM,)) -> tuple[Path, Settings]:
    """Settings with these rooms, their file, and the tables; a database in the folder unless a URL is given."""
    ports = Ports(free_port(), free_port())
    config = prepare(folder / "demo", ports, ROOT / "adapters", database, rooms=rooms, providers=())
    settings = load(config)
    asyncio.run(upgrade(settings.storage.url))
    return config, settings


@contextmanager
def serving(
    folder: Path, config: Path, settings: Settings, bus: str, changes: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """The worker; ``changes`` are settings as environment variables."""
    wired = {f"BAWABA_ROOMS__{ROOM.upper()}__ENDPOINTS__BUS": bus, **(changes or {})}
    with working(folder, config, settings, wired) as gateway:
        yield gateway


@contextmanager
def working(folder: Path, config: Path, settings: Settings, changes: Mapping[str, str]) -> Iterator[psutil.Process]:
    """The worker of these settings, ready; ``changes`` as in ``serving``."""
    environment = {"BAWABA_CONFIG": str(config), "BAWABA_PATHS__POLICY": str(generous(folder)), **changes}
    with process([str(ROOT / ".venv/bin/bawaba"), "serve"], MEASURED, environment) as gateway:
        wait_for(f"http://127.0.0.1:{settings.server.operators_port}/readyz")
        yield gateway


@contextmanager
def serving_peer(
    folder: Path, settings: Settings, application: str, environment: Mapping[str, str]
) -> Iterator[tuple[str, psutil.Process]]:
    """The peer under uvicorn, which takes the worker's tokens; its address and its process."""
    key = load_pem_private_key((settings.tokens.keys_dir / "current.pem").read_bytes(), None)
    public = folder / "peer.pem"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    port = free_port()
    known = {
        "PEER_KEY": str(public),
        "PEER_ISSUER": settings.tokens.issuer,
        "PEER_AUDIENCE": settings.tokens.audience,
    }
    command = [str(ROOT / ".venv/bin/uvicorn"), application, "--port", str(port), "--loop", "uvloop"]
    with process([*command, "--no-access-log", "--log-level", "error"], MEASURED, {**known, **environment}) as peer:
        wait_for(f"http://127.0.0.1:{port}/openapi.json")
        yield f"http://127.0.0.1:{port}", peer


def token(settings: Settings, person: str = PERSON) -> str:
    """A token of that citizen that outlives the measurement."""
    return next(each.token for each in demo_people(settings, now(), 60) if each.persona.id == person)
