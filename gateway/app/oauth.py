"""The authorization server, put together: programs, what they ask, and what people allow them."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gateway.app.notices import outward
from gateway.errors import ConfigurationError
from gateway.identity.clock import SteadyClock
from gateway.identity.revocation import Revocations
from gateway.identity.vault import Vault
from gateway.oauth.assertion import Assertions
from gateway.oauth.authentication import ClientAuthentication
from gateway.oauth.certificates import Issuers
from gateway.oauth.client_keys import ClientKeys, KeyFetcher
from gateway.oauth.clients import Clients
from gateway.oauth.codes import Codes
from gateway.oauth.consents import Consents
from gateway.oauth.giving import Giving
from gateway.oauth.grant import Grants
from gateway.oauth.requests import Requests
from gateway.oauth.seen import Seen, StoredSeen
from gateway.outward.addresses import Outward
from gateway.settings import Settings, secret
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class OAuthParts:
    """What a worker serves programs with."""

    clients: Clients
    seen: Seen
    authentication: ClientAuthentication
    requests: Requests
    consents: Consents
    grants: Grants
    codes: Codes
    giving: Giving


@asynccontextmanager
async def oauth_parts(
    settings: Settings, storage: Storage, vault: Vault, revocations: Revocations, now: Callable[[], datetime]
) -> AsyncIterator[OAuthParts]:
    """Builds them; raises ``ConfigurationError`` naming the setting that is wrong."""
    clock = SteadyClock()
    issuers = Issuers(_authorities(settings.oauth.client_authorities_file), now)
    clients = Clients(storage, revocations, clock)
    keys = ClientKeys(KeyFetcher(outward(settings).may_connect).fetch)
    grants = Grants(storage, vault, revocations, clock)
    codes = Codes(storage, vault, grants, clock)
    async with remembering(settings, storage, clock) as seen:
        assertions = Assertions(settings.tokens.issuer, seen, clock)
        yield OAuthParts(
            clients=clients,
            seen=seen,
            authentication=ClientAuthentication(clients, keys, assertions, issuers),
            requests=Requests(storage, vault, clock),
            consents=Consents(storage, clock),
            grants=grants,
            codes=codes,
            giving=Giving(grants, codes, clock),
        )


@asynccontextmanager
async def remembering(settings: Settings, storage: Storage, clock: Callable[[], float]) -> AsyncIterator[Seen]:
    """Where what may come once is remembered: the server that the settings name, else the database."""
    url = secret(settings.storage.valkey_url)
    if not url:
        yield StoredSeen(storage, clock)
        return
    # The library of the server takes three megabytes, which a worker without one can do without.
    from gateway.oauth.seen_valkey import ValkeySeen

    try:
        seen = ValkeySeen(url, clock)
    except ValueError as problem:
        raise ConfigurationError(field="storage.valkey_url", problem=str(problem)) from problem
    try:
        yield seen
    finally:
        await seen.close()


@asynccontextmanager
async def operators_clients(settings: Settings) -> AsyncIterator[tuple[Clients, Outward]]:
    """The registrations for an operator's tools, and the judge of the addresses in them."""
    async with Storage.open(settings.storage.url) as storage, Revocations.open(storage) as revocations:
        yield Clients(storage, revocations, time.time), outward(settings)


def _authorities(path: Path | None) -> list[x509.Certificate]:
    if path is None:
        return []
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise ConfigurationError(
            field="oauth.client_authorities_file", problem=f"{path} cannot be read as certificates in PEM"
        ) from problem
