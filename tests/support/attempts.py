"""Sign-ins under way, for tests of providers by themselves."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.identity.providers.base import Attempt
from gateway.identity.providers.plate import ProviderPlate
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

PLATES = Path(__file__).parents[2] / "config" / "providers"
CALLBACK = "http://127.0.0.1:8080/auth/callback"


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def clock(ahead: float) -> Callable[[], datetime]:
    """A clock that is ahead of this machine's by so many seconds."""
    return lambda: now() + timedelta(seconds=ahead)


def plate(name: str, **changes: Any) -> ProviderPlate:
    """The provider's own name plate, as it is in the configuration but for ``changes``."""
    return ProviderPlate.load(PLATES / f"{name}.toml").model_copy(update=changes)


def attempt(provider: str, **changes: Any) -> Attempt:
    """A sign-in that began this moment."""
    begun = Attempt(
        id=secrets.token_urlsafe(32),
        provider=provider,
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=f"{CALLBACK}/{provider}",
        language="en",
        created_at=now(),
        expires_at=now() + timedelta(minutes=10),
    )
    return replace(begun, **changes)


def number(country: Country, value: str) -> NationalIdentifier:
    """An identifier as the person typed it."""
    return NationalIdentifier.parse(country, value, today=now().date())
