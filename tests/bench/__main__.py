"""``make bench``: lookups a second on one core beside the peer, one question to six states, sign-ins a second."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import psutil
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from adapters.uae import sandbox_answers
from gateway.app import now
from gateway.demo.people import demo_people
from gateway.demo.prepare import Ports, prepare
from gateway.schema import Country
from gateway.sdk.sandbox import population
from gateway.settings import Settings
from gateway.settings import load as load_settings
from gateway.storage.schema import upgrade
from tests.bench.fan_out import fan_out
from tests.bench.machine import MEASURED, Figures, back_end, free_port, load, process, wait_for
from tests.bench.sign_ins import sign_ins
from tests.support.house import ROOT, generous

SECONDS, CONNECTIONS, ROUNDS = 6, 32, 3
IDN = "784199110289743"
BODY = json.dumps({"countries": ["AE"], "purpose": "self_service"})


def main() -> None:
    """Prints three tables; each figure of the first is the median of three runs in turn."""
    with tempfile.TemporaryDirectory() as name:
        one_state(Path(name))
    with tempfile.TemporaryDirectory() as name:
        fan_out(Path(name))
    with tempfile.TemporaryDirectory() as name:
        sign_ins(Path(name))


def one_state(folder: Path) -> None:
    """The same question by the direct way, through Bawaba and through the peer, turn by turn."""
    with ExitStack() as stack:
        bus = stack.enter_context(back_end(folder, answers()))
        settings, gateway = stack.enter_context(running_gateway(folder, bus))
        peer_url, peer = stack.enter_context(running_peer(folder, settings, bus))
        headers = {"Authorization": f"Bearer {emirati(settings)}", "Content-Type": "application/json"}
        ask = partial(load, seconds=SECONDS, connections=CONNECTIONS, folder=folder)
        path = "/v1/lookups/identity-verification"
        rounds = [
            (
                ask("direct, no gateway", f"{bus}/icp/v2/persons/{IDN}"),
                ask(
                    "Bawaba, whole",
                    settings.server.public_url + path,
                    headers=headers,
                    body=BODY,
                    measured=gateway,
                ),
                ask("FastAPI, httpx, PyJWT, pydantic", peer_url + path, headers=headers, body=BODY, measured=peer),
            )
            for _ in range(ROUNDS)
        ]
    rows = [middle(column) for column in zip(*rounds, strict=True)]
    print(f"\nOne state, one worker on one core, {CONNECTIONS} connections, {SECONDS} s, median of {ROUNDS}\n")
    print(f"{'':34}{'lookups/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'MB':>7}{'failed':>8}")
    for row in rows:
        print(
            f"{row.name:34}{row.rate:>11,.0f}{row.p50:>9.2f}{row.p99:>9.2f}{row.cpu:>9.0f}{row.memory:>7.0f}{row.failures:>8}"
        )
    print(f"\nBawaba is {rows[1].rate / rows[2].rate:.1f} times the peer, with every answer sealed.\n")


def answers() -> Mapping[str, str]:
    """What the national system of the Emirates says, fixed."""
    people = population(Country.AE)
    person = people.person(IDN)
    if person is None:
        raise LookupError(IDN)
    token = {"access_token": "bench", "token_type": "Bearer", "expires_in": 3600}
    return {"/oauth/token": json.dumps(token), f"/icp/v2/persons/{IDN}": json.dumps(sandbox_answers.person(person))}


@contextmanager
def running_gateway(folder: Path, bus: str) -> Iterator[tuple[Settings, psutil.Process]]:
    """One worker, as `bawaba serve` runs it, with one room wired to the back end."""
    ports = Ports(free_port(), free_port())
    config = prepare(folder / "demo", ports, ROOT / "adapters", rooms=["uae"], providers=())
    environment = {
        "BAWABA_CONFIG": str(config),
        "BAWABA_ROOMS__UAE__ENDPOINTS__BUS": bus,
        "BAWABA_PATHS__POLICY": str(generous(folder)),
    }
    settings = load_settings(config)
    asyncio.run(upgrade(settings.storage.url))
    with process([str(ROOT / ".venv/bin/bawaba"), "serve"], MEASURED, environment) as gateway:
        wait_for(f"http://127.0.0.1:{settings.server.operators_port}/readyz")
        yield settings, gateway


@contextmanager
def running_peer(folder: Path, settings: Settings, bus: str) -> Iterator[tuple[str, psutil.Process]]:
    """The peer on the same core, idle while Bawaba is asked."""
    key = load_pem_private_key((settings.tokens.keys_dir / "current.pem").read_bytes(), None)
    public = folder / "peer.pem"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    port = free_port()
    environment = {
        "PEER_KEY": str(public),
        "PEER_BACKEND": bus,
        "PEER_IDN": IDN,
        "PEER_ISSUER": settings.tokens.issuer,
        "PEER_AUDIENCE": settings.tokens.audience,
    }
    command = [str(ROOT / ".venv/bin/uvicorn"), "tests.bench.peer:app", "--port", str(port), "--loop", "uvloop"]
    with process([*command, "--no-access-log", "--log-level", "error"], MEASURED, environment) as peer:
        wait_for(f"http://127.0.0.1:{port}/openapi.json")
        yield f"http://127.0.0.1:{port}", peer


def emirati(settings: Settings) -> str:
    """A token of the Emirati citizen that outlives the measurement."""
    return next(each.token for each in demo_people(settings, now(), 60) if each.persona.id == "emirati-citizen")


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    rate, p50, p99, cpu = (median(getattr(run, name) for run in runs) for name in ("rate", "p50", "p99", "cpu"))
    worst = max(run.memory for run in runs)
    return replace(runs[0], rate=rate, p50=p50, p99=p99, cpu=cpu, memory=worst, failures=sum(r.failures for r in runs))


if __name__ == "__main__":
    main()
