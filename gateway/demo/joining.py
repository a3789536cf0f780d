"""What the demo has for agencies that join it: how it calls their hosts, and where on this machine they may be."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.adapter_host.keys import DEMO_PEM
from gateway.sandbox.providers.certificates import (
    YEARS,
    certificate_pem,
    curve_key,
    issued_certificate,
    key_pem,
    own_certificate,
)

PORTS: Final = range(7301, 7309)
"""Ports of this machine at which a newcomer's sandbox or host may listen; nothing else here is reached for agencies."""

Write = Callable[[Path, bytes], None]


def reachable() -> list[str]:
    """The exceptions of `server.outward_allowed`, which an operator sees beside every address that needs one."""
    return [f"127.0.0.1/32 port {port}" for port in PORTS]


def prepare_hosts(folder: Path, write: Write) -> Mapping[str, str]:
    """The settings for calls to adapter hosts; what they name is made where it is missing.

    `authority.pem` is what a host takes as its `client_authorities_file`: an authority that is invented here.
    """
    place = folder / "hosts"
    place.mkdir(exist_ok=True)
    signing, certificate, key = place / "signing.pem", place / "gateway.pem", place / "gateway.key"
    if not signing.exists():
        write(signing, DEMO_PEM + key_pem(curve_key()).encode())
    if not certificate.exists():
        _write_certificate(place / "authority.pem", certificate, key, write)
    return {
        "host_signing_key_file": str(signing),
        "host_certificate_file": str(certificate),
        "host_key_file": str(key),
    }


def _write_certificate(authority: Path, certificate: Path, key: Path, write: Write) -> None:
    """The certificate is written last: where it is, the rest is there too."""
    issuer, own, now = curve_key(), curve_key(), datetime.now(UTC)
    root = own_certificate(issuer, "Bawaba demo hosts (invented)", now)
    issued = issued_certificate(root, issuer, own, "bawaba-demo", now, YEARS)
    write(authority, certificate_pem(root).encode())
    write(key, key_pem(own).encode())
    write(certificate, certificate_pem(issued).encode())
