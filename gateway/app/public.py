"""The public application: every endpoint and every page on one router."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.app.agency_pages import add_agency_pages
from gateway.app.applications import ApplicationParts, Ground
from gateway.app.cards import Cards
from gateway.app.notices import NoticeParts
from gateway.app.oauth import OAuthParts
from gateway.app.oauth_devices import add_device_doors
from gateway.app.oauth_doors import OAuthDoors
from gateway.app.oauth_tokens import TokenDoors, TokenParts
from gateway.app.registry import AgencyParts, registry_desk, registry_operations
from gateway.app.senders import senders
from gateway.app.signin import SignInParts
from gateway.fanout import Fanout
from gateway.identity.keys import KeyRing
from gateway.identity.verifier import TokenVerifier
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules, QuotaRule
from gateway.settings import Settings
from gateway.web.address import proxies
from gateway.web.application_documents import DocumentPages
from gateway.web.applications import ApplicationPages
from gateway.web.contract import Operation, mount
from gateway.web.doorkeeper import Doorkeeper
from gateway.web.idempotency import Idempotency
from gateway.web.keys import KeyPages
from gateway.web.lookups import Lookups, state_words
from gateway.web.middleware import front, hosts_of
from gateway.web.notices import NoticePages
from gateway.web.oauth.record import OAuthRecord
from gateway.web.pages.catalogue import CataloguePages
from gateway.web.pages.render import Pages
from gateway.web.pages.site import add_pages
from gateway.web.problems import Problems
from gateway.web.record import RecordPages
from gateway.web.services import ServicePages
from gateway.web.signin.account import AccountPages
from gateway.web.signin.browser import Forms
from gateway.web.signin.pages import SignInPages


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands behind the public port, open and ready."""

    settings: Settings
    ground: Ground
    problems: Problems
    rules: PolicyRules
    keys: KeyRing
    verifier: TokenVerifier
    entrance: SignInParts
    cards: Cards
    applications: ApplicationParts
    notices: NoticeParts
    programs: OAuthParts
    tokens: TokenParts
    agencies: AgencyParts


def public_app(inside: Inside) -> web.Application:
    """The application, not started yet."""
    settings, words, entrance = inside.settings, inside.problems.catalogue, inside.entrance
    url, services, clock = settings.server.public_url, inside.ground.services, inside.ground.clock
    record = OAuthRecord(inside.ground.ledger, quota(inside.rules.strangers), clock)
    sender = senders(settings, inside.programs.seen, entrance.finder)
    programs = OAuthDoors(
        settings, inside.programs, inside.ground, inside.rules, entrance, inside.problems, record, sender
    )
    doorkeeper = Doorkeeper(inside.verifier, entrance.signin.sessions, url, sender)
    strangers = quota(inside.rules.strangers)
    desk = registry_desk(settings, inside.ground, inside.agencies, doorkeeper, entrance.finder, strangers)
    operations = [
        *_operations(inside, doorkeeper),
        *programs.consents(doorkeeper).operations(),
        *programs.registrations(doorkeeper).operations(),
        *registry_operations(inside.agencies, desk, words),
    ]
    pages, hosts = Pages(words, url), hosts_of(url, settings.server.mtls_url, local=settings.mode == "demo")
    outermost = front(inside.problems, pages, hosts, proxies(settings.server.trusted_proxies))
    app = web.Application(middlewares=[outermost], client_max_size=settings.server.body_bytes)
    mount(app, operations)
    connected = inside.ground.registry.countries
    add_pages(app, pages, operations, services, connected)
    CataloguePages(services, pages, connected, inside.ground.registry.endings).add_routes(app)
    forms = Forms(entrance.finder, url)
    beginnings = quota(inside.rules.strangers).spend
    way_in = SignInPages(
        entrance.signin, pages, inside.problems, forms, entrance.handoff, entrance.answers, url, clock, beginnings
    )
    way_in.add_routes(app)
    programs.add_routes(app, pages, forms)
    doors = TokenDoors(
        settings, inside.programs, inside.tokens, programs.callers(), doorkeeper, record, inside.problems, sender
    )
    doors.add_routes(app, entrance.signin.sessions, pages, forms)
    add_device_doors(app, programs, inside.tokens.devices, pages, forms)
    inside.cards.door.add_routes(app)
    AccountPages(entrance.signin, way_in, pages, forms, inside.agencies.agencies.has_member).add_routes(app)
    purposes = [purpose.id for purpose in inside.rules.purposes]
    add_agency_pages(
        app,
        inside.agencies,
        desk,
        entrance.signin.sessions,
        inside.ground.storage,
        pages,
        forms,
        inside.problems,
        purposes,
    )
    return app


def quota(rule: QuotaRule) -> Quota:
    """A rule of policy, kept by this worker."""
    return Quota(rule.per_minute, rule.burst, time.monotonic)


def _operations(inside: Inside, doorkeeper: Doorkeeper) -> Sequence[Operation]:
    settings, ground, problems = inside.settings, inside.ground, inside.problems
    url, body_seconds = settings.server.public_url, settings.server.body_seconds
    strangers = quota(inside.rules.strangers)
    lookups = Lookups(
        doorkeeper=doorkeeper,
        services=ground.services,
        policy=ground.policy,
        fanout=Fanout(ground.flow, ground.registry, settings.lookups.deadline_ms / 1000),
        flow=ground.flow,
        strangers=strangers,
        problems=problems,
        words=state_words(problems.catalogue),
        clock=ground.clock,
        body_seconds=body_seconds,
    )
    applications = ApplicationPages(
        doorkeeper=doorkeeper,
        applications=inside.applications.applications,
        idempotency=Idempotency(ground.storage, ground.vault, inside.entrance.finder),
        flow=ground.flow,
        strangers=strangers,
        body_seconds=body_seconds,
    )
    documents = DocumentPages(
        doorkeeper=doorkeeper,
        uploads=inside.applications.uploads,
        giving=inside.applications.giving,
        flow=ground.flow,
        strangers=strangers,
        body_seconds=body_seconds,
    )
    notices = NoticePages(
        doorkeeper=doorkeeper,
        storage=ground.storage,
        store=inside.notices.store,
        channels=inside.notices.channels,
        services=ground.services,
        catalogue=problems.catalogue,
        public_url=url,
        clock=ground.clock,
        body_seconds=body_seconds,
    )
    return [
        *ServicePages(ground.services, url, ground.registry.countries, ground.registry.endings).operations(),
        *lookups.operations(),
        *applications.operations(),
        *documents.operations(),
        *notices.operations(),
        *RecordPages(doorkeeper, ground.ledger).operations(),
        *KeyPages(inside.keys).operations(),
    ]
