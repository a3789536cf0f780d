"""Which class speaks which protocol; a provider is its name plate and one of these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import ConfigurationError
from gateway.identity.providers.base import Letterbox, Provider
from gateway.identity.providers.plate import ProviderPlate


@dataclass(frozen=True, slots=True)
class ProviderParts:
    """What a provider is made of; ``callback_base`` is where providers deliver what comes later."""

    plate: ProviderPlate
    endpoints: Mapping[str, str]
    secrets: Mapping[str, str]
    clock: Callable[[], datetime]
    letters: Letterbox
    callback_base: str


Kind = Callable[[ProviderParts], Provider]
KINDS: Mapping[str, Kind] = {}


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
