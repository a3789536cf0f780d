"""``bawaba operator`` makes the first operator, lists them and stops them, and leaves each of it in the ledger."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from gateway.app import now
from gateway.app.operators import operator_desk
from gateway.demo.prepare import Ports, prepare
from gateway.identity.operators.accounts import Account
from gateway.ledger.export import export
from gateway.settings import load
from gateway.storage.engine import Storage
from gateway.storage.schema import upgrade
from tests.support.program import ROOT, invoke, run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A settings file with a console and an empty database."""
    path = prepare(tmp_path, Ports(0, 9090, 1), ROOT / "adapters", rooms=(), providers=(), console=True)
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / 'bawaba.db'}"))
    return path


def bawaba(config: Path, *arguments: str) -> tuple[int, str, str]:
    return invoke("operator", *arguments, "--config", str(config), COLUMNS="200")


async def admitted(config: Path, invitation: str) -> Account:
    async with operator_desk(load(config), now) as desk:
        return await desk.accounts.admit("https://staff.example", "noura", invitation)


async def steps(config: Path) -> list[str]:
    async with Storage.open(load(config).storage.url) as storage:
        lines = [json.loads(line) async for line in export(storage)]
    return [each["entry"]["step"] for each in lines if "entry" in each]


def test_the_first_operator_is_invited_listed_suspended_and_let_in_again(config: Path) -> None:
    assert "no operator yet" in bawaba(config, "list")[1]
    code, said, _ = bawaba(config, "invite", "Noura", "--role", "security", "--role", "operator:BH")
    address = re.fullmatch(r"http://localhost:9090/console/invitation/([A-Za-z0-9_-]{43})\n", said)
    assert address
    assert code == 0

    account = asyncio.run(admitted(config, address.group(1)))

    def listed() -> str:
        return bawaba(config, "list")[1].splitlines()[1]

    assert all(word in listed() for word in (account.id, "Noura", "active", "operator:BH security"))
    assert bawaba(config, "suspend", account.id)[0] == 0
    assert "suspended" in listed()
    assert bawaba(config, "resume", account.id)[0] == 0
    assert "active" in listed()
    assert asyncio.run(steps(config)) == ["invite-operator", "suspend-operator", "resume-operator"]


def test_what_is_wrong_is_one_line(config: Path) -> None:
    for verb in ("suspend", "resume"):
        code, _, complaint = run("operator", verb, "operator-nobody", "--config", str(config))
        assert (code, "bawaba operator list" in complaint) == (1, True)
    code, _, complaint = run("operator", "invite", "Noura", "--role", "king", "--config", str(config))
    assert (code, complaint.startswith("bawaba: --role: must be viewer")) == (2, True)


def test_without_a_provider_nobody_is_invited(tmp_path: Path) -> None:
    path = prepare(tmp_path, Ports(0, 0, 1), ROOT / "adapters", rooms=(), providers=())
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / 'bawaba.db'}"))

    code, _, complaint = run("operator", "invite", "Noura", "--config", str(path))

    assert (code, "operators.provider" in complaint) == (2, True)


def test_the_secrets_of_the_console_are_not_shown(config: Path) -> None:
    code, said, _ = run("config", "show", "--config", str(config))
    document = json.loads(said)["operators"]

    assert code == 0
    assert set(document["secrets"].values()) == {"(set)"}
    assert run("config", "check", "--config", str(config))[0] == 0
