"""The message that Mobile ID's stand-in calls back with, honest or bent on demand."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.sandbox.providers.certificates import (
    PrivateKey,
    certificate_pem,
    curve_key,
    issued_certificate,
    key_of,
    key_pem,
    own_certificate,
    rsa_key,
)

Message = dict[str, Any]
AUTHENTICATED, REVOKED, FAILED, DECLINED, EXPIRED = "1", "2", "3", "4", "5"
ACCEPT, DECLINE = "1", "2"
RESULT_LIES: Mapping[str, str] = {"revoked": REVOKED, "failed": FAILED, "certificate_expired": EXPIRED}
"""Words for ``behave`` that make the provider say, rightly signed, that it did not authenticate."""


@dataclass(frozen=True)
class Signers:
    """The keys of the provider and of its authority, and the people's, made when they are first needed."""

    provider: PrivateKey
    authority: PrivateKey
    authority_certificate: x509.Certificate
    people: dict[str, tuple[PrivateKey, x509.Certificate]] = field(default_factory=dict)

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> "Signers":
        authority = x509.load_pem_x509_certificate(secrets["authorities"].encode())
        return cls(key_of(secrets["stand_in_signer_key"]), key_of(secrets["stand_in_authority_key"]), authority)

    def person(self, civil_number: str) -> tuple[PrivateKey, x509.Certificate]:
        """The key in the person's telephone, and its certificate."""
        if civil_number not in self.people:
            key = curve_key()
            now = datetime.now(UTC)
            self.people[civil_number] = (
                key,
                issued_certificate(self.authority_certificate, self.authority, key, civil_number, now),
            )
        return self.people[civil_number]


def make_secrets() -> dict[str, str]:
    """The certificates that the gateway is given, and the keys to them that only the stand-in reads."""
    now = datetime.now(UTC)
    signer, authority = rsa_key(), curve_key()
    return {
        "signer": certificate_pem(own_certificate(signer, "Stand-in of Mobile ID", now)),
        "authorities": certificate_pem(own_certificate(authority, "Stand-in of the people's authority", now)),
        "stand_in_signer_key": key_pem(signer),
        "stand_in_authority_key": key_pem(authority),
    }


def honest(request: Mapping[str, str], provider: str, result: str, action: str, signers: Signers) -> Message:
    """What the provider says, before it signs; ``request`` holds the fields of the request, and ``RequestID``."""
    number = request["PersonCivilNo"]
    details = {"ResultCode": result, "UserAction": action, "UserCivilNo": number}
    if result == AUTHENTICATED:
        details |= by_person(signers, number, request["Challenge"])
    return {
        "RequestDetails": {
            "RequestID": request["RequestID"],
            "RequestType": "1",
            "ServiceProviderId": provider,
            "Challenge": request["Challenge"],
            "CivilNo": number,
        },
        "ResultDetails": details | {"TransactionDate": datetime.now(UTC).isoformat(timespec="seconds")},
        "PersonalData": None,
    }


def by_person(signers: Signers, civil_number: str, challenge: str) -> dict[str, str]:
    """The person's signature over the challenge, with the certificate."""
    key, certificate = signers.person(civil_number)
    return {
        "UserCertificate": b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        "SignatureData": b64encode(signature(key, challenge.encode())).decode(),
        "HashAlgorithm": "SHA256",
        "SigningDatatype": "1",
    }


def signed(message: Message, key: PrivateKey) -> Message:
    """The message with the provider's signature: over its names in order, without spaces, in UTF-8."""
    plain = json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return message | {"Signature": b64encode(signature(key, plain)).decode()}


def written(message: Message) -> bytes:
    """The body of the callback."""
    return json.dumps({"MIDAuthSignResponse": message}, ensure_ascii=False).encode()


