"""``bawaba agency`` invites agencies by their file, lists them and stops them, and leaves each of it in the ledger."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from gateway.demo.prepare import Ports, prepare
from gateway.ledger.export import export
from gateway.settings import load
from gateway.storage.engine import Storage
from gateway.storage.schema import upgrade
from tests.support.program import ROOT, invoke, run

FILE = """
agency = "om-fisheries"
country = "OM"
kind = "agency"
names = { ar = "هيئة الثروة السمكية", en = "Fisheries authority" }
owner = "Salim"

[contact]
name = { ar = "مكتب الربط", en = "Integration desk" }
email = "desk@agency.example"
phone = "+96824000000"
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A settings file with an empty database."""
    path = prepare(tmp_path, Ports(0, 0, 1), ROOT / "adapters", rooms=(), providers=())
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / 'bawaba.db'}"))
    return str(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agency.toml"
    path.write_text(FILE, "utf-8")
    return path


def bawaba(config: str, *arguments: str) -> tuple[int, str, str]:
    return invoke("agency", *arguments, "--config", config, COLUMNS="200")


async def entries(config: str) -> list[tuple[str, str, str | None]]:
    async with Storage.open(load(Path(config)).storage.url) as storage:
        lines = [json.loads(line) async for line in export(storage)]
    found = [each["entry"] for each in lines if "entry" in each]
    return [(each["service"], each["step"], each.get("code")) for each in found]


def test_an_agency_is_invited_listed_suspended_and_goes_on(config: str, file: Path) -> None:
    assert "There is no such agency" in bawaba(config, "list")[1]
    code, said, _ = bawaba(config, "invite", str(file))
    first = re.fullmatch(r"http://\S+/agency/join/([A-Za-z0-9_-]{43})\n", said)
    assert first
    assert code == 0

    def listed() -> str:
        return bawaba(config, "list", "fisheries AUTH")[1].splitlines()[1]

    assert all(word in listed() for word in ("om-fisheries", "invited", "agency", "Fisheries authority"))
    again = bawaba(config, "again", "om-fisheries", "Noura")[1]
    assert re.search(r"/agency/join/[A-Za-z0-9_-]{43}\n$", again)
    assert first.group(1) not in again
    assert bawaba(config, "suspend", "om-fisheries")[0] == 0
    assert "suspended" in listed()
    assert bawaba(config, "resume", "om-fisheries")[0] == 0
    assert "invited" in listed()
    assert asyncio.run(entries(config)) == [
        ("registry", "invite-agency", None),
        ("registry", "invite-agency", None),
        ("registry", "suspend-agency", None),
        ("registry", "resume-agency", None),
    ]


def test_what_is_wrong_is_one_line_and_in_the_ledger(config: str, file: Path) -> None:
    for arguments in (("suspend", "om-nobody"), ("resume", "om-nobody"), ("again", "om-nobody", "Noura")):
        code, _, complaint = run("agency", *arguments, "--config", config)
        assert (code, "bawaba agency list" in complaint) == (1, True)
    assert bawaba(config, "invite", str(file))[0] == 0
    code, _, complaint = run("agency", "resume", "om-fisheries", "--config", config)
    assert (code, "agency_not_suspended" in complaint) == (1, True)

    assert ("registry", "resume-agency", "not_found") in asyncio.run(entries(config))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('agency = "om-fisheries"', 'agency = "bh-fisheries"', "agency: must begin with om-"),
        ('kind = "agency"', 'kind = "guild"', "kind:"),
        ('owner = "Salim"', "", "owner: is missing"),
        ('"+96824000000"', '"24000000"', "contact.phone:"),
    ],
)
def test_a_file_that_cannot_be_taken_names_its_key(config: str, file: Path, old: str, new: str, said: str) -> None:
    file.write_text(FILE.replace(old, new, 1), "utf-8")

    code, _, complaint = run("agency", "invite", str(file), "--config", config)

    assert (code, said in complaint) == (2, True), complaint


def test_an_id_is_given_once(config: str, file: Path) -> None:
    assert bawaba(config, "invite", str(file))[0] == 0

    code, _, complaint = run("agency", "invite", str(file), "--config", config)

    assert (code, "is that of another agency" in complaint) == (2, True)


def test_the_documented_file_is_taken(config: str, file: Path) -> None:
    page = (ROOT / "docs/operators.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(agency = .*?)```", page, re.DOTALL)
    file.write_text(example, "utf-8")

    assert bawaba(config, "invite", str(file))[0] == 0
