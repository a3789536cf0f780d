"""An invented authority of one state: a root, an authority below it, cards, and lists of those taken back.

The profile is invented, and labelled so: the identifier stands in the subject's ``serialNumber`` in the form of
ETSI EN 319 412-1, as in ``PNOOM-08123457``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.sandbox.providers.certificates import PrivateKey, certificate_pem, curve_key, key_of, key_pem
from gateway.schema.country import Country

CARD_LIFE: Final = timedelta(days=1826)
LIST_LIFE: Final = timedelta(days=1)
AUTHORITY_LIFE: Final = timedelta(days=7305)
SIGN_IN: Final = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SIGN_DOCUMENTS: Final = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)
_USES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate with its key, such as that of one who issues others."""

    certificate: x509.Certificate
    key: PrivateKey

    def revocation_list(
        self, serials: frozenset[int], began: datetime, ends: datetime, *extensions: x509.ExtensionType
    ) -> bytes:
        """The list of what this issuer has taken back, in DER; ``extensions`` are critical."""
        draft = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        draft = draft.last_update(began).next_update(ends)
        for serial in sorted(serials):
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(began)
            draft = draft.add_revoked_certificate(entry.build())
        for extension in extensions:
            draft = draft.add_extension(extension, critical=True)
        return draft.sign(self.key, SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Card:
    """A card: the certificate, the key that never leaves it, and the authorities above, the nearest first."""

    certificate: x509.Certificate
    key: PrivateKey
    above: tuple[x509.Certificate, ...]

    @property
    def pem(self) -> str:
        """Key and certificates in one text, as tools read them."""
        return key_pem(self.key) + "".join(certificate_pem(each) for each in (self.certificate, *self.above[:-1]))

    def pkcs12(self, name: str, password: str) -> bytes:
        """The card as a file that browsers import."""
        encryption = BestAvailableEncryption(password.encode())
        return serialize_key_and_certificates(name.encode(), self.key, self.certificate, self.above, encryption)


class CardAuthority:
    """The authority of one state, made of the secrets that ``make`` made."""

    def __init__(self, country: Country, secrets: Mapping[str, str]) -> None:
        self.country = country
        code = country.value.lower()
        root, issuing = x509.load_pem_x509_certificates(secrets[f"authorities_{code}"].encode())
        self.root = Issuer(root, key_of(secrets[f"stand_in_root_{code}"]))
        self.issuing = Issuer(issuing, key_of(secrets[f"stand_in_issuing_{code}"]))

    @classmethod
    def make(cls, country: Country) -> Mapping[str, str]:
        """The authorities that the gateway is given, and the keys to them that only the stand-in reads."""
        code, root_key, issuing_key = country.value.lower(), curve_key(), curve_key()
        root = certificate(_name(country, "root"), root_key, None, AUTHORITY_LIFE, authority=True)
        above = Issuer(root, root_key)
        issuing = certificate(
            _name(country, "cards"), issuing_key, above, AUTHORITY_LIFE, authority=True, lists=f"/lists/{code}/root.crl"
        )
        return {
            f"authorities_{code}": certificate_pem(root) + certificate_pem(issuing),
            f"stand_in_root_{code}": key_pem(root_key),
            f"stand_in_issuing_{code}": key_pem(issuing_key),
        }

    def card(
        self,
        number: str,
        *,
        edition: int = 1,
        began: datetime | None = None,
        life: timedelta = CARD_LIFE,
        purposes: tuple[x509.ObjectIdentifier, ...] = SIGN_IN,
        prefix: str = "PNO{country}-",
        lists: str | None = "/lists/{code}/cards.crl",
    ) -> Card:
        """A card of the person with that number; a renewed one has another ``edition``, key and serial number."""
        key, code = curve_key(), self.country.value.lower()
        holder = prefix.format(country=self.country.value) + number
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.country.value),
                x509.NameAttribute(NameOID.COMMON_NAME, "Invented holder of a card"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, holder),
            ]
        )
        issued = certificate(
            subject,
            key,
            self.issuing,
            life,
            began=began,
            serial=self.serial(number, edition),
            purposes=purposes,
            lists=lists.format(code=code) if lists else None,
        )
        return Card(issued, key, (self.issuing.certificate, self.root.certificate))

    def serial(self, number: str, edition: int) -> int:
        """The serial number of a card, the same in every process, so that the card can be taken back by its holder."""
        return int.from_bytes(sha256(f"{self.country.value} {number} {edition}".encode()).digest()[:15], "big") + 1

    def server(self, host: str) -> Issuer:
        """The certificate of a listener on this machine, by an authority that browsers do not know."""
        key = curve_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        issued = certificate(
            subject, key, self.issuing, timedelta(days=365), purposes=(ExtendedKeyUsageOID.SERVER_AUTH,), host=host
        )
        return Issuer(issued, key)


def certificate(
    subject: x509.Name,
    key: PrivateKey,
    issuer: Issuer | None,
    life: timedelta,
    *,
    began: datetime | None = None,
    serial: int | None = None,
    authority: bool = False,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    lists: str | None = None,
    host: str | None = None,
) -> x509.Certificate:
    """A certificate by ``issuer``, or by itself; ``lists`` is the path of the list that it may come to stand on."""
    signing_key = issuer.key if issuer else key
    began = began or datetime.now(UTC) - timedelta(days=1)
    usage = dict.fromkeys(_USES, False) | (
        {"key_cert_sign": True, "crl_sign": True} if authority else {"digital_signature": True}
    )
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + life)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    for extension in _extensions(purposes, lists, host):
        draft = draft.add_extension(extension, critical=False)
    return draft.sign(signing_key, SHA256())


def _extensions(
    purposes: tuple[x509.ObjectIdentifier, ...], lists: str | None, host: str | None
) -> list[x509.ExtensionType]:
    found: list[x509.ExtensionType] = [x509.ExtendedKeyUsage(purposes)] if purposes else []
    if lists:
        address = x509.UniformResourceIdentifier(f"http://lists.example{lists}")
        found.append(x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)]))
    if host:
        found.append(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]))
    return found


def _name(country: Country, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country.value),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bawaba stand-in, invented"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Invented authority of {country.value}: {role}"),
        ]
    )
