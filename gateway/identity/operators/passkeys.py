"""Passkeys (WebAuthn Level 2): what a browser is asked for, and what of its answer is believed."""

import hashlib
import ipaddress
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import structlog
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.errors import SignInRejected
from gateway.identity.operators.factors import Factor

log = structlog.get_logger()

LARGEST: Final = 16_384
"""Characters of an answer; a passkey's is a tenth of it."""
_ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA]
_TIMEOUT_MS = 120_000


class Passkeys:
    """The relying party at ``public_url``; a passkey that it made works at no other address."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.hostname or ""

    @property
    def possible(self) -> bool:
        """Whether browsers make passkeys here: an address of numbers is no relying party (5.1.2)."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return bool(self.host)
        return False

    def ask_to_make(self, operator: str, name: str, challenge: bytes, known: Sequence[Factor]) -> str:
        """The options of ``navigator.credentials.create``, as JSON."""
        options = generate_registration_options(
            rp_id=self.host,
            rp_name="Bawaba",
            user_name=name,
            user_id=hashlib.sha256(operator.encode()).digest(),
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=_descriptors(known),
            supported_pub_key_algs=_ALGORITHMS,
        )
        return options_to_json(options)

    def made(self, answer: str, challenge: bytes) -> Factor:
        """The passkey that the browser made; raises ``SignInRejected``."""
        try:
            _refuse_framed(answer, "attestationObject")
            verified = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
                supported_pub_key_algs=_ALGORITHMS,
            )
        except Exception as problem:
            raise _refused(problem) from problem
        secret = orjson.dumps([_text(verified.credential_id), _text(verified.credential_public_key)])
        return Factor(_name(verified.credential_id), "passkey", secret, verified.sign_count)

    def ask_to_show(self, challenge: bytes, known: Sequence[Factor]) -> str:
        """The options of ``navigator.credentials.get``, as JSON."""
        options = generate_authentication_options(
            rp_id=self.host,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def shown(self, answer: str, challenge: bytes, known: Sequence[Factor]) -> tuple[Factor, int]:
        """Which of the known passkeys signed the challenge, and its count of signatures; raises ``SignInRejected``."""
        try:
            _refuse_framed(answer, "signature")
            credential = parse_authentication_credential_json(answer)
            factor = next(each for each in known if each.id == _name(credential.raw_id))
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=_parts(factor)[1],
                credential_current_sign_count=factor.counter,
                require_user_verification=True,
            )
        except Exception as problem:
            raise _refused(problem) from problem
        return factor, verified.new_sign_count


def _refuse_framed(answer: str, member: str) -> None:
    """Refuses what the library passes over: an answer that is far too long, or made within another site's frame."""
    if len(answer) > LARGEST:
        raise ValueError("too long")
    response: Any = orjson.loads(answer)["response"]
    if not isinstance(response[member], str):
        raise TypeError(member)
    client_data = orjson.loads(base64url_to_bytes(response["clientDataJSON"]))
    if client_data.get("crossOrigin", False) is not False or "topOrigin" in client_data:
        raise ValueError("made within another site's page")


def _refused(problem: Exception) -> SignInRejected:
    """What a browser sends may be anything at all; the reason is for the operators' log."""
    log.warning("operator.passkey_refused", error=type(problem).__name__, reason=str(problem)[:120])
    return SignInRejected("factor_refused")


def _descriptors(known: Sequence[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=_parts(each)[0]) for each in known]


def _parts(factor: Factor) -> tuple[bytes, bytes]:
    """The id of a passkey and its public key (COSE)."""
    credential, key = orjson.loads(factor.secret)
    return base64url_to_bytes(credential), base64url_to_bytes(key)


def _name(credential: bytes) -> str:
    return hashlib.sha256(credential).hexdigest()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
