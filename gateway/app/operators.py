"""Who signs operators in, and what the command line does about operators; without a provider there is no console."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from gateway.app.applications import Ground
from gateway.app.joining import Joining
from gateway.app.signin import signin_keys
from gateway.applications.parking import Parking
from gateway.errors import ConfigurationError
from gateway.identity.operators.accounts import Accounts
from gateway.identity.operators.provider import OperatorProvider, RoleRule
from gateway.identity.providers.base import Letterbox
from gateway.identity.providers.kinds import ProviderParts, build_provider
from gateway.identity.providers.oidc import OpenIdProvider
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.vault import Finder
from gateway.ledger.key_files import load_ledger_keys
from gateway.ledger.ledger import Ledger
from gateway.oauth.clients import Clients
from gateway.operators.acts import OperatorActs
from gateway.policy.operators import OperatorPolicy
from gateway.settings import Settings, secret
from gateway.storage.engine import Storage
from gateway.web.problems import Problems

if TYPE_CHECKING:
    from gateway.web.console.app import Console


@dataclass(frozen=True, slots=True)
class ConsoleGround:
    """What the console stands on, open and ready."""

    ground: Ground
    finder: Finder
    letters: Letterbox
    parking: Parking
    clients: Clients
    problems: Problems
    registry: CollectorRegistry
    joining: Joining


@asynccontextmanager
async def operator_console(settings: Settings, base: ConsoleGround) -> AsyncIterator["Console | None"]:
    """The console for as long as the context lasts; raises ``ConfigurationError`` naming the setting."""
    provider = operator_provider(settings, base.letters, base.ground.clock)
    if provider is None:
        yield None
        return
    # The console brings the library of passkeys along, six megabytes that a worker without operators can do without.
    from gateway.app.console import console

    try:
        yield console(settings, base, provider)
    finally:
        await provider.close()


def operator_provider(settings: Settings, letters: Letterbox, clock: Callable[[], datetime]) -> OperatorProvider | None:
    """The provider that operators sign in with; raises ``ConfigurationError`` naming the setting."""
    section = settings.operators
    if not section.provider:
        return None
    if section.provider in settings.providers:
        raise ConfigurationError(field="operators.provider", problem="is one that people sign in with; use another")
    path = settings.paths.providers / f"{section.provider}.toml"
    if not path.exists():
        raise ConfigurationError(field="operators.provider", problem=f"has no name plate in {settings.paths.providers}")
    secrets = {key: secret(value) for key, value in section.secrets.items()}
    plate = ProviderPlate.load(path)
    built = build_provider(ProviderParts(plate, section.endpoints, secrets, clock, letters, ""))
    if not isinstance(built, OpenIdProvider):
        raise ConfigurationError(field="operators.provider", problem="must speak the protocol oidc")
    return OperatorProvider(built, RoleRule.of(section.role_claim, section.roles))


def rehearse_operators(settings: Settings, clock: Callable[[], datetime]) -> None:
    """Reads all that the console needs; raises ``ConfigurationError`` naming the setting."""
    operator_provider(settings, _Nowhere(), clock)


class _Nowhere:
    """A letterbox that keeps nothing, for a provider that is built to see whether it can be."""

    async def put(self, reference: str, body: bytes) -> bool:
        return False

    async def read(self, reference: str) -> bytes | None:
        return None


@dataclass(frozen=True, slots=True)
class OperatorDesk:
    """What the command line does about operators."""

    accounts: Accounts
    acts: OperatorActs


@asynccontextmanager
async def operator_desk(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[OperatorDesk]:
    """Accounts and the ledger alone; nothing is served."""
    vault, finder = signin_keys(settings)
    section, production = settings.ledger, settings.mode == "production"
    keys = load_ledger_keys(section.key_file, section.pseudonym_key_file, production=production)
    async with (
        Storage.open(settings.storage.url) as storage,
        Ledger.open(storage, keys, section.origin) as ledger,
    ):
        accounts = Accounts(storage, vault, finder, time.time)
        yield OperatorDesk(accounts, OperatorActs(OperatorPolicy(), ledger, clock))
