"""``bawaba adapter serve`` and ``key``: a wrong setting is named before anything is opened, and every one is told."""

import json
import re
import socket
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from gateway.adapter_host.running import run
from gateway.adapter_host.settings import HostSettings, load_settings
from gateway.cli import app
from gateway.cli.adapters import planned
from gateway.errors import ConfigurationError
from gateway.registry.manifest import Manifest
from tests.support.host_farm import endpoints_toml
from tests.support.hosts import Sides
from tests.support.house import ROOT
from tests.support.program import free_ports
from tests.support.program import run as run_program

PAGE = (ROOT / "docs/adapter-host.md").read_text("utf-8")


def refused(config: Path, listen: str = "127.0.0.1:0", name: str = "oman") -> str:
    """The setting that is named."""
    with pytest.raises(ConfigurationError) as caught:
        planned(name, config, listen)
    return str(caught.value.field)


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("signing_key_file", "sining_key_file", "signing_key_file"),
        ('"signing.pem"', '"gone.pem"', "signing_key_file"),
        ('"signing.pem"', '"host.pem"', "signing_key_file"),
        ('"gateway.json"', '"gone.json"', "gateway_keys_file"),
        ('"gateway.json"', '"host.toml"', "gateway_keys_file"),
        ('address = "https', 'address = "ftp', "address"),
        ("127.0.0.1:8443", "127.0.0.1:8443/", "address"),
        ("127.0.0.1:8443", "user@127.0.0.1:8443", "address"),
        ("127.0.0.1:8443", "127.0.0.1:8443?a=b", "address"),
        ('certificate_file = "host.pem"', 'certificate_file = "signing.pem"', "tls.certificate_file"),
        ('"host.key"', '"gateway.key"', "tls.certificate_file"),
        ('"programme.pem"', '"signing.pem"', "tls.client_authorities_file"),
        ('"programme.pem"', '"gone.pem"', "tls.client_authorities_file"),
        ("[tls]", "[limits]\ncalls = 0\n[tls]", "limits.calls"),
        ("[tls]", '[callbacks]\nlisten = "x"\nurl = "http://x"\n[tls]', "callbacks.listen"),
        ("[tls]", '[secrets]\nkey = "file:gone"\n[tls]', "secrets.key"),
        ("[tls]", "[tsl]", "tsl"),
        ("address", "ad dress", ""),
    ],
)
def test_a_wrong_setting_is_named(old: str, new: str, field: str, tmp_path: Path) -> None:
    config = changed(Sides(tmp_path).write(8443), old, new)

    assert field in refused(config)


@pytest.mark.parametrize(
    "listen", ["8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1"]
)
def test_an_address_to_listen_at_is_whole(listen: str, tmp_path: Path) -> None:
    assert refused(Sides(tmp_path).write(8443), listen) == "--listen"


def test_a_room_that_there_is_not_is_named(tmp_path: Path) -> None:
    assert "atlantis" in refused(Sides(tmp_path).write(8443), name="atlantis")


def test_an_endpoint_or_secret_that_is_missing_is_named_when_the_host_begins(tmp_path: Path) -> None:
    plan = planned(
        "oman", Sides(tmp_path).write(8443, rest='[endpoints]\nnowhere = "http://127.0.0.1:9"\n'), "127.0.0.1:0"
    )

    with pytest.raises(ConfigurationError) as caught:
        run(plan)
    assert str(caught.value.field).startswith("endpoints.")


def test_a_port_that_is_taken_is_one_line_and_exit_2(tmp_path: Path) -> None:
    """Through the program itself."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = Sides(tmp_path).write(port, rest=_wired())
        code, said, complained = run_program(
            "adapter", "serve", "oman", "--config", str(config), "--listen", f"127.0.0.1:{port}"
        )

    assert (code, said) == (2, "")
    assert re.fullmatch(rf"bawaba: --listen: 127\.0\.0\.1:{port} cannot be listened at: .*\n", complained)


def test_the_public_half_of_a_key_is_printed_for_the_other_side(tmp_path: Path) -> None:
    sides = Sides(tmp_path)

    done = CliRunner().invoke(app, ["adapter", "key", str(sides.file("signing.pem"))])

    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"keys": [sides.host.jwk]}


def test_paths_are_relative_to_the_file_and_secrets_may_be_files(tmp_path: Path) -> None:
    sides = Sides(tmp_path / "host")
    sides.file("secret").write_text(" word\n")

    settings = load_settings(sides.write(free_ports(1), rest='[secrets]\na = "file:secret"\nb = "plain"\n'))

    assert settings.signing_key_file == (tmp_path / "host/signing.pem").resolve()
    assert settings.tls is not None
    assert settings.tls.key_file == (tmp_path / "host/host.key").resolve()
    assert settings.secrets == {"a": "word", "b": "plain"}


def test_every_setting_is_on_the_page_with_its_sentence_and_no_other_is() -> None:
    told = dict(re.findall(r"^\| `([a-z_.<>]+)` \| .* \| (.*) \|$", PAGE, re.MULTILINE))

    assert told == dict(_settings("", HostSettings))


def test_the_example_on_the_page_is_good(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "host.toml"
    path.write_text(re.sub(r"^   ", "", example, flags=re.MULTILINE))
    (tmp_path / "client.key").write_text("x")

    assert load_settings(path).endpoints == {"main": "https://national.internal.example"}


def _settings(prefix: str, model: type[BaseModel]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, setting in model.model_fields.items():
        kinds = (setting.annotation, *getattr(setting.annotation, "__args__", ()))
        parts = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        key = f"{prefix}{name}.<name>" if setting.default_factory else f"{prefix}{name}"
        found += _settings(f"{prefix}{name}.", parts[0]) if parts else [(key, str(setting.description))]
    return found


def _wired() -> str:
    plate = Manifest.load(ROOT / "adapters/oman")
    return endpoints_toml(dict.fromkeys(plate.endpoints, "http://127.0.0.1:9"), dict.fromkeys(plate.secrets, "0" * 64))
