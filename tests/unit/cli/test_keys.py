"""Keys that are wrong or missing stop the start by the setting's name; those in a hardware module sign and rotate."""

from pathlib import Path

import pytest

from gateway.demo.prepare import Ports, prepare
from tests.support.hsm import SoftToken
from tests.support.program import ROOT, free_ports, invoke, run, running


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A settings file as the demo makes it, with all that it names."""
    ports = free_ports(8)
    return prepare(tmp_path_factory.mktemp("demo"), Ports(ports, ports + 1, ports + 2), ROOT / "adapters")


@pytest.mark.parametrize(
    "keys_from",
    [
        "env:NOT_SET",
        "env:SET_WRONG",
        "vault",
        "pkcs11:token=bawaba",
        "pkcs11:token=x;object=y?module-path=/absent.so&pin-source=file:/absent",
    ],
)
def test_keys_that_cannot_be_had_are_told_with_the_setting_s_name(prepared: Path, keys_from: str) -> None:
    refused = invoke(
        "config", "check", "--config", str(prepared), BAWABA_TOKENS__KEYS_FROM=keys_from, SET_WRONG="no key"
    )

    assert (refused[0], refused[2]) == (2, "tokens.keys_from")


def test_without_keys_the_gateway_does_not_start_and_says_why_in_one_line(prepared: Path) -> None:
    variables = {"BAWABA_TOKENS__KEYS_FROM": "env:NOT_SET"}

    code, _, complaint = run("serve", "--config", str(prepared), variables=variables)

    assert code == 2
    (line,) = [each for each in complaint.splitlines() if "tokens.keys_from" in each]
    assert "NOT_SET" in line
    assert "Traceback" not in complaint


def test_a_gateway_whose_keys_are_in_a_hardware_module_starts_and_takes_over_a_rotation(
    prepared: Path, tmp_path: Path
) -> None:
    token = SoftToken.make(tmp_path / "hsm")
    variables = {
        "BAWABA_TOKENS__KEYS_FROM": token.address(),
        "SOFTHSM2_CONF": token.environment["SOFTHSM2_CONF"],
    }
    refused, _, complaint = run("config", "check", "--config", str(prepared), variables=variables)
    assert (refused, "bawaba keys rotate" in complaint) == (2, True)

    assert run("keys", "rotate", "--config", str(prepared), variables=variables)[0] == 0
    assert run("db", "upgrade", "--config", str(prepared), variables=variables)[0] == 0

    with running("serve", "--config", str(prepared), variables=variables) as program:
        program.wait_for("worker.ready")
        assert run("keys", "rotate", "--config", str(prepared), variables=variables)[0] == 0
        assert program.wait_for("keys.adopted")
        assert program.end() == 0
    again, _, complaint = run("keys", "rotate", "--config", str(prepared), variables=variables)
    assert (again, "rotate later" in complaint) == (2, True)
