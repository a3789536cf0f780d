"""The operators' console, put together."""

import time

from gateway.agencies.adapters_seen import AdaptersSeen
from gateway.app.operators import ConsoleGround
from gateway.identity.attempts import Attempts
from gateway.identity.operators.accounts import Accounts
from gateway.identity.operators.breaks import Breaks
from gateway.identity.operators.factors import Factors
from gateway.identity.operators.passkeys import Passkeys
from gateway.identity.operators.provider import OperatorProvider
from gateway.identity.operators.second_factor import SecondFactor
from gateway.identity.operators.sessions import Limits, OperatorSessions
from gateway.identity.operators.signin import OperatorSignIn
from gateway.operators.acts import OperatorActs
from gateway.policy.operators import OperatorPolicy
from gateway.policy.quota import Quota
from gateway.settings import Settings
from gateway.web.address import proxies
from gateway.web.console.adapters import AdapterPages
from gateway.web.console.agencies import AgencyPages
from gateway.web.console.app import Console
from gateway.web.console.applications import ParkedPages
from gateway.web.console.approvals import ApprovalPages
from gateway.web.console.clients import ClientPages
from gateway.web.console.cookies import BROWSER
from gateway.web.console.desk import DeskPages
from gateway.web.console.factor import FactorPages
from gateway.web.console.guard import Guard
from gateway.web.console.mandates import MandatePages
from gateway.web.console.measures import OperatorMeasures
from gateway.web.console.operators import OperatorPages
from gateway.web.console.pages import ConsolePages
from gateway.web.console.way_in import WayIn
from gateway.web.middleware import hosts_of
from gateway.web.signin.browser import Forms


def console(settings: Settings, base: ConsoleGround, provider: OperatorProvider) -> Console:
    """Its pages and what they stand on; nothing is opened yet."""
    section, ground = settings.operators, base.ground
    storage, vault, clock = ground.storage, ground.vault, ground.clock
    accounts = Accounts(storage, vault, base.finder, time.time)
    breaks = Breaks(storage, vault, time.time)
    limits = Limits(section.idle_minutes * 60, section.absolute_hours * 3600)
    sessions = OperatorSessions(storage, vault, breaks, limits, time.time)
    factors = SecondFactor(
        accounts, Factors(storage, vault, time.time), sessions, Passkeys(section.public_url), time.time
    )
    back = f"{section.public_url}/console/auth/callback"
    signin = OperatorSignIn(provider, Attempts(storage, vault, clock), accounts, sessions, back, clock)
    guard = Guard(
        sessions=sessions,
        forms=Forms(base.finder, section.public_url, BROWSER),
        pages=ConsolePages(base.problems.catalogue, section.public_url),
        acts=OperatorActs(OperatorPolicy(), ground.ledger, clock),
        breaks=breaks,
    )
    measures = OperatorMeasures(base.registry)
    quota = Quota(section.sign_ins_per_minute, section.sign_ins_per_minute, time.monotonic)
    policy, agencies = OperatorPolicy(), base.joining
    seen = AdaptersSeen(storage, agencies.approvals)
    return Console(
        problems=base.problems,
        guard=guard,
        way_in=WayIn(guard, signin, quota.spend),
        factor=FactorPages(guard, factors, accounts),
        desk=DeskPages(guard, measures),
        parked=ParkedPages(guard, base.parking),
        clients=ClientPages(guard, base.clients),
        operators=OperatorPages(guard, accounts),
        agencies=AgencyPages(guard, agencies.invitations, agencies.overseeing, policy, settings.server.public_url),
        adapters=AdapterPages(guard, seen, storage, agencies.store, ground.registry.routes, policy),
        approvals=ApprovalPages(guard, seen, agencies.approvals, agencies.overseeing, policy),
        mandates=MandatePages(guard, agencies.mandates, policy),
        measures=measures,
        hosts=hosts_of(section.public_url, local=settings.mode == "demo"),
        proxies=proxies(settings.server.trusted_proxies),
    )
