"""Where somebody sees their agencies and what waits for them, and accepts an invitation."""

import re
import time
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.agencies.acting import ACCEPT_INVITATION
from gateway.agencies.members import Members
from gateway.agencies.waiting import Waiting
from gateway.errors import BawabaError, NotFound, SealingFailed
from gateway.web.address import caller_address
from gateway.web.agency.visit import TOLD, Guard, Visit, see
from gateway.web.console.desk import moment
from gateway.web.pages.problem import PAGE

JOIN: Final = "/agency/join"
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")
_TOLD: Final = (*TOLD, NotFound)


@dataclass(frozen=True, slots=True)
class HomePages:
    """The first page, and the way in."""

    guard: Guard
    members: Members
    waiting: Waiting

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard = self.guard
        router.add_get("/agency", guard.page(self.mine), name=f"{PAGE}agency")
        router.add_get(JOIN, guard.page(self.form), name=f"{PAGE}agency-join")
        router.add_post(JOIN, guard.post(self.look), name=f"{PAGE}agency-look")
        router.add_post(f"{JOIN}/accept", guard.post(self.accept), name=f"{PAGE}agency-accept")
        router.add_get(f"{JOIN}/{{secret}}", guard.page(self.linked), name=f"{PAGE}agency-invitation")

    async def mine(self, visit: Visit) -> web.Response:
        """The agencies, and what waits in them."""
        agencies = self.guard.desk.agencies
        found = await agencies.mine(visit.caller)
        waiting = await self.waiting.of(await agencies.actors(visit.caller), time.time())
        names = {each.id: each.names for each in found.agencies}
        return await self.guard.show(visit, "agency/mine.html", agencies=found.agencies, names=names, waiting=waiting)

    async def form(self, visit: Visit) -> web.Response:
        """Where a code is pasted."""
        return await self.guard.show(visit, "agency/join.html")

    async def linked(self, visit: Visit) -> web.Response:
        """What the link of an invitation leads to."""
        return await self._invited(visit, visit.request.match_info["secret"])

    async def look(self, visit: Visit) -> web.Response:
        """What a code invites to; whoever pastes the whole link means its end."""
        return await self._invited(visit, visit.given("invitation").rpartition("/")[2])

    async def accept(self, visit: Visit) -> web.StreamResponse:
        """Makes the person a member. Done or refused, it is sealed; the secret is in neither."""
        acts = self.guard.desk.acts
        await acts.note(visit.caller, ACCEPT_INVITATION, visit.id)
        try:
            agency = await self.members.accept(visit.caller, _secret(visit.given("invitation")))
        except BawabaError as problem:
            if not isinstance(problem, SealingFailed):
                await acts.note(visit.caller, ACCEPT_INVITATION, visit.id, problem.code)
            if isinstance(problem, _TOLD):
                return await self._refused(visit, problem)
            raise
        return see(f"/agency/{agency}?done=joined")

    async def _invited(self, visit: Visit, secret: str) -> web.Response:
        try:
            invitation = await self.members.invited(_secret(secret))
        except NotFound as problem:
            await self.guard.desk.refused(visit.request, visit.caller, ACCEPT_INVITATION, problem)
            return await self._refused(visit, problem)
        return await self.guard.show(
            visit,
            "agency/invitation.html",
            place=JOIN,
            invitation=invitation,
            secret=secret,
            until=moment(invitation.expires_at.timestamp(), self.guard.pages.language(visit.request)),
        )

    async def _refused(self, visit: Visit, problem: BawabaError) -> web.Response:
        """A secret cannot be guessed, and whoever tries all the same is counted."""
        if isinstance(problem, NotFound):
            self.guard.desk.strangers.spend(caller_address(visit.request))
        return await self.guard.show(visit, "agency/join.html", problem=problem, place=JOIN)


def _secret(text: str) -> str:
    if not _SECRET.fullmatch(text):
        raise NotFound("invitation_unknown")
    return text
