"""Keys and certificates of the stand-ins: made anew, signed by an invented authority or by themselves."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
YEARS = timedelta(days=3650)
_NO_USAGE = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new key."""
    return rsa.generate_private_key(65537, bits)


def curve_key() -> ec.EllipticCurvePrivateKey:
    """A new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def own_certificate(key: PrivateKey, name: str, now: datetime, life: timedelta = YEARS) -> x509.Certificate:
    """A certificate that the key signs for itself, of an authority that may issue others."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    draft = _draft(subject, subject, key, now, life)
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(**_NO_USAGE | {"key_cert_sign": True, "digital_signature": True})
    return draft.add_extension(usage, critical=True).sign(key, SHA256())


def issued_certificate(
    authority: x509.Certificate,
    authority_key: PrivateKey,
    key: PrivateKey,
    holder: str,
    now: datetime,
    life: timedelta = timedelta(days=365),
) -> x509.Certificate:
    """A certificate for signing, whose ``serialNumber`` names its holder."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, holder)])
    draft = _draft(subject, authority.subject, key, now, life)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    usage = x509.KeyUsage(**_NO_USAGE | {"digital_signature": True})
    return (
        draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(issuer_key, critical=False)
        .add_extension(usage, critical=True)
        .sign(authority_key, SHA256())
    )


def certificate_pem(certificate: x509.Certificate) -> str:
    """The certificate as text."""
    return certificate.public_bytes(Encoding.PEM).decode()


def key_pem(key: PrivateKey) -> str:
    """The key as text, unencrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_of(pem: str) -> PrivateKey:
    """The key that ``key_pem`` wrote."""
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise TypeError("neither RSA nor on a curve")
    return key


def _draft(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
