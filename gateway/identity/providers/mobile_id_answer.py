"""The callback of Kuwait Mobile ID, read and believed for its two signatures: the provider's and the person's.

The fields are public. Invented, for nothing public says it, are: that ``Signature`` is over the message without
itself, its names sorted and without spaces, with RSA (PKCS #1 v1.5) or ECDSA and SHA-256; that ``SignatureData``
is over the bytes of the challenge; that ``RequestID`` repeats the reference with which the request was answered;
and that a person's certificate names its holder's civil number as ``serialNumber``.
"""

import json
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import verification

from gateway.errors import BackendGarbled
from gateway.identity.providers.answers import plain
from gateway.identity.providers.pem import PublicKey, strong_key
from gateway.identity.providers.unbelievable import UnbelievableError
from gateway.sdk.readers import read_json

HASHES: Final[Mapping[str, HashAlgorithm]] = {"SHA256": SHA256(), "SHA384": SHA384(), "SHA512": SHA512()}
KUWAIT: Final = timezone(timedelta(hours=3))
_DEPTH = 8
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """A message that the provider signed. What it says of the person is believed after ``check_person``."""

    request_id: str
    service_provider_id: str
    challenge: str
    civil_number: str
    result_code: str
    user_action: str
    user_civil_number: str
    at: datetime
    user_certificate: str
    signature_data: str
    hash_algorithm: str


def read_answer(body: bytes, signers: Sequence[x509.Certificate], now: datetime) -> SignedAnswer:
    """The message, if one of the provider's certificates in force signed it; raises ``UnbelievableError``."""
    try:
        document = read_json(body, max_depth=_DEPTH)
    except BackendGarbled as problem:
        raise UnbelievableError("malformed") from problem
    message = _section(_section({"": document}, ""), "MIDAuthSignResponse")
    check_message(message, signers, now)
    asked, result = _section(message, "RequestDetails"), _section(message, "ResultDetails")
    return SignedAnswer(
        request_id=_text(asked, "RequestID"),
        service_provider_id=_text(asked, "ServiceProviderId"),
        challenge=_text(asked, "Challenge"),
        civil_number=_text(asked, "CivilNo"),
        result_code=_text(result, "ResultCode"),
        user_action=_text(result, "UserAction"),
        at=_moment(_text(result, "TransactionDate")),
        # Only who approved has signed something.
        user_civil_number=plain(result.get("UserCivilNo")),
        user_certificate=plain(result.get("UserCertificate"), _LONGEST),
        signature_data=plain(result.get("SignatureData"), _LONGEST),
        hash_algorithm=plain(result.get("HashAlgorithm")),
    )


def signed_part(message: Mapping[str, Any]) -> bytes:
    """The bytes that the provider signs: the message without its signature, in one way of writing."""
    rest = {name: value for name, value in message.items() if name != "Signature"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_message(message: Mapping[str, Any], signers: Sequence[x509.Certificate], now: datetime) -> None:
    """Raises ``UnbelievableError`` unless the provider signed the message."""
    signature = _bytes(plain(message.get("Signature"), _LONGEST), "signature")
    if _has_numbers(message):
        raise UnbelievableError("number")
    in_force = [each for each in signers if each.not_valid_before_utc <= now <= each.not_valid_after_utc]
    if not in_force:
        raise UnbelievableError("signer_expired")
    signed = signed_part(message)
    if not any(_is_signed(strong_key(each), signature, signed, SHA256()) for each in in_force):
        raise UnbelievableError("signature")


def check_person(answer: SignedAnswer, authorities: Sequence[x509.Certificate], now: datetime) -> None:
    """Raises ``UnbelievableError`` unless the holder of ``user_civil_number`` signed the challenge."""
    if answer.hash_algorithm not in HASHES:
        raise UnbelievableError("hash_algorithm")
    signature = _bytes(answer.signature_data, "signature_data")
    certificate = _certificate(answer.user_certificate)
    _check_chain(certificate, authorities, now)
    if _holder(certificate) != answer.user_civil_number:
        raise UnbelievableError("certificate_holder")
    hashed = HASHES[answer.hash_algorithm]
    if not _is_signed(strong_key(certificate), signature, answer.challenge.encode(), hashed):
        raise UnbelievableError("signature_data")


def _is_signed(key: PublicKey, signature: bytes, signed: bytes, hashed: HashAlgorithm) -> bool:
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signed, PKCS1v15(), hashed)
        else:
            key.verify(signature, signed, ECDSA(hashed))
    except InvalidSignature:
        return False
    return True


def _certificate(text: str) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(_bytes(text, "user_certificate"))
        strong_key(certificate)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise UnbelievableError("user_certificate") from problem
    return certificate


def _check_chain(certificate: x509.Certificate, authorities: Sequence[x509.Certificate], now: datetime) -> None:
    """One of the authorities issued the certificate, it is in force, and it is for signing."""
    people = verification.ExtensionPolicy.permit_all().require_present(
        x509.KeyUsage, verification.Criticality.AGNOSTIC, _is_for_signing
    )
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(list(authorities)))
        .time(now)
        .extension_policies(ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(), ee_policy=people)
        .build_client_verifier()
    )
    try:
        verifier.verify(certificate, [])
    except verification.VerificationError as problem:
        raise UnbelievableError("user_certificate") from problem


def _is_for_signing(policy: verification.Policy, certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not (usage.digital_signature or usage.content_commitment):
        raise ValueError("not for signing")


def _holder(certificate: x509.Certificate) -> str:
    """The one civil number in the certificate; empty where there is none, or more than one."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)
    return plain(names[0].value) if len(names) == 1 else ""


def _section(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = parent.get(name)
    if not isinstance(section, dict):
        raise UnbelievableError("malformed")
    return section


def _text(section: Mapping[str, Any], name: str) -> str:
    """A value that must be there, as text: this provider sends its numbers as strings."""
    if not (text := plain(section.get(name), _LONGEST)):
        raise UnbelievableError("malformed")
    return text


def _moment(text: str) -> datetime:
    """ISO 8601; where no offset stands it is Kuwait's time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UnbelievableError("date") from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=KUWAIT)


def _bytes(text: str, reason: str) -> bytes:
    try:
        return b64decode(text.encode(), validate=True)
    except (BadBase64, ValueError) as problem:
        raise UnbelievableError(reason) from problem


def _has_numbers(value: object) -> bool:
    """Whether a number stands anywhere: its writing, and so what was signed, would be in doubt."""
    if isinstance(value, dict):
        return any(map(_has_numbers, value.values()))
    if isinstance(value, list):
        return any(map(_has_numbers, value))
    return not (value is None or isinstance(value, (str, bool)))
