"""Whether a card's certificate leads to an authority of one of the states, and if not, in plain words why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gateway.errors import SignInRejected
from gateway.schema.country import Country

MOST_SENT = 4
"""Certificates that a card may send besides its own; a path is sought among no more."""
DEPTH = 3
"""Authorities between a card and its root."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A path that was verified: the card's certificate first, the root last; ``country`` is the root's state."""

    country: Country
    certificates: tuple[x509.Certificate, ...]

    @property
    def card(self) -> x509.Certificate:
        return self.certificates[0]


class Trust:
    """The authorities of the states: a self-signed certificate is a root, any other stands between.

    Raises ``ValueError`` when a state has no root, or two states share one: then a card would have no one state.
    """

    def __init__(self, authorities: Mapping[Country, Sequence[x509.Certificate]]) -> None:
        self._states: dict[bytes, Country] = {}
        roots, self._between = [], []
        for country, certificates in authorities.items():
            own = [each for each in certificates if is_self_signed(each)]
            if not own:
                raise ValueError(f"has no self-signed authority of {country.value}")
            for root in own:
                if self._states.setdefault(root.fingerprint(SHA256()), country) is not country:
                    raise ValueError("two states have the same authority")
            roots += own
            self._between += [each for each in certificates if each not in own]
        self.authorities = [*roots, *self._between]
        self._store = Store(roots)

    def chain(self, certificates: Sequence[bytes], now: datetime) -> Chain:
        """The path from the first of the certificates (DER) to a root, by the clock.

        Raises ``SignInRejected`` with a code for each way in which there is none.
        """
        if not certificates:
            raise SignInRejected("signin_certificate_missing")
        try:
            card, *sent = (x509.load_der_x509_certificate(each) for each in certificates[: 1 + MOST_SENT])
        except (ValueError, UnsupportedAlgorithm) as problem:
            raise SignInRejected("signin_certificate_unreadable") from problem
        try:
            found = self._verifier(now, card, sent)
        except VerificationError as problem:
            raise SignInRejected(self._reason(card, sent, now)) from problem
        except (ValueError, UnsupportedAlgorithm) as problem:
            raise SignInRejected("signin_certificate_unreadable") from problem
        return Chain(self._states[found[-1].fingerprint(SHA256())], tuple(found))

    def _verifier(
        self, now: datetime, card: x509.Certificate, sent: Sequence[x509.Certificate]
    ) -> Sequence[x509.Certificate]:
        policy = (
            PolicyBuilder()
            .store(self._store)
            .time(now)
            .max_chain_depth(DEPTH)
            .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_CARD)
        )
        return policy.build_client_verifier().verify(card, [*self._between, *sent]).chain

    def _reason(self, card: x509.Certificate, sent: Sequence[x509.Certificate], now: datetime) -> str:
        """The code of the first thing that is wrong; what follows has no effect on whether the card is believed."""
        if not any(_issued(card, each) for each in (*self.authorities, *sent)):
            return "signin_certificate_self_signed" if is_self_signed(card) else "signin_certificate_untrusted"
        if now > card.not_valid_after_utc:
            return "signin_certificate_expired"
        if now < card.not_valid_before_utc:
            return "signin_certificate_not_yet"
        return "signin_certificate_untrusted" if may_sign_in(card) else "signin_certificate_purpose"


def may_sign_in(card: x509.Certificate) -> bool:
    """Whether the certificate is for proving who one is: a card's other one is for signing documents."""
    try:
        usage = card.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = card.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in purposes


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether the certificate vouches for itself."""
    return _issued(certificate, certificate)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _usage(policy: Policy, card: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("not for signatures")


def _purposes(policy: Policy, card: x509.Certificate, purposes: x509.ExtendedKeyUsage) -> None:
    if ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        raise ValueError("not for signing in")


# A card names its holder in the subject, so the alternative name that a web server must have may be missing.
_CARD = (
    ExtensionPolicy.webpki_defaults_ee()
    .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _usage)
    .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _purposes)
)
