"""The registry's API, put together: agencies, their adapters, and what they do about them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.agencies.acceptance import Acceptance, RunKit
from gateway.agencies.acting import AgencyActs
from gateway.agencies.adapters import Adapters
from gateway.agencies.agencies import Agencies
from gateway.agencies.approvals import Approvals
from gateway.agencies.callers import Callers
from gateway.agencies.keys import Keys
from gateway.agencies.life import Life
from gateway.agencies.mandates import Mandates
from gateway.agencies.members import Members
from gateway.agencies.rules import VersionRules
from gateway.agencies.secrets import Secrets
from gateway.agencies.versions import Versions
from gateway.app.adapters import AdapterParts
from gateway.app.applications import Ground
from gateway.app.notices import outward
from gateway.i18n import Catalogue
from gateway.identity.vault import Finder
from gateway.kit.acceptance import run_acceptance
from gateway.kit.report import Report
from gateway.oauth.clients import Clients
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules
from gateway.registry.rooms import Room
from gateway.registry.submission import Submission
from gateway.settings import Settings
from gateway.web.contract import Operation
from gateway.web.doorkeeper import Doorkeeper
from gateway.web.idempotency import Idempotency
from gateway.web.registry.adapters import AdapterPages
from gateway.web.registry.agencies import AgencyPages
from gateway.web.registry.approvals import ApprovalPages
from gateway.web.registry.desk import Desk
from gateway.web.registry.keys import HostKeyPages
from gateway.web.registry.life import LifePages
from gateway.web.registry.mandates import MandatePages
from gateway.web.registry.versions import VersionPages

PER_MINUTE, AT_ONCE = 300, 100
"""What one member or program may ask of one worker: an agency that moves its adapters in by a script is no attack."""


@dataclass(frozen=True, slots=True)
class AgencyParts:
    """What members of agencies do, by programs and by pages."""

    agencies: Agencies
    callers: Callers
    acts: AgencyActs
    members: Members
    keys: Keys
    adapters: Adapters
    secrets: Secrets
    versions: Versions
    acceptance: Acceptance
    life: Life
    mandates: Mandates
    approvals: Approvals
    host_keys: Sequence[Mapping[str, str]]


def agency_parts(
    settings: Settings, ground: Ground, rules: PolicyRules, adapters: AdapterParts, clients: Clients, mandates: Mandates
) -> AgencyParts:
    """Builds them over what is open already."""
    storage, vault, store = ground.storage, ground.vault, adapters.store
    hosts = settings.registry.host_signing_key_file is not None
    judged = VersionRules(outward(settings), ground.services, rules, hosts)
    return AgencyParts(
        agencies=Agencies(storage),
        callers=Callers(clients),
        acts=AgencyActs(ground.ledger, ground.clock),
        members=Members(storage, vault, store, time.time),
        keys=Keys(storage, store, time.time),
        adapters=Adapters(storage, store, _names_of_folders(settings), time.time),
        secrets=Secrets(storage, vault, store, time.time),
        versions=Versions(storage, store, judged, time.time),
        acceptance=Acceptance(storage, vault, store, adapters.builder, _kit(ground), time.time),
        life=Life(storage, store, time.time),
        mandates=mandates,
        approvals=Approvals(storage, vault, store, time.time),
        host_keys=adapters.builder.host_keys,
    )


def registry_desk(
    settings: Settings,
    ground: Ground,
    parts: AgencyParts,
    doorkeeper: Doorkeeper,
    finder: Finder,
    strangers: Quota,
) -> Desk:
    """Where everyone is received who acts for an agency, by a program or on a page."""
    return Desk(
        doorkeeper=doorkeeper,
        callers=parts.callers,
        agencies=parts.agencies,
        acts=parts.acts,
        idempotency=Idempotency(ground.storage, ground.vault, finder),
        quota=Quota(PER_MINUTE, AT_ONCE, time.monotonic),
        strangers=strangers,
        body_seconds=settings.server.body_seconds,
    )


def registry_operations(parts: AgencyParts, desk: Desk, words: Catalogue) -> Sequence[Operation]:
    """Every operation under ``/v1/registry``."""
    return (
        *AgencyPages(desk, parts.members, parts.keys).operations(),
        *AdapterPages(desk, parts.adapters, parts.secrets).operations(),
        *VersionPages(desk, parts.versions, parts.acceptance, words).operations(),
        *LifePages(desk, parts.life).operations(),
        *MandatePages(desk, parts.mandates).operations(),
        *ApprovalPages(desk, parts.approvals).operations(),
        *HostKeyPages(parts.host_keys).operations(),
    )


def _kit(ground: Ground) -> RunKit:
    """The acceptance kit, which knows a submission's services by its definitions and by the catalogue."""

    async def run(submission: Submission, room: Room) -> Report:
        services = {service.id: service for service in submission.definitions}
        for name in submission.plate.services:
            if name not in services and name in ground.services:
                services[name] = ground.services.find(name)
        return await run_acceptance(room, submission.cases, submission.plate, services, ground.clock)

    return run


def _names_of_folders(settings: Settings) -> Sequence[str]:
    """Every name that a room has, or that one could be opened by: nobody registers under it."""
    folders = [path.parent.name for path in settings.paths.adapters.glob("*/manifest.toml")]
    return [*settings.rooms, *folders]
