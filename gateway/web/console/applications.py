"""Applications that wait for an operator, of the states that the operator has a post in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.applications.parking import Parking, Stuck
from gateway.errors import NotFound
from gateway.policy.operators import OperatorAct, OperatorGrant
from gateway.schema.country import Country
from gateway.web.console.desk import moment
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.pages.problem import PAGE


@dataclass(frozen=True, slots=True)
class ParkedPages:
    """The list, and the two buttons beside each of its lines."""

    guard: Guard
    parking: Parking

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/applications", self.guard.page(self.parked), name=f"{PAGE}console-applications")
        for act, work in ((OperatorAct.RESEND, self.parking.resend), (OperatorAct.GIVE_UP, self.parking.give_up)):
            handler = self.guard.post(self._doing(act, work))
            router.add_post(f"/applications/{act.value}", handler, name=f"{PAGE}console-{act.value}")

    async def parked(self, visit: Visit) -> web.Response:
        """What is parked, the longest waiting first."""

        async def look(grant: OperatorGrant) -> Sequence[Stuck]:
            return [each for each in await self.parking.parked() if grant.holds_in(Country(each.country))]

        stuck = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_APPLICATIONS, visit.id, look)
        language = self.guard.pages.language(visit.request)
        return await self.guard.show(
            visit,
            "console/applications.html",
            stuck=stuck,
            states={each.country: Country(each.country) for each in stuck},
            times={each.parked.application: moment(each.parked.parked_at.timestamp(), language) for each in stuck},
        )

    def _doing(
        self, act: OperatorAct, work: Callable[[str], Awaitable[None]]
    ) -> Callable[[Visit, Fields], Awaitable[web.StreamResponse]]:
        async def do(visit: Visit, fields: Fields) -> web.StreamResponse:
            found = await self._stuck(fields.get("application", ""))
            application = found.parked.application

            async def carry_out(_grant: OperatorGrant) -> None:
                await work(application)

            country = Country(found.country)
            about = {"application": application}
            await self.guard.acts.perform(visit.operator, act, visit.id, carry_out, country=country, about=about)
            return see("/console/applications")

        return do

    async def _stuck(self, application: str) -> Stuck:
        """The parked message of the application, whose state decides who may act; raises ``NotFound``."""
        for each in await self.parking.parked():
            if each.parked.application == application:
                return each
        raise NotFound
