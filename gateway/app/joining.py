"""How agencies come to join, as operators and the command line have it: invitations, approvals, mandates."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway.agencies.approvals import Approvals
from gateway.agencies.invitations import AgencyInvitations
from gateway.agencies.overseeing import Overseeing
from gateway.app.signin import signin_keys
from gateway.identity.vault import Vault
from gateway.ledger.key_files import load_ledger_keys
from gateway.ledger.ledger import Ledger
from gateway.operators.acts import OperatorActs
from gateway.policy.operators import OperatorPolicy
from gateway.registry.store import RegistryStore
from gateway.settings import Settings
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class Joining:
    """What operators do about agencies."""

    invitations: AgencyInvitations
    overseeing: Overseeing
    approvals: Approvals
    store: RegistryStore


def joining(storage: Storage, vault: Vault) -> Joining:
    """Builds it over an open database."""
    store = RegistryStore(time.time)
    return Joining(
        AgencyInvitations(storage, vault, store, time.time),
        Overseeing(storage, vault, store),
        Approvals(storage, vault, store, time.time),
        store,
    )


@dataclass(frozen=True, slots=True)
class AgencyDesk:
    """What the command line does about agencies."""

    joining: Joining
    acts: OperatorActs


@asynccontextmanager
async def agency_desk(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[AgencyDesk]:
    """Agencies and the ledger alone; nothing is served."""
    vault, _ = signin_keys(settings)
    section, production = settings.ledger, settings.mode == "production"
    keys = load_ledger_keys(section.key_file, section.pseudonym_key_file, production=production)
    async with (
        Storage.open(settings.storage.url) as storage,
        Ledger.open(storage, keys, section.origin) as ledger,
    ):
        yield AgencyDesk(joining(storage, vault), OperatorActs(OperatorPolicy(), ledger, clock))
