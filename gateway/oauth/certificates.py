"""A program's proof by its certificate: one that an authority of ours issued, or one that it registered itself."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gateway.identity.keys import base64url


def thumbprint_of(certificate: bytes) -> str:
    """The ``x5t#S256`` of a certificate in DER (RFC 8705, 3.1)."""
    return base64url(hashlib.sha256(certificate).digest())


def is_one_of(certificate: bytes, thumbprints: Sequence[str]) -> bool:
    """Whether the certificate is one that was registered; that its key is held, the TLS handshake has proved."""
    own = thumbprint_of(certificate).encode()
    return any(hmac.compare_digest(own, each.encode("utf-8", "replace")) for each in thumbprints)


class Issuers:
    """The authorities whose certificates programs may show (RFC 8705, 2.1); without any, none is believed."""

    def __init__(self, authorities: Sequence[x509.Certificate], clock: Callable[[], datetime]) -> None:
        self._store = Store(list(authorities)) if authorities else None
        self._clock = clock

    def vouch(self, certificate: bytes, subject: str) -> bool:
        """Whether one of them issued it to that subject (RFC 4514), for clients, and it is valid now."""
        if self._store is None:
            return False
        try:
            shown, wanted = x509.load_der_x509_certificate(certificate), x509.Name.from_rfc4514_string(subject)
            if shown.subject != wanted:
                return False
            verifier = _POLICY.store(self._store).time(self._clock()).build_client_verifier()
            verifier.verify(shown, [])
        except (ValueError, VerificationError, x509.UnsupportedGeneralNameType):
            return False
        return True


def _is_for_clients(_policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage) -> None:
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise ValueError("not for clients")


def _is_no_authority(
    _policy: Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints | None
) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("an authority's own")


# A program is known by its subject, so it needs no other name (the web's own rules would ask for one).
_OWN = (
    ExtensionPolicy.permit_all()
    .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _is_for_clients)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_authority)
)
_POLICY = PolicyBuilder().extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_OWN)
