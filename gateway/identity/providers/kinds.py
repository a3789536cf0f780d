"""Which class speaks which protocol; a provider is its name plate and one of these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import ConfigurationError
from gateway.identity.providers.base import Letterbox, Provider
from gateway.identity.providers.certificate import CertificateProvider
from gateway.identity.providers.nafath import Nafath
from gateway.identity.providers.oidc.provider import OpenIdProvider
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.providers.uaepass import UaePass


@dataclass(frozen=True, slots=True)
class ProviderParts:
    """What a provider is made of; ``callback_base`` is where providers deliver what comes later."""

    plate: ProviderPlate
    endpoints: Mapping[str, str]
    secrets: Mapping[str, str]
    clock: Callable[[], datetime]
    letters: Letterbox
    callback_base: str


def _mobile_id(parts: ProviderParts) -> Provider:
    # Like the next: XML takes megabytes, which a worker without such a provider can do without.
    from gateway.identity.providers.mobile_id import MobileId

    return MobileId(*_common(parts), parts.letters, parts.callback_base)


def _saml(parts: ProviderParts) -> Provider:
    from gateway.identity.providers.saml import Saml

    return Saml(*_common(parts), parts.letters)


Kind = Callable[[ProviderParts], Provider]
KINDS: Mapping[str, Kind] = {
    "oidc": lambda parts: OpenIdProvider(*_common(parts), parts.letters),
    "uaepass": lambda parts: UaePass(*_common(parts)),
    "nafath": lambda parts: Nafath(*_common(parts)),
    "certificate": lambda parts: CertificateProvider(*_common(parts)),
    "mobile-id": _mobile_id,
    "saml": _saml,
}


def _common(
    parts: ProviderParts,
) -> tuple[ProviderPlate, Mapping[str, str], Mapping[str, str], Callable[[], datetime]]:
    return parts.plate, parts.endpoints, parts.secrets, parts.clock


def build_provider(parts: ProviderParts) -> Provider:
    """The provider that the plate describes; nothing is sent yet.

    Raises ``ConfigurationError`` when an endpoint or a secret on the plate is not set.
    """
    plate = parts.plate
    for kind, wanted, given in (
        ("endpoints", plate.endpoints, parts.endpoints),
        ("secrets", plate.secrets, parts.secrets),
    ):
        if missing := sorted(set(wanted) - set(given)):
            raise ConfigurationError(field=f"providers.{plate.id}.{kind}.{missing[0]}", problem="is not set")
    return KINDS[plate.protocol](parts)
