"""Applications, put together: the way in, the outbox, the tracking, the callbacks and the operators' side."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.app.signin import signin_keys
from gateway.applications.attachments import AttachmentStore
from gateway.applications.collecting import Collector
from gateway.applications.deadlines import Deadlines
from gateway.applications.exchange import Exchange
from gateway.applications.facade import Applications, Parts
from gateway.applications.giving import Giving
from gateway.applications.hearing import Hearing
from gateway.applications.hooks import Attachments, Listener, Watch
from gateway.applications.issued import IssuedDocuments
from gateway.applications.lanes import LaneLimits
from gateway.applications.outbox import Outbox, OutboxLimits
from gateway.applications.parking import Parking
from gateway.applications.queue import Queue
from gateway.applications.scanner import scanner_at
from gateway.applications.settings import ApplicationSettings
from gateway.applications.settling import Backoff, Settling
from gateway.applications.store import Store
from gateway.applications.sweeping import Sweeper
from gateway.applications.telling import Telling
from gateway.applications.terms import Terms
from gateway.applications.tracking import Tracking, TrackingLimits
from gateway.applications.uploads import Uploads
from gateway.applications.working_days import WorkingDays
from gateway.flow import Flow
from gateway.identity.vault import Vault
from gateway.ledger.key_files import load_ledger_keys
from gateway.ledger.ledger import Ledger
from gateway.notices.store import NoticeStore
from gateway.policy.permit import Policy
from gateway.registry.registry import Registry
from gateway.registry.services import Services
from gateway.settings import Settings
from gateway.storage.engine import Storage

TRACKING_SECONDS = 30.0
"""Longest time that one question may take; the room's own limit is shorter."""
TRACKING_BACKOFF_LONGEST = 6 * 3600.0
DOCUMENT_BACKOFF = Backoff(first=10.0, longest=3600.0)
"""How long a document that could not be fetched is left alone; nobody waits for it but whoever it was issued to."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What applications stand on, open and ready. ``events_url`` is where national systems reach this worker."""

    services: Services
    policy: Policy
    flow: Flow
    registry: Registry
    storage: Storage
    ledger: Ledger
    vault: Vault
    watch: Watch
    events_url: str
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ApplicationParts:
    """What a worker takes applications in with, and carries them to their ends."""

    applications: Applications
    hearing: Hearing
    parking: Parking
    store: Store
    outbox: Outbox
    tracking: Tracking
    deadlines: Deadlines
    uploads: Uploads
    giving: Giving
    collector: Collector
    sweeper: Sweeper


def application_parts(
    settings: Settings, ground: Ground, attachments: Attachments | None = None, listeners: Sequence[Listener] = ()
) -> ApplicationParts:
    """Builds them; nothing is delivered or asked until ``carrying``."""
    section = settings.applications
    storage, clock = ground.storage, ground.clock
    kept, issued = AttachmentStore(storage, ground.vault), IssuedDocuments()
    attachments = attachments or kept
    store, queue = Store(ground.vault, (*listeners, issued)), Queue(ground.vault)
    events_url = section.events_url.rstrip("/") or ground.events_url
    exchange = Exchange(ground.flow, ground.registry, events_url)
    terms = Terms(WorkingDays.load(settings.paths.holidays))
    settling = Settling(store, ground.watch, terms, timedelta(seconds=section.track_seconds))
    tracking = Tracking(storage, store, exchange, settling, _tracking_limits(section), clock)
    outbox = Outbox(
        storage,
        store,
        queue,
        exchange,
        attachments,
        settling,
        _outbox_limits(section),
        clock,
        tracking.lanes.wake,
    )
    parts = Parts(
        services=ground.services,
        policy=ground.policy,
        flow=ground.flow,
        storage=storage,
        store=store,
        queue=queue,
        attachments=attachments,
        terms=terms,
        clock=clock,
        wake=outbox.lanes.wake,
        events_url=events_url,
    )
    return ApplicationParts(
        applications=Applications(parts),
        hearing=Hearing(storage, store, ground.registry, exchange, settling, clock),
        parking=Parking(storage, store, queue, attachments, ground.ledger, clock),
        store=store,
        outbox=outbox,
        tracking=tracking,
        deadlines=Deadlines(storage, store, clock),
        uploads=Uploads(
            services=ground.services,
            policy=ground.policy,
            flow=ground.flow,
            storage=storage,
            store=store,
            queue=queue,
            attachments=kept,
            scanner=scanner_at(section.scanner),
            clock=clock,
        ),
        giving=Giving(storage, store, issued, ground.policy, ground.flow, clock),
        collector=Collector(
            storage,
            store,
            issued,
            ground.flow,
            ground.registry,
            ground.watch,
            _lanes(section),
            DOCUMENT_BACKOFF,
            clock,
        ),
        sweeper=Sweeper(storage, kept, timedelta(days=section.draft_days), clock),
    )


@asynccontextmanager
async def carrying(parts: ApplicationParts) -> AsyncIterator[None]:
    """Delivers, asks, fetches documents, watches the terms and sweeps for as long as the context lasts."""
    async with (
        parts.outbox.lanes.running(),
        parts.tracking.lanes.running(),
        parts.collector.lanes.running(),
        parts.deadlines.watching(),
        parts.sweeper.sweeping(),
    ):
        yield


@asynccontextmanager
async def operators_parking(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[Parking]:
    """The operators' side alone, as the command line uses it: nothing is served, delivered or asked."""
    vault, _ = signin_keys(settings)
    ledger_section, production = settings.ledger, settings.mode == "production"
    keys = load_ledger_keys(ledger_section.key_file, ledger_section.pseudonym_key_file, production=production)
    async with (
        Storage.open(settings.storage.url) as storage,
        Ledger.open(storage, keys, ledger_section.origin) as ledger,
    ):
        # The citizen is told of what an operator gives up; agencies hear of what is overdue alone.
        store = Store(vault, [Telling(NoticeStore(vault), {})])
        yield Parking(storage, store, Queue(vault), AttachmentStore(storage, vault), ledger, clock)


def _outbox_limits(section: ApplicationSettings) -> OutboxLimits:
    return OutboxLimits(
        lanes=_lanes(section),
        backoff=Backoff(section.retry_seconds, section.retry_longest_seconds),
        lease=timedelta(seconds=section.lease_seconds),
        patience=timedelta(hours=section.park_after_hours),
    )


def _tracking_limits(section: ApplicationSettings) -> TrackingLimits:
    longest = max(TRACKING_BACKOFF_LONGEST, section.track_seconds)
    return TrackingLimits(_lanes(section), Backoff(section.track_seconds, longest), TRACKING_SECONDS)


def _lanes(section: ApplicationSettings) -> LaneLimits:
    return LaneLimits(section.workers, section.poll_seconds)
