"""``bawaba config`` and ``bawaba db`` say what is, change nothing by looking, and show no secret."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.demo.prepare import Ports, prepare
from tests.support.program import ROOT, invoke, run


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A settings file as the demo makes it, with all that it names."""
    return prepare(tmp_path_factory.mktemp("demo"), Ports(0, 0, 1), ROOT / "adapters")


def changed(prepared: Path, folder: Path, old: str, new: str) -> Path:
    """A copy of the settings in which ``old`` was replaced by ``new``."""
    text = prepared.read_text("utf-8")
    assert old in text
    path = folder / "gateway.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_show_prints_every_setting_and_no_secret(prepared: Path) -> None:
    secrets = json.loads((prepared.parent / "secrets.json").read_text("utf-8"))
    values = {value for room in secrets.values() for value in room.values() if len(value) > 12}

    code, said, _ = invoke("config", "show", "--config", str(prepared))

    document = json.loads(said)
    assert code == 0
    assert values
    assert not any(json.dumps(value)[1:-1] in said for value in values)
    assert {value for room in document["rooms"].values() for value in room["secrets"].values()} == {"(set)"}
    assert document["ledger"]["origin"] == "bawaba.example/demo"


def test_show_hides_the_password_of_the_database() -> None:
    url = "postgresql+asyncpg://bawaba:hunter2@db.example:5432/bawaba"

    code, said, _ = invoke("config", "show", BAWABA_STORAGE__URL=url)

    assert code == 0
    assert "hunter2" not in said
    assert json.loads(said)["storage"]["url"].endswith("@db.example:5432/bawaba")


def test_show_hides_what_channels_are_opened_with(prepared: Path, tmp_path: Path) -> None:
    sms = '[notices.sms]\nurl = "https://sms.example"\nheaders = { Key = "hunter2" }\nbody = { token = "hunter3" }\n'
    mail = '[notices.email]\nhost = "mail.example"\npassword = "hunter4"\n'

    code, said, _ = invoke(
        "config", "show", "--config", str(changed(prepared, tmp_path, "[signin]", f"{sms}{mail}[signin]"))
    )

    assert code == 0
    assert "hunter" not in said
    assert json.loads(said)["notices"]["sms"]["url"] == "https://sms.example"


def test_check_builds_every_room_and_serves_nothing(prepared: Path) -> None:
    code, said, complaint = invoke("config", "check", "--config", str(prepared))

    assert (code, complaint) == (0, "")
    assert said.startswith("Everything fits: ")
    assert all(f"{name}@" in said for name in ("bahrain", "kuwait", "oman", "qatar", "saudi_arabia", "uae"))
    assert not (prepared.parent / "bawaba.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[rooms.kuwait.endpoints]", "[rooms.nowhere.endpoints]", "rooms.kuwait.endpoints"),
        ("ledger.pem", "absent.pem", "ledger.key_file"),
        ("identifiers.key", "absent.key", "tokens.identifiers_key_file"),
        ("[signin]", '[server]\nport = 1\n[signin]', "gateway.toml"),
        ("[signin]", '[notices.push]\nkey_file = "absent.pem"\n[signin]', "notices.push.key_file"),
    ],
)  # fmt: skip
def test_check_names_what_does_not_fit(prepared: Path, tmp_path: Path, old: str, new: str, named: str) -> None:
    code, said, complaint = invoke("config", "check", "--config", str(changed(prepared, tmp_path, old, new)))

    assert (code, said) == (2, "")
    assert named in complaint


def test_production_refuses_the_keys_of_the_demo(prepared: Path, tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('mode = "production"\n' + prepared.read_text("utf-8"), "utf-8")
    url = "https://bawaba.example"
    addresses = {"BAWABA_SERVER__PUBLIC_URL": url, "BAWABA_TOKENS__ISSUER": url}

    code, _, complaint = invoke("config", "check", "--config", str(path), **addresses)

    assert code == 2
    assert "tokens." in complaint


def test_the_database_is_brought_up_to_date_and_says_so(prepared: Path, tmp_path: Path) -> None:
    variables = {"BAWABA_STORAGE__URL": f"sqlite+aiosqlite:///{tmp_path}/bawaba.db", "BAWABA_CONFIG": str(prepared)}

    before = invoke("db", "check", **variables)
    upgraded = [invoke("db", "upgrade", **variables) for _ in range(2)]
    after = invoke("db", "check", **variables)

    assert before[0] == 1
    assert "bawaba db upgrade" in before[1]
    assert [code for code, _, _ in upgraded] == [0, 0]
    assert after == (0, "The database is up to date.\n", "")


def test_a_database_that_lost_a_column_is_found_out(prepared: Path, tmp_path: Path) -> None:
    variables = {"BAWABA_STORAGE__URL": f"sqlite+aiosqlite:///{tmp_path}/bawaba.db", "BAWABA_CONFIG": str(prepared)}
    invoke("db", "upgrade", **variables)
    with closing(sqlite3.connect(tmp_path / "bawaba.db")) as connection, connection:
        connection.execute("ALTER TABLE ledger_entries DROP COLUMN salt")

    code, said, _ = invoke("db", "check", **variables)

    assert code == 1
    assert "salt" in said


def test_a_gateway_does_not_start_on_a_database_without_tables(prepared: Path, tmp_path: Path) -> None:
    variables = {"BAWABA_STORAGE__URL": f"sqlite+aiosqlite:///{tmp_path}/empty.db", "BAWABA_CONFIG": str(prepared)}

    code, _, complaint = run("serve", variables=variables)

    assert code == 2
    assert "bawaba db upgrade" in complaint
    assert "Traceback" not in complaint


def test_a_database_out_of_reach_is_one_line_and_an_exit() -> None:
    code, said, complaint = run("db", "check", variables={"BAWABA_STORAGE__URL": "sqlite+aiosqlite:////nowhere/x.db"})

    assert (code, said) == (3, "")
    assert complaint == "bawaba: storage.url: the database cannot be reached, or is locked; try again\n"


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "sqlite+aiosqlite://"])
def test_a_database_that_cannot_be_is_named(url: str) -> None:
    code, _, complaint = invoke("db", "check", BAWABA_STORAGE__URL=url)

    assert (code, complaint) == (2, "storage.url")
