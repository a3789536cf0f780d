"""Certificates of programs, as an authority of a test issues them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
A_DAY = timedelta(days=1)


class ProgramAuthority:
    """One authority with a key of its own."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())
        self._name = _name("Authority of programs")
        self.certificate = self._signed(self._name, self._key, None)

    def issue(
        self, subject: str = "app.moi.example", *, usage: x509.ObjectIdentifier = CLIENT, ends: timedelta = A_DAY
    ) -> bytes:
        """A certificate in DER that ends so long from now."""
        key = generate_private_key(SECP256R1())
        return self._signed(_name(subject), key, usage, ends).public_bytes(Encoding.DER)

    def _signed(
        self, subject: x509.Name, key: Any, usage: x509.ObjectIdentifier | None, ends: timedelta = A_DAY
    ) -> x509.Certificate:
        now, authority = datetime.now(UTC), usage is None
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * A_DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(_uses(authority=authority), critical=True)
        )
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(self._key, SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KW"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _uses(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
