"""Certificates on cards: Oman's national PKI, and by the same path the smart card of any state.

The browser proves by TLS that it holds the card's key; what the certificate then says is judged here. Which
state vouches is told by the root that the chain ends in, never by what a certificate says of itself.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.errors import ConfigurationError, InvalidIdentifier, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.answers import option, plain
from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse, Redirect
from gateway.identity.providers.certificate_chain import Chain, Trust
from gateway.identity.providers.door import lied
from gateway.identity.providers.pem import certificates
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.providers.revocation_list import DoorSource, FolderSource, RevocationLists, Source
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

FIELDS: Final = {
    "serialNumber": NameOID.SERIAL_NUMBER,
    "uid": NameOID.USER_ID,
    "commonName": NameOID.COMMON_NAME,
}
"""Where in the subject an identifier may stand (RFC 5280, X.520)."""


class CertificateProvider:
    """One plate whose people prove themselves with a card.

    ``options.states`` are the states whose cards are taken. Of each the settings give the authorities (secret
    ``authorities_<state>``, PEM) and where their revocation lists are (endpoint ``lists_<state>``, an address
    or ``file:FOLDER``); ``card`` is the address that asks browsers for a certificate.
    """

    def __init__(
        self,
        plate: ProviderPlate,
        endpoints: Mapping[str, str],
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        self.plate = plate
        self._card = endpoints["card"].rstrip("/")
        self._clock = clock
        self._field, self._prefix = _field(plate), plate.options.get("identifier_prefix", "")
        states = _states(plate)
        self._trust = _trust(plate, secrets, states)
        fresh = timedelta(seconds=float(option(plate, "list_seconds")))
        self._lists = {
            state: RevocationLists(plate, _source(plate, endpoints[f"lists_{state.value.lower()}"]), fresh, clock)
            for state in states
        }

    @property
    def authorities(self) -> Sequence[x509.Certificate]:
        """Whose cards are taken, for the browser to offer no others."""
        return self._trust.authorities

    async def open(self) -> None:
        """Lists are fetched with the first card that needs them."""

    async def close(self) -> None:
        """Ends every connection."""
        for lists in self._lists.values():
            await lists.close()

    async def begin(self, attempt: Attempt) -> Redirect:
        """The address that asks for a certificate."""
        return Redirect(f"{self._card}/auth/card/{self.plate.id}?{urlencode({'state': attempt.id})}")

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """Certificate to chain, chain to state, every link of it asked about, and the holder's number read."""
        now = self._clock()
        chain = self._trust.chain(response.certificates, now)
        for certificate, issuer in zip(chain.certificates, chain.certificates[1:], strict=False):
            await self._lists[chain.country].check(certificate, issuer)
        level = self.plate.assurance.level(chain.country.value)
        if level is Assurance.LOW:
            raise SignInRejected("signin_certificate_untrusted")
        identifier = self._identifier(chain, now)
        return Evidence(
            provider=self.plate.id,
            # The same from one card to the next: neither the card's serial number nor an authority's key is in it.
            issuer=f"certificate:{chain.country.value}",
            subject=identifier.value,
            assurance=level,
            authenticated_at=now,
            identifier=identifier,
        )

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """The answer comes through the browser; there is nothing to ask meanwhile."""
        return None

    def _identifier(self, chain: Chain, now: datetime) -> NationalIdentifier:
        """The number in the one field that the plate names, behind its prefix; it is never mended."""
        found = chain.card.subject.get_attributes_for_oid(self._field)
        prefix = self._prefix.format(country=chain.country.value)
        value = plain(found[0].value) if len(found) == 1 else ""
        if not value.startswith(prefix):
            raise lied(self.plate, "identifier")
        try:
            return NationalIdentifier.parse(chain.country, value.removeprefix(prefix), today=now.date())
        except InvalidIdentifier as problem:
            raise lied(self.plate, "identifier") from problem


def _states(plate: ProviderPlate) -> tuple[Country, ...]:
    """The states of the plate, each of which must have its endpoint, its secret and its level there too."""
    names = option(plate, "states").split()
    for name in names:
        missing = name not in Country.__members__ and f"options.states: {name} is no state"
        missing = missing or (name not in plate.assurance.levels and f"assurance.levels: {name} is missing")
        for key, given in (("lists", plate.endpoints), ("authorities", plate.secrets)):
            wanted = f"{key}_{name.lower()}"
            missing = missing or (wanted not in given and f"{wanted} is missing")
        if missing:
            raise ConfigurationError(field=f"providers.{plate.id}", problem=missing)
    return tuple(Country(name) for name in names)


def _trust(plate: ProviderPlate, secrets: Mapping[str, str], states: tuple[Country, ...]) -> Trust:
    try:
        return Trust({state: certificates(plate, secrets, f"authorities_{state.value.lower()}") for state in states})
    except ValueError as problem:
        raise ConfigurationError(field=f"providers.{plate.id}.secrets", problem=str(problem)) from problem


def _field(plate: ProviderPlate) -> x509.ObjectIdentifier:
    name = plate.identifier.claim if plate.identifier else ""
    if name not in FIELDS:
        raise ConfigurationError(
            field=f"providers.{plate.id}: identifier.claim", problem=f"must be one of {', '.join(FIELDS)}"
        )
    return FIELDS[name]


def _source(plate: ProviderPlate, address: str) -> Source:
    if address.startswith("file:"):
        return FolderSource(plate, Path(urlsplit(address).path))
    return DoorSource(plate, address)
