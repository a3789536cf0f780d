"""One agency: what it is, its adapters, a page at a time, and a name for another."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.agencies.acting import AgencyAct
from gateway.agencies.adapters import Adapters
from gateway.errors import BawabaError, InvalidInput
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.console.paging import words_of
from gateway.web.pages.problem import PAGE

SHOWN: Final = 25
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class AgencyPages:
    """The page and its form."""

    guard: Guard
    adapters: Adapters

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard, one = self.guard, "/agency/{agency}"
        router.add_get(one, guard.inside(self.show), name=f"{PAGE}agency-one")
        router.add_post(f"{one}/adapters", guard.act(self.register, self.show), name=f"{PAGE}agency-register")

    async def show(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """The agency, with those of its adapters that the words are found in."""
        request = member.visit.request
        words, after = words_of(request), request.query.get("after", "")[:LONGEST_NAME].encode("utf-8", "ignore")
        page = await self.adapters.page([member.actor], words, SHOWN, after.decode())
        wrong = isinstance(problem, InvalidInput) and problem.field == "/adapter"
        return await self.guard.show_member(
            member,
            "agency/agency.html",
            status=422 if wrong else 200,
            problem=None if wrong else problem,
            place=member.address,
            page=page,
            words=words,
            wrong=wrong,
            given=member.visit.given("name")[:LONGEST_NAME],
        )

    async def register(self, member: Member) -> web.StreamResponse:
        """An adapter by its name; the one that is there is the agency's own already."""
        name = member.visit.given("name")
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.REGISTER_ADAPTER,
            member.visit.id,
            lambda grant: self.adapters.register(grant, name),
            about={"adapter": name[:LONGEST_NAME]},
        )
        return see(f"{member.address}/adapters/{name}?done=registered")
