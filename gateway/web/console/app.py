"""The console as one application, to be put under ``/console`` of the operators' port."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from gateway.web.address import Network
from gateway.web.console.adapters import AdapterPages
from gateway.web.console.agencies import AgencyPages
from gateway.web.console.applications import ParkedPages
from gateway.web.console.approvals import ApprovalPages
from gateway.web.console.clients import ClientPages
from gateway.web.console.desk import DeskPages
from gateway.web.console.factor import FactorPages
from gateway.web.console.guard import Guard
from gateway.web.console.mandates import MandatePages
from gateway.web.console.measures import OperatorMeasures
from gateway.web.console.operators import OperatorPages
from gateway.web.console.way_in import WayIn
from gateway.web.contract import Handler
from gateway.web.middleware import front
from gateway.web.problems import Problems

LARGEST_FORM: Final = 65_536
SCRIPT: Final = Path(__file__).parent / "passkey.js"


@dataclass(frozen=True, slots=True)
class Console:
    """Every page of the console.

    ``hosts`` are the names that the operators' port is reached by; ``proxies`` are believed about who came to them.
    """

    problems: Problems
    guard: Guard
    way_in: WayIn
    factor: FactorPages
    desk: DeskPages
    parked: ParkedPages
    clients: ClientPages
    operators: OperatorPages
    agencies: AgencyPages
    adapters: AdapterPages
    approvals: ApprovalPages
    mandates: MandatePages
    measures: OperatorMeasures
    hosts: AbstractSet[str]
    proxies: Sequence[Network]

    def add_to(self, app: web.Application) -> None:
        """Adds the console and the files that its pages are dressed with."""
        outermost = front(self.problems, self.guard.pages, self.hosts, self.proxies)
        inside = web.Application(middlewares=[outermost], client_max_size=LARGEST_FORM)
        for pages in (self.way_in, self.factor, self.desk, self.parked, self.clients, self.operators):
            pages.add_routes(inside.router)
        for about in (self.agencies, self.adapters, self.approvals, self.mandates):
            about.add_routes(inside.router)
        inside.router.add_get("/passkey.js", _script(SCRIPT.read_bytes()))
        self.guard.pages.static.add_routes(app)
        app.add_subapp("/console", inside)

    async def count(self) -> None:
        """Takes over the alarms that stand; raises ``StorageDown``."""
        self.measures.show(len(await self.guard.breaks.alarms()))


def _script(body: bytes) -> Handler:
    async def script(_request: web.Request) -> web.Response:
        headers = {"Cache-Control": "no-cache", "Content-Type": "text/javascript; charset=utf-8"}
        return web.Response(body=body, headers=headers)

    return script
