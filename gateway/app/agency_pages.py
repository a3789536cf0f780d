"""The pages of members of agencies, put together."""

from collections.abc import Sequence

from aiohttp import web

from gateway.agencies.waiting import Waiting
from gateway.app.registry import AgencyParts
from gateway.identity.sessions import Sessions
from gateway.storage.engine import Storage
from gateway.web.agency.adapter import AdapterPages
from gateway.web.agency.agency import AgencyPages
from gateway.web.agency.home import HomePages
from gateway.web.agency.key_pages import KeyPages
from gateway.web.agency.life import LifePages
from gateway.web.agency.mandates import MandatePages
from gateway.web.agency.people import PeoplePages
from gateway.web.agency.version import VersionPages
from gateway.web.agency.visit import Guard
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems
from gateway.web.registry.desk import Desk
from gateway.web.signin.browser import Forms


def add_agency_pages(
    app: web.Application,
    parts: AgencyParts,
    desk: Desk,
    sessions: Sessions,
    storage: Storage,
    pages: Pages,
    forms: Forms,
    problems: Problems,
    purposes: Sequence[str],
) -> None:
    """Everything under ``/agency``, with the desk that the API has, so that both are one in what they allow."""
    guard = Guard(sessions, desk, forms, pages, problems)
    adapter = AdapterPages(guard, parts.adapters, parts.versions, parts.secrets, parts.members)
    for each in (
        HomePages(guard, parts.members, Waiting(storage)),
        AgencyPages(guard, parts.adapters),
        PeoplePages(guard, parts.members),
        KeyPages(guard, parts.keys),
        MandatePages(guard, parts.mandates, purposes),
        adapter,
        LifePages(guard, adapter, parts.life),
        VersionPages(guard, parts.adapters, parts.versions, parts.acceptance, parts.approvals),
    ):
        each.add_routes(app.router)
