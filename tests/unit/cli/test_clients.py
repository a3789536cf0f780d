"""``bawaba clients`` takes programs in by their file, and says what is wrong with one that cannot be taken."""

import asyncio
import re
from pathlib import Path

import pytest

from gateway.demo.prepare import Ports, prepare
from gateway.storage.schema import upgrade
from tests.support.program import ROOT, invoke, run

FILE = """
client_id = "kw-moi-app"
name = { ar = "تطبيق المرور", en = "Traffic app" }
agency = "kw-traffic"
country = "KW"
auth_method = "private_key_jwt"
jwks_uri = "https://app.moi.example/keys"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["https://app.moi.example/back"]
scopes = ["openid", "lookups:traffic-fines"]
purposes = ["service_delivery"]
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A settings file with an empty database."""
    folder = tmp_path_factory.mktemp("demo")
    path = prepare(folder, Ports(0, 0, 1), ROOT / "adapters", rooms=(), providers=())
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{folder / 'bawaba.db'}"))
    return str(path)


def register(folder: Path, config: str, old: str = "", new: str = "") -> tuple[int, str, str]:
    path = folder / "program.toml"
    path.write_text(FILE.replace(old, new, 1), "utf-8")
    return invoke("clients", "register", str(path), "--config", config)


def test_a_program_goes_from_registered_to_approved_to_suspended(tmp_path: Path, config: str) -> None:
    def standing() -> str:
        code, said, _ = invoke("clients", "list", "--agency", "kw-traffic", "--config", config, COLUMNS="200")
        assert code == 0
        return said.splitlines()[1].split()[1]

    code, said, _ = register(tmp_path, config)
    assert (code, "bawaba clients approve kw-moi-app" in said) == (0, True)
    assert standing() == "pending"
    assert invoke("clients", "approve", "kw-moi-app", "--config", config)[0] == 0
    assert standing() == "approved"
    assert invoke("clients", "suspend", "kw-moi-app", "--config", config)[0] == 0
    assert standing() == "suspended"
    assert "No program" in invoke("clients", "list", "--agency", "nobody", "--config", config)[1]


def test_an_agency_is_stopped_with_all_its_programs(tmp_path: Path, config: str) -> None:
    assert register(tmp_path, config)[0] == 0
    assert register(tmp_path, config, "kw-moi-app", "kw-moi-other")[0] == 0

    code, said, _ = invoke("clients", "suspend", "--agency", "kw-traffic", "--config", config)

    assert (code, said.splitlines()[-1]) == (0, "Suspended: kw-moi-app, kw-moi-other.")
    assert run("clients", "suspend", "--agency", "nobody", "--config", config)[0] == 1
    assert invoke("clients", "suspend", "--config", config)[0] == 2
    assert invoke("clients", "suspend", "kw-moi-app", "--agency", "kw-traffic", "--config", config)[0] == 2


@pytest.mark.parametrize("verb", ["approve", "suspend"])
def test_a_program_that_is_not_there_is_said_to_be_none(config: str, verb: str) -> None:
    code, _, complaint = run("clients", verb, "nobody", "--config", config)

    assert (code, "Traceback" in complaint) == (1, False)
    assert "bawaba clients list" in complaint


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"openid"', '"openid", "everything"', "scopes"),
        ("https://app.moi.example/keys", "https://127.0.0.1/keys", "jwks_uri"),
        ('country = "KW"', 'logo_uri = "https://10.0.0.1/logo.png"', "logo_uri"),
        ("https://app.moi.example/keys", "http://app.moi.example/keys", "jwks_uri"),
        ("https://app.moi.example/keys", "https://169.254.169.254/keys", "jwks_uri"),
        ("https://app.moi.example/keys", "https://app.moi.example:22/keys", "jwks_uri"),
        ("https://app.moi.example/back", "http://app.moi.example/back", "redirect_uris"),
        ("https://app.moi.example/back", "https://*.moi.example/back", "redirect_uris"),
        ('country = "KW"', 'client_secret = "hunter2"', "client_secret"),
        ('agency = "kw-traffic"', "", "agency"),
    ],
)
def test_a_registration_that_leads_astray_is_refused_by_the_name_of_its_key(
    tmp_path: Path, config: str, old: str, new: str, field: str
) -> None:
    code, _, complaint = register(tmp_path, config, old, new)

    assert (code, field in complaint) == (2, True), complaint


def test_the_example_of_the_handbook_is_taken(tmp_path: Path, config: str) -> None:
    (example,) = re.findall(r"```toml\n(client_id.*?)```", (ROOT / "docs/operators.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "program.toml"
    path.write_text(example, "utf-8")

    assert invoke("clients", "register", str(path), "--config", config)[0] == 0
