"""What a running worker has not loaded: libraries that cost megabytes of each worker, for what few of them do."""

from pathlib import Path

import pytest

from gateway.demo.prepare import Ports, prepare
from gateway.settings import load
from gateway.storage.schema import upgrade
from tests.support.program import ROOT, free_ports, running

ABSENT = {
    "alembic": "migrations: bawaba db",
    "asn1crypto": "signatures of documents: the first that is checked",
    "asyncpg": "PostgreSQL: where storage.url names it",
    "cbor2": "passkeys: where operators sign in",
    "gateway.cli": "the command line, which becomes the worker",
    "gateway.demo": "bawaba demo",
    "gateway.sandbox": "stand-ins: bawaba sandbox",
    "holidays": "terms in working days: the first that is given",
    "lxml": "XML: where a state or a provider speaks it",
    "mako": "migrations, through alembic",
    "OpenSSL": "certificates of cards and programs: where a port asks for them",
    "pyasn1": "passkeys, through webauthn",
    "pygments": "colours, through rich",
    "pyhanko": "signatures of documents: the first that is checked",
    "rich.console": "tables of the command line; structlog loads it where it can",
    "signxml": "SAML: where a provider speaks it",
    "sqlalchemy.dialects.postgresql": "PostgreSQL: where storage.url names it",
    "typer": "the command line",
    "valkey": "Valkey: where limits are kept there",
    "webauthn": "passkeys: where operators sign in",
}
"""Each with what it is for, and who loads it. A worker in which one of them is needed at the start pays for it."""

STARTED = "site"
"""The last module that every interpreter loads by itself."""


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    """Settings with one room, whose state speaks JSON, on SQLite; no operators, and no provider."""
    first = free_ports(2)
    path = prepare(tmp_path, Ports(first, first + 1), ROOT / "adapters", rooms=["uae"], providers=[])
    await upgrade(load(path).storage.url)
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_holds_no_library_that_it_does_not_serve_with(config: Path, workers: int) -> None:
    # Python itself tells what it loads, also after the command line has become the worker.
    variables = {"BAWABA_CONFIG": str(config), "PYTHONPROFILEIMPORTTIME": "1"}

    with running("serve", "--workers", str(workers), variables=variables) as program:
        program.wait_for("worker.ready")
        loaded = [line.rpartition("|")[2].strip() for line in program.lines if line.startswith("import time:")]

    begun = [place for place, name in enumerate(loaded) if name == STARTED]
    serving = loaded[begun[1] :]
    assert "gateway.serve" in serving
    assert [name for name in ABSENT if any(f"{each}.".startswith(f"{name}.") for each in serving)] == []
