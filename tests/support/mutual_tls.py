"""What a gateway needs to ask programs for certificates, and a program's own to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.oauth.certificates import thumbprint_of
from tests.support.house import reserved_port


@dataclass(frozen=True, slots=True)
class Shown:
    """A program's certificate, its key and the authority of both sides, in PEM."""

    certificate: str
    key: str
    authority: str

    @property
    def subject(self) -> str:
        """As RFC 4514 writes it."""
        return x509.load_pem_x509_certificate(self.certificate.encode()).subject.rfc4514_string()

    @property
    def thumbprint(self) -> str:
        der = x509.load_pem_x509_certificate(self.certificate.encode()).public_bytes(Encoding.DER)
        return thumbprint_of(der)


def program_certificate(authority: trustme.CA) -> Shown:
    """A new one."""
    own = authority.issue_cert(common_name="app.ports.example")
    parts = (own.cert_chain_pems[0], own.private_key_pem, authority.cert_pem)
    return Shown(*(part.bytes().decode() for part in parts))


@contextmanager
def mutual_tls(folder: Path, authority: trustme.CA) -> Iterator[dict[str, Any]]:
    """The settings of a port that asks for certificates, at an address of its own, by section."""
    server = authority.issue_cert("127.0.0.1")
    files = {name: folder / f"{name}.pem" for name in ("own", "key", "authority")}
    server.cert_chain_pems[0].write_to_path(files["own"])
    server.private_key_pem.write_to_path(files["key"])
    authority.cert_pem.write_to_path(files["authority"])
    with reserved_port() as port:
        mtls = {
            "mtls_port": port,
            "mtls_url": f"https://127.0.0.1:{port}",
            "mtls_certificate_file": files["own"],
            "mtls_key_file": files["key"],
        }
        yield {"server": mtls, "oauth": {"client_authorities_file": files["authority"]}}