def signature(key: PrivateKey, data: bytes) -> bytes:
    """With RSA or ECDSA, as the key is, and SHA-256."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(data, PKCS1v15(), SHA256())
    return key.sign(data, ECDSA(SHA256()))


Bend = Callable[[Message, Signers], None]
"""Changes a message before the provider signs it: a provider that lies, or was deceived."""


def _other_person(message: Message, signers: Signers) -> None:
    """Somebody else approved, with a key and a certificate of their own."""
    other = "279112346306" if message["RequestDetails"]["CivilNo"] != "279112346306" else "285061445574"
    message["ResultDetails"] |= {"UserCivilNo": other}
    message["ResultDetails"] |= by_person(signers, other, message["RequestDetails"]["Challenge"])


def _other_certificate(message: Message, signers: Signers) -> None:
    """Somebody else's key and certificate under the right number."""
    number = message["ResultDetails"]["UserCivilNo"]
    _other_person(message, signers)
    message["ResultDetails"]["UserCivilNo"] = number


def _stranger(message: Message, signers: Signers) -> None:
    """A certificate in the right name that no known authority issued."""
    number, key, now = message["ResultDetails"]["UserCivilNo"], curve_key(), datetime.now(UTC)
    authority = own_certificate(key, "Stand-in of the people's authority", now)
    holder = curve_key()
    certificate = issued_certificate(authority, key, holder, number, now)
    forged = Signers(key, key, authority, {number: (holder, certificate)})
    message["ResultDetails"] |= by_person(forged, number, message["RequestDetails"]["Challenge"])


def _old_certificate(message: Message, signers: Signers) -> None:
    """The person's certificate ran out a minute ago."""
    number, holder, now = message["ResultDetails"]["UserCivilNo"], curve_key(), datetime.now(UTC)
    life = timedelta(minutes=-1)
    certificate = issued_certificate(signers.authority_certificate, signers.authority, holder, number, now, life)
    aged = Signers(signers.provider, signers.authority, signers.authority_certificate, {number: (holder, certificate)})
    message["ResultDetails"] |= by_person(aged, number, message["RequestDetails"]["Challenge"])


def _other_challenge(message: Message, signers: Signers) -> None:
    """Rightly signed by the person, for another sign-in."""
    message["RequestDetails"]["Challenge"] = "another-challenge"
    number = message["ResultDetails"]["UserCivilNo"]
    message["ResultDetails"] |= by_person(signers, number, "another-challenge")


def _unsigned_by_person(message: Message, signers: Signers) -> None:
    """The provider vouches for a signature over something else."""
    number = message["ResultDetails"]["UserCivilNo"]
    message["ResultDetails"] |= by_person(signers, number, "something else")


def _set(section: str, name: str, value: object) -> Bend:
    def bend(message: Message, signers: Signers) -> None:
        message[section][name] = value

    return bend


def _at(hours: float) -> Bend:
    def bend(message: Message, signers: Signers) -> None:
        message["ResultDetails"]["TransactionDate"] = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()

    return bend


BENDS: Mapping[str, Bend] = {
    "other_person": _other_person,
    "other_certificate": _other_certificate,
    "unknown_authority": _stranger,
    "old_certificate": _old_certificate,
    "other_challenge": _other_challenge,
    "other_signed_data": _unsigned_by_person,
    "other_request": _set("RequestDetails", "RequestID", "another-request"),
    "other_service_provider": _set("RequestDetails", "ServiceProviderId", "another-provider"),
    "other_civil_number": _set("RequestDetails", "CivilNo", "279112346306"),
    "stale": _at(-2),
    "ahead": _at(2),
    "unknown_result": _set("ResultDetails", "ResultCode", "9"),
    "result_as_number": _set("ResultDetails", "ResultCode", 1),
    "contradiction": _set("ResultDetails", "UserAction", DECLINE),
    "unknown_action": _set("ResultDetails", "UserAction", "7"),
    "no_action": _set("ResultDetails", "UserAction", None),
    "sha1": _set("ResultDetails", "HashAlgorithm", "SHA1"),
    "no_certificate": _set("ResultDetails", "UserCertificate", None),
    "no_date": _set("ResultDetails", "TransactionDate", None),
    "bad_date": _set("ResultDetails", "TransactionDate", "yesterday"),
}
"""Words for ``behave``; what they bend, the provider signs."""
