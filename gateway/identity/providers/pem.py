"""The keys and certificates among a provider's secrets, read and judged when the program starts."""

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as EllipticCurveKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.errors import ConfigurationError
from gateway.identity.providers.plate import ProviderPlate

SMALLEST_RSA = 2048
SMALLEST_CURVE = 256
PublicKey = RSAPublicKey | EllipticCurveKey


def certificates(plate: ProviderPlate, secrets: Mapping[str, str], name: str) -> tuple[x509.Certificate, ...]:
    """The certificates in PEM, at least one, each with a key that is strong enough.

    Several may stand there, so that a provider can change its key without anybody having to act at that moment.
    Raises ``ConfigurationError`` naming the secret.
    """
    try:
        found = tuple(x509.load_pem_x509_certificates(secrets[name].encode()))
        for certificate in found:
            strong_key(certificate)
    except ValueError as problem:
        raise _wrong(
            plate, name, "must be one or more certificates in PEM with RSA or elliptic curve keys"
        ) from problem
    return found


def rsa_private_key(plate: ProviderPlate, secrets: Mapping[str, str], name: str) -> RSAPrivateKey:
    """An unencrypted RSA key in PEM of 2048 bits or more; raises ``ConfigurationError`` naming the secret."""
    try:
        key = load_pem_private_key(secrets[name].encode(), None)
    except (ValueError, TypeError) as problem:
        raise _wrong(plate, name, "must be an unencrypted private key in PEM") from problem
    if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_RSA:
        raise _wrong(plate, name, f"must be an RSA key of {SMALLEST_RSA} bits or more")
    return key


def strong_key(certificate: x509.Certificate) -> PublicKey:
    """The key that the certificate certifies; raises ``ValueError`` unless it is RSA or on a curve, and strong."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key
    if isinstance(key, EllipticCurveKey) and key.curve.key_size >= SMALLEST_CURVE:
        return key
    raise ValueError("weak key")


def _wrong(plate: ProviderPlate, name: str, problem: str) -> ConfigurationError:
    return ConfigurationError(field=f"providers.{plate.id}.secrets.{name}", problem=problem)
