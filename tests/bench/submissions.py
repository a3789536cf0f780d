"""Applications taken in a second, each durable before it is answered, on both databases, beside the peer."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.bench.contestants import ready, serving, serving_peer, token
from tests.bench.machine import LOAD, Figures, load, pinned
from tests.support.postgresql import PostgresqlServer

SECONDS, CONNECTIONS = 6, 32
PATH = "/v1/applications"
BODY = {
    "service": "residence-certificate",
    "country": "AE",
    "inputs": {"use": "bank", "certificate_language": "ar"},
    "purpose": "service_delivery",
}


def submissions(folder: Path) -> None:
    """Prints two rows for each database; the state does not answer meanwhile, so that everything goes on waiting."""
    print(f"\nApplications taken in, one worker on one core, {CONNECTIONS} connections, {SECONDS} s\n")
    print(f"{'':46}{'taken in/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'failed':>8}")
    with ExitStack() as stack:
        bus = stack.enter_context(_silent())
        with pinned(LOAD):
            server = stack.enter_context(PostgresqlServer.running())
        server.create("ours")
        server.create("peers")
        databases = {
            "SQLite": (None, f"sqlite+aiosqlite:///{folder}/peer.db"),
            "PostgreSQL": (server.url("ours"), server.url("peers")),
        }
        for name, (ours, theirs) in databases.items():
            here = folder / name
            here.mkdir()
            _compare(name, _ours(here, bus, ours), _theirs(here, theirs))


def _compare(name: str, ours: Figures, theirs: Figures) -> None:
    for row in (ours, theirs):
        print(
            f"{f'{name}: {row.name}':46}{row.rate:>11,.0f}{row.p50:>9.1f}{row.p99:>9.1f}"
            f"{row.cpu:>9,.0f}{row.failures:>8}"
        )
    print(
        f"{'':2}Bawaba takes in {ours.rate / theirs.rate:.2f} times as many as the peer "
        f"for {ours.cpu / theirs.cpu:.2f} times the processor each, sealed and in the record.\n"
    )


def _ours(folder: Path, bus: str, database: str | None) -> Figures:
    config, settings = ready(folder, database)
    with serving(folder, config, settings, bus, {"BAWABA_APPLICATIONS__WORKERS": "1"}) as gateway:
        ask = _asking(folder, token(settings))
        return ask("Bawaba, whole", settings.server.public_url + PATH, measured=gateway)


def _theirs(folder: Path, database: str) -> Figures:
    _, settings = ready(folder)
    application, environment = "tests.bench.submission_peer:app", {"PEER_DATABASE": database}
    with serving_peer(folder, settings, application, environment) as (url, peer):
        return _asking(folder, token(settings))("FastAPI, SQLAlchemy, PyJWT", url + PATH, measured=peer)


def _asking(folder: Path, bearer: str) -> partial[Figures]:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    return partial(
        load,
        seconds=SECONDS,
        connections=CONNECTIONS,
        headers=headers,
        body=json.dumps(BODY),
        fresh="Idempotency-Key",
        folder=folder,
    )


@contextmanager
def _silent() -> Iterator[str]:
    """A back end that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
