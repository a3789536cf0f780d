"""A setting is read from the file, then from the environment; what is unknown or wrong is refused by name."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.settings import load, secret
from tests.support.program import invoke, run

ROOM = '[rooms.kuwait.endpoints]\nmain = "http://127.0.0.1:1"\n[rooms.kuwait.secrets]\npassword = "from the file"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path, text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        load(written(folder, text))
    return refused.value


def test_without_a_file_every_setting_has_its_default() -> None:
    settings = load(None)

    assert (settings.mode, settings.server.port, settings.server.host) == ("demo", 8080, "127.0.0.1")
    assert settings.storage.url.startswith("sqlite+aiosqlite:///")


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "[server]\nport = 81\n[lookups]\ndeadline_ms = 700\n"))

    assert (settings.server.port, settings.lookups.deadline_ms) == (81, 700)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("prot = 1\n", "prot"),
        ("[server]\nprot = 1\n", "server.prot"),
        ("[sever]\nport = 1\n", "sever"),
        ("[rooms.kuwait]\nendpoint = {}\n", "rooms.kuwait.endpoints"),
        ("[rooms.kuwait]\nendpoints = {}\nsecret = {}\n", "rooms.kuwait.secret"),
        ("[server]\nport = 65536\n", "server.port"),
        ("[server]\nport = -1\n", "server.port"),
        ('[server]\nport = "http"\n', "server.port"),
        ("[server]\nbody_bytes = 1000000000\n", "server.body_bytes"),
        ("[server]\nbody_seconds = 0\n", "server.body_seconds"),
        ("[server]\nbody_seconds = nan\n", "server.body_seconds"),
        ("[lookups]\ndeadline_ms = 5\n", "lookups.deadline_ms"),
        ('mode = "prod"\n', "mode"),
        ("server = 3\n", "server"),
    ],
)
def test_a_wrong_key_is_refused_by_its_name(tmp_path: Path, text: str, field: str) -> None:
    problem = refusal(tmp_path, text)

    assert problem.field == field
    assert problem.facts["problem"]


@pytest.mark.parametrize(
    "plain", ["http://bawaba.example", "http://127.0.0.1:8080", "HTTP://[::1]", "bawaba.example", ""]
)
@pytest.mark.parametrize("field", ["server.public_url", "tokens.issuer"])
def test_production_refuses_a_public_address_without_tls(tmp_path: Path, field: str, plain: str) -> None:
    """Nobody is asked whether the machine is one's own: what is in production is not."""
    addresses = {"server.public_url": "https://bawaba.example", "tokens.issuer": "https://bawaba.example", field: plain}
    text = "".join("[{}]\n{} = '{}'\n".format(*name.split("."), address) for name, address in addresses.items())

    assert load(written(tmp_path, text)).mode == "demo"
    assert refusal(tmp_path, f"mode = 'production'\n{text}").field == field


def test_production_takes_public_addresses_of_tls(tmp_path: Path) -> None:
    text = "mode = 'production'\n[server]\npublic_url = 'https://a.example'\n[tokens]\nissuer = 'HTTPS://a.example'\n"

    assert load(written(tmp_path, text)).mode == "production"


def test_what_production_was_not_told_is_named_in_one_line() -> None:
    code, said, complaint = run("config", "show", variables={"BAWABA_MODE": "production"})

    assert (code, said) == (2, "")
    assert complaint == "bawaba: server.public_url: must be an address of https in mode production\n"


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    problem = refusal(tmp_path, '[rooms.kuwait]\nendpoints = {}\nsecrets = "hunter2"\n')

    assert problem.field == "rooms.kuwait.secrets"
    assert "hunter2" not in str(problem.facts)


@pytest.mark.parametrize("content", [b"[server\n", b"\xff\xfe", b"port = \n", b"a = 1\na = 2\n"])
def test_a_file_that_is_not_toml_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError) as refused:
        load(path)

    assert refused.value.field == str(path)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path / name)

    assert refused.value.field == str(tmp_path / name)


def test_settings_do_not_change_once_read() -> None:
    settings = load(None)

    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]


def test_a_secret_stands_for_itself_or_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from a file\n", "utf-8")

    assert secret("as it is") == "as it is"
    assert secret(f"file:{tmp_path}/password") == "from a file"


def test_the_file_of_a_secret_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    for name in ("absent", "binary"):
        with pytest.raises(ConfigurationError) as refused:
            secret(f"file:{tmp_path}/{name}")
        assert refused.value.field == str(tmp_path / name)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f"[server]\nport = 81\noperators_port = 82\n{ROOM}")
    variables = {"BAWABA_SERVER__PORT": "91", "BAWABA_LOOKUPS__DEADLINE_MS": "800", "BAWABA_CONFIG": str(path)}

    code, said, _ = invoke("config", "show", **variables)

    assert code == 0
    assert '"port": 91' in said
    assert '"operators_port": 82' in said
    assert '"deadline_ms": 800' in said


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("BAWABA_SEVER__PORT", "1", "BAWABA_SEVER__PORT"),
        ("BAWABA_", "1", "BAWABA_"),
        ("BAWABA_SERVER__PROT", "1", "server.prot"),
        ("BAWABA_SERVER__PORT", "http", "server.port"),
        ("BAWABA_SERVER", "5", "server"),
        ("BAWABA_ROOMS", "not json", "environment"),
        ("BAWABA_CONFIG", "/nowhere/gateway.toml", "/nowhere/gateway.toml"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(variable: str, value: str, named: str) -> None:
    code, said, complaint = invoke("config", "show", **{variable: value})

    assert (code, said, complaint) == (2, "", named)


def test_the_program_says_it_in_one_line_and_keeps_the_value_to_itself() -> None:
    code, said, complaint = run("config", "show", variables={"BAWABA_ROOMS": "hunter2"})

    assert (code, said) == (2, "")
    assert complaint.startswith("bawaba: environment: ")
    assert complaint.count("\n") == 1
    assert "hunter2" not in complaint
