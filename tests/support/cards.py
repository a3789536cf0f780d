"""Cards, authorities and lists for tests of signing in by certificate."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.identity.providers.base import Evidence, ProviderResponse
from gateway.identity.providers.certificate import CertificateProvider
from gateway.sandbox.providers.card_authority import Card, CardAuthority
from gateway.sandbox.providers.card_reader import CardReader, OmanPki
from gateway.schema.country import Country
from tests.support.attempts import attempt, now, plate

SALIM = "08123457"
"""The civil number of the persona ``omani-citizen``."""


def der(*certificates: x509.Certificate) -> tuple[bytes, ...]:
    """As they travel."""
    return tuple(each.public_bytes(Encoding.DER) for each in certificates)


def shown(card: Card | x509.Certificate, *others: x509.Certificate) -> ProviderResponse:
    """What the door hands over when the card is shown: its own certificate, and ``others`` that it sends along."""
    own = card.certificate if isinstance(card, Card) else card
    return ProviderResponse(certificates=der(own, *others))


def structured(*certificates: x509.Certificate) -> str:
    """As a header of RFC 9440 has them: byte sequences, several of them in a list."""
    return ", ".join(f":{b64encode(each).decode()}:" for each in der(*certificates))


def stranger(country: Country = Country.OM) -> CardAuthority:
    """An authority with the same names as the real one, and keys of its own."""
    return CardAuthority(country, CardAuthority.make(country))


def today(days: float = 0) -> datetime:
    """So many days from now."""
    return datetime.now(UTC) + timedelta(days=days)


class Desk:
    """A provider of cards with its authorities' stand-in beside it; cards are shown to ``show``."""

    def __init__(self, reader: CardReader, provider: CertificateProvider) -> None:
        self.reader = reader
        self.provider = provider
        self.authority = next(iter(reader.authorities.values()))

    async def show(self, card: Card | x509.Certificate | ProviderResponse, *others: x509.Certificate) -> Evidence:
        """The evidence that the provider makes of the card."""
        response = card if isinstance(card, ProviderResponse) else shown(card, *others)
        return await self.provider.complete(attempt(self.provider.plate.id), response)


@asynccontextmanager
async def desk(
    kind: type[CardReader] = OmanPki,
    *,
    options: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    ahead: float = 0,
    **changes: Any,
) -> AsyncIterator[Desk]:
    """A desk whose stand-in runs; ``ahead`` is how many seconds the gateway's clock is before this machine's."""
    reader = kind(kind.make_secrets())
    async with reader.running():
        own = plate(kind.provider)
        own = own.model_copy(update={"options": {**own.options, **(options or {})}, **changes})
        provider = CertificateProvider(
            own, reader.endpoints(), {**reader.secrets, **(secrets or {})}, lambda: now() + timedelta(seconds=ahead)
        )
        try:
            yield Desk(reader, provider)
        finally:
            await provider.close()


def names(country: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A subject of these attributes."""
    parts: Sequence[tuple[x509.ObjectIdentifier, str]] = ((x509.NameOID.COUNTRY_NAME, country), *more)
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
