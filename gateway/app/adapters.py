"""The registry of adapters, put together: built from, followed, and changed."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway import adapter_host
from gateway.app.notices import outward
from gateway.errors import ConfigurationError, UnknownService
from gateway.identity.vault import Vault
from gateway.ledger.ledger import Ledger
from gateway.policy.rules import ServiceRule
from gateway.registry.building import Builder, HostCredentials, Offered
from gateway.registry.following import Follower
from gateway.registry.registry import Registry
from gateway.registry.services import Services
from gateway.registry.store import RegistryStore
from gateway.sdk.inbox import Inbox
from gateway.settings import Settings
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class AdapterParts:
    """What adapters are registered and built with; ``follower`` has taken in all there is."""

    store: RegistryStore
    builder: Builder
    follower: Follower


@asynccontextmanager
async def adapter_parts(
    settings: Settings,
    storage: Storage,
    registry: Registry,
    services: Services,
    inbox: Inbox,
    vault: Vault,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> AsyncIterator[AdapterParts]:
    """Follows the registry for as long as the context lasts; raises ``ConfigurationError`` naming the setting."""
    store, builder = RegistryStore(time.time), adapter_builder(settings, services, inbox, clock)
    follower = Follower(storage, registry, services, builder, vault, store, ledger, clock)
    async with follower.following(settings.registry.follow_seconds):
        yield AdapterParts(store, builder, follower)


def adapter_builder(settings: Settings, services: Services, inbox: Inbox, clock: Callable[[], datetime]) -> Builder:
    """Builds what agencies register; raises ``ConfigurationError`` naming the setting."""

    def find(service: str) -> Offered | None:
        # Of the document as it is kept: to check and compile ten services would cost more than the room itself.
        try:
            found = services.document(service)
        except UnknownService:
            return None
        return Offered(found["kind"], found["output"]["kind"])

    return Builder(outward(settings).may_connect, find, inbox, clock, host_credentials(settings))


def rules_of(services: Services) -> Callable[[str], ServiceRule | None]:
    """The conditions of each service of the catalogue, those that agencies brought among them."""

    def rule(service: str) -> ServiceRule | None:
        try:
            found = services.find(service)
        except UnknownService:
            return None
        return ServiceRule(assurance=found.assurance, purposes=found.purposes)

    return rule


def host_credentials(settings: Settings) -> HostCredentials | None:
    """How the gateway calls adapter hosts, ``None`` where it calls none; raises ``ConfigurationError``."""
    section = settings.registry
    if section.host_signing_key_file is None:
        return None
    certificate, key = section.host_certificate_file, section.host_key_file
    if certificate is None or key is None:
        problem = "host_certificate_file and host_key_file must be set with it"
        raise ConfigurationError(field="registry.host_signing_key_file", problem=problem)
    adapter_host.check_shown(certificate, key)
    setting, production = "registry.host_signing_key_file", settings.mode == "production"
    signer = adapter_host.load_signer(section.host_signing_key_file, setting, production=production)
    return HostCredentials(signer, certificate, key)
