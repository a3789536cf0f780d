"""Mandates of private partners, of the operator's states, and the button that revokes one at once."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.mandate_view import MandatePage
from gateway.agencies.mandates import LONGEST_ID, Mandates
from gateway.policy.operators import OperatorAct, OperatorGrant, OperatorPolicy
from gateway.schema.base import Frozen
from gateway.web.console.desk import day
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.pages.problem import PAGE

SHOWN = 50


@dataclass(frozen=True, slots=True)
class MandatePages:
    """The list and its button."""

    guard: Guard
    mandates: Mandates
    policy: OperatorPolicy

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/mandates", self.guard.page(self.listed), name=f"{PAGE}console-mandates")
        handler = self.guard.post(self.revoke)
        router.add_post("/mandates/revoke", handler, name=f"{PAGE}console-revoke-mandate")

    async def listed(self, visit: Visit) -> web.Response:
        """A page of mandates, in the order of their numbers."""
        after = visit.request.query.get("after", "")[:LONGEST_ID]

        async def look(grant: OperatorGrant) -> MandatePage:
            return await self.mandates.seen(grant.countries, SHOWN, after.encode("utf-8", "ignore").decode())

        page = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_MANDATES, visit.id, look)
        language = self.guard.pages.language(visit.request)
        return await self.guard.show(
            visit,
            "console/mandates.html",
            page=page,
            begins={each.id: day(each.starts_at, each.states[0], language) for each in page.mandates},
            ends={each.id: day(each.last_moment, each.states[0], language) for each in page.mandates},
            may={
                each.id: any(
                    self.policy.allows(visit.operator, OperatorAct.REVOKE_MANDATE, country) for country in each.states
                )
                for each in page.mandates
            },
        )

    async def revoke(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Nothing goes by it any more."""
        mandate = fields.get("mandate", "")
        country = await self.mandates.country(mandate)

        async def work(grant: OperatorGrant) -> None:
            await self.mandates.revoke(grant, mandate, _nothing)

        about = {"mandate": mandate}
        await self.guard.acts.perform(
            visit.operator, OperatorAct.REVOKE_MANDATE, visit.id, work, country=country, about=about
        )
        return see("/console/mandates")


async def _nothing(_connection: AsyncConnection, _answer: Frozen) -> None:
    """A page keeps no answer."""
