"""The demo calls adapter hosts by a key of its own, and reaches a newcomer's system where it says that it does."""

from pathlib import Path

import pytest

from gateway.adapter_host import client_tls
from gateway.adapter_host.keys import load_signer
from gateway.adapter_host.tls import server_tls
from gateway.app import rehearse
from gateway.app.adapters import host_credentials
from gateway.app.notices import outward
from gateway.demo.joining import PORTS
from gateway.demo.prepare import Ports, prepare
from gateway.errors import ConfigurationError, InvalidInput
from gateway.settings import Settings, load
from tests.support.house import ROOT
from tests.support.tls_talk import shakes_hands


def wired(folder: Path, *, console: bool = True) -> Settings:
    """The settings of a demo without rooms."""
    return load(prepare(folder, Ports(0, 0, 1), ROOT / "adapters", rooms=[], providers=[], console=console))


def test_it_has_a_key_and_a_certificate_for_hosts_and_keeps_them(tmp_path: Path) -> None:
    before, after = wired(tmp_path).registry, wired(tmp_path).registry

    assert before == after
    assert before.host_signing_key_file is not None
    first = load_signer(before.host_signing_key_file, "registry")
    assert load_signer(before.host_signing_key_file, "registry").kid == first.kid
    assert all(path.stat().st_mode & 0o77 == 0 for path in (tmp_path / "hosts").iterdir())


def test_a_host_believes_the_certificate_by_the_authority_beside_it(tmp_path: Path) -> None:
    section = wired(tmp_path).registry
    assert section.host_certificate_file is not None
    assert section.host_key_file is not None
    certificate, key = section.host_certificate_file, section.host_key_file

    host = server_tls(certificate, key, tmp_path / "hosts/authority.pem")
    gateway = client_tls(certificate, key, (tmp_path / "hosts/authority.pem").read_text("utf-8"))
    gateway.check_hostname = False

    assert shakes_hands(host, gateway)


def test_a_newcomer_is_reached_at_these_ports_of_this_machine_and_nowhere_else(tmp_path: Path) -> None:
    judge = outward(wired(tmp_path))

    for port in PORTS:
        assert judge.check(f"http://127.0.0.1:{port}", "/address")
        assert judge.may_connect("127.0.0.1", port)
    for address in ("http://127.0.0.1:9090", "http://127.0.0.2:7301", "http://10.0.0.1:7301", "http://[::1]:7301"):
        with pytest.raises(InvalidInput, match="address_refused"):
            judge.check(address, "/address")


def test_a_gateway_that_is_no_demo_for_clicking_reaches_nothing_on_this_machine(tmp_path: Path) -> None:
    """What tests and measurements prepare has neither, unless they say so."""
    settings = wired(tmp_path, console=False)

    assert settings.server.outward_allowed == ()
    assert settings.registry.host_signing_key_file is None


def test_production_refuses_the_demos_key_for_hosts(tmp_path: Path) -> None:
    section = wired(tmp_path).registry
    assert section.host_signing_key_file is not None

    with pytest.raises(ConfigurationError, match="made for the demo") as refused:
        load_signer(section.host_signing_key_file, "registry.host_signing_key_file", production=True)

    assert refused.value.field == "registry.host_signing_key_file"


@pytest.mark.parametrize("wrong", ["host_signing_key_file", "host_certificate_file"])
def test_a_key_that_is_of_no_use_is_named_before_anything_starts(tmp_path: Path, wrong: str) -> None:
    settings = wired(tmp_path)
    (tmp_path / "broken.pem").write_text("nothing of that kind")
    section = settings.registry.model_copy(update={wrong: tmp_path / "broken.pem"})

    with pytest.raises(ConfigurationError) as refused:
        host_credentials(settings.model_copy(update={"registry": section}))

    assert refused.value.field == f"registry.{wrong}"


def test_the_whole_house_fits_these_settings(tmp_path: Path) -> None:
    settings = wired(tmp_path)
    named = {"services": "config/services", "policy": "config/policy.toml", "providers": "config/providers"}
    paths = settings.paths.model_copy(update={name: ROOT / place for name, place in named.items()})

    assert list(rehearse(settings.model_copy(update={"paths": paths}))) == []
