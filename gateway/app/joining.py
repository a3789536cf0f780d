"""How agencies come to join, as operators and the command line have it: invitations, approvals, mandates."""

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway.agencies.adapter_notices import AdapterNotices
from gateway.agencies.approvals import Approvals
from gateway.agencies.ending import ROUND_SECONDS, Ending
from gateway.agencies.invitations import AgencyInvitations
from gateway.agencies.mandate_notices import MandateNotices
from gateway.agencies.mandates import Mandates
from gateway.agencies.overseeing import Overseeing
from gateway.agencies.telling import AgencyNotices
from gateway.app.signin import signin_keys
from gateway.identity.vault import Vault
from gateway.ledger.key_files import load_ledger_keys
from gateway.ledger.ledger import Ledger
from gateway.notices.store import NoticeStore
from gateway.operators.acts import OperatorActs
from gateway.policy.operators import OperatorPolicy
from gateway.registry.mandate_quota import QuotaLease
from gateway.registry.store import RegistryStore
from gateway.resilience.rounds import rounds
from gateway.settings import Settings
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class Joining:
    """What operators do about agencies, and what agencies do about their partners."""

    invitations: AgencyInvitations
    overseeing: Overseeing
    approvals: Approvals
    mandates: Mandates
    store: RegistryStore


@asynccontextmanager
async def joining(
    storage: Storage,
    vault: Vault,
    ledger: Ledger,
    store: RegistryStore,
    quota: QuotaLease,
    notices: NoticeStore,
    channels: Collection[str],
    purposes: Collection[str],
    clock: Callable[[], datetime],
) -> AsyncIterator[Joining]:
    """Builds it over what is open already, and looks every hour what has ended or is about to."""
    mail = AgencyNotices(notices, mail="email" in channels)
    store.listener = AdapterNotices(mail, vault, clock).heard
    ending = Ending(storage, vault, store, ledger, mail, clock)

    async def visit() -> bool:
        await quota.forget()
        return await ending.visit()

    sides = MandateNotices(mail, vault, clock)
    async with rounds("endings", visit, ROUND_SECONDS):
        yield Joining(
            *_inviting(storage, vault, store), Mandates(storage, vault, store, sides, purposes, time.time), store
        )


@dataclass(frozen=True, slots=True)
class AgencyDesk:
    """What the command line does about agencies."""

    invitations: AgencyInvitations
    overseeing: Overseeing
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
        invitations, overseeing, _ = _inviting(storage, vault, RegistryStore(time.time))
        yield AgencyDesk(invitations, overseeing, OperatorActs(OperatorPolicy(), ledger, clock))


def _inviting(storage: Storage, vault: Vault, store: RegistryStore) -> tuple[AgencyInvitations, Overseeing, Approvals]:
    return (
        AgencyInvitations(storage, vault, store, time.time),
        Overseeing(storage, vault, store),
        Approvals(storage, vault, store, time.time),
    )
