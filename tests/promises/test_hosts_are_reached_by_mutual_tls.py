"""A host and a gateway speak only where each has shown the other a certificate of the authority that it expects."""

import ssl
from pathlib import Path

import pytest

from gateway.adapter_host import client_tls
from gateway.adapter_host.running import plan
from gateway.adapter_host.settings import load_settings
from gateway.adapter_host.tls import server_tls
from gateway.errors import ConfigurationError
from tests.support.backend import answered, backend
from tests.support.hosts import SERVICE, Host, Sides, Table, asked, hosting, somebody, trouble


async def test_both_sides_show_themselves(tmp_path: Path) -> None:
    """So that what follows is refused for what is wrong with it."""
    async with hosting(tmp_path, {SERVICE: Table(somebody)}) as host:
        assert len(await asked(host)) == 1


async def test_a_gateway_without_a_certificate_is_not_spoken_to(tmp_path: Path) -> None:
    table = Table(somebody)
    async with hosting(tmp_path, {SERVICE: table}) as host:
        context = ssl.create_default_context(cadata=host.sides.authority)
        problem = await trouble(host, tls=context)

    assert problem.outcome == "down"
    assert not table.asked


async def test_a_gateway_with_a_certificate_of_another_authority_is_not_spoken_to(tmp_path: Path) -> None:
    """Though it holds the key that requests are signed with."""
    table = Table(somebody)
    async with hosting(tmp_path / "ours", {SERVICE: table}) as host:
        other = Sides(tmp_path / "theirs", gateway=host.sides.gateway, agency=host.sides.agency)
        problem = await trouble(host, tls=other.tls())

    assert problem.outcome == "down"
    assert not table.asked


async def test_a_host_with_a_certificate_of_another_authority_gets_no_request(tmp_path: Path) -> None:
    """Though it holds the key that answers are signed with."""
    table = Table(somebody)
    async with hosting(tmp_path / "theirs", {SERVICE: table}) as host:
        ours = Sides(tmp_path / "ours", gateway=host.sides.gateway, programme=host.sides.programme)
        problem = await trouble(host, tls=ours.tls())

    assert (problem.outcome, problem.facts["reason"]) == ("down", "tls")
    assert not table.asked


async def test_a_host_whose_certificate_names_another_gets_no_request(tmp_path: Path) -> None:
    sides = Sides(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    sides.agency.issue_cert("host.elsewhere.example").configure_cert(context)
    async with backend(answered(), tls=context) as system:
        problem = await trouble(Host(sides, system.port, tls=True))

        assert (problem.outcome, problem.facts["reason"]) == ("down", "tls")
        assert not system.requests


async def test_a_host_that_speaks_without_tls_gets_no_request(tmp_path: Path) -> None:
    """Its address says https, so nothing is sent in the clear."""
    table = Table(somebody)
    async with hosting(tmp_path, {SERVICE: table}, tls=False) as host:
        problem = await trouble(Host(host.sides, host.port, tls=True))

    assert (problem.outcome, problem.facts["reason"]) == ("down", "tls")
    assert not table.asked


async def test_a_gateway_that_speaks_without_tls_gets_no_answer(tmp_path: Path) -> None:
    table = Table(somebody)
    async with hosting(tmp_path, {SERVICE: table}) as host:
        assert (await trouble(Host(host.sides, host.port, tls=False))).outcome in ("down", "garbled")

    assert not table.asked


async def test_a_signature_is_for_one_address(tmp_path: Path) -> None:
    """What was signed for the host by one name is not taken by another, as it would not be by another agency's host.

    Its refusal is bound to the address that it knows, and is not believed either.
    """
    table = Table(somebody)
    async with hosting(tmp_path, {SERVICE: table}) as host:
        problem = await trouble(host, address=f"https://localhost:{host.port}")

    assert (problem.outcome, problem.facts["reason"]) == ("garbled", "host_signature_wrong")
    assert not table.asked


def test_old_versions_of_tls_are_not_spoken(tmp_path: Path) -> None:
    sides = Sides(tmp_path)
    served = server_tls(sides.file("host.pem"), sides.file("host.key"), sides.file("programme.pem"))

    assert {served.minimum_version, sides.tls().minimum_version} == {ssl.TLSVersion.TLSv1_2}
    assert served.verify_mode is sides.tls().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        ("gateway.pem", "registry.host_certificate_file"),
        ("gateway.key", "registry.host_certificate_file"),
        ("authority", "authority"),
        ("no authority", "authority"),
    ],
)
def test_a_gateways_certificate_of_no_use_is_named(spoil: str, field: str, tmp_path: Path) -> None:
    sides = Sides(tmp_path)
    authority = {"authority": "no certificate", "no authority": ""}.get(spoil, sides.authority)
    if spoil.startswith("gateway"):
        sides.file(spoil).write_text("nothing")

    with pytest.raises(ConfigurationError) as caught:
        client_tls(sides.file("gateway.pem"), sides.file("gateway.key"), authority)
    assert caught.value.field == field


def test_the_systems_authorities_are_taken_where_the_agency_names_none(tmp_path: Path) -> None:
    sides = Sides(tmp_path)

    context = client_tls(sides.file("gateway.pem"), sides.file("gateway.key"), None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("listen", ["0.0.0.0:8443", "10.0.0.1:8443", "example.com:8443", "[::]:8443"])
def test_a_host_without_tls_listens_on_loopback_alone(listen: str, tmp_path: Path) -> None:
    settings = load_settings(Sides(tmp_path).write(8443, tls=False))

    with pytest.raises(ConfigurationError) as caught:
        plan(settings, listen, lambda inbox: pytest.fail("nothing is opened"))
    assert caught.value.field == "tls"
    assert plan(settings, "[::1]:8443", lambda inbox: pytest.fail("nothing is opened")).tls is None
