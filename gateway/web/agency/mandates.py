"""The mandates of an agency, on either side: seen, proposed, accepted, and revoked at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from gateway.agencies.acting import AgencyAct
from gateway.agencies.mandate_view import MandateView
from gateway.agencies.mandates import LONGEST_ID, Mandates
from gateway.errors import BawabaError, InvalidInput, NotFound
from gateway.web.agency.mandate_form import ACCEPTANCE, PROPOSAL, WrongForm, read_acceptance, read_proposal
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.console.desk import day
from gateway.web.pages.problem import PAGE

SHOWN: Final = 25
ALL: Final = "/agency/{agency}/mandates"


@dataclass(frozen=True, slots=True)
class MandatePages:
    """The list, the two forms, and the button; ``purposes`` are those that there are."""

    guard: Guard
    mandates: Mandates
    purposes: Sequence[str]

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard, name = self.guard, f"{PAGE}agency-mandate"
        router.add_get(ALL, guard.inside(self.show), name=f"{name}s")
        router.add_get(f"{ALL}/new", guard.inside(self.form), name=f"{name}-form")
        router.add_post(f"{ALL}/new", guard.act(self.propose, self.form), name=f"{name}-new")
        router.add_get(f"{ALL}/{{mandate}}", guard.inside(self.one), name=name)
        router.add_post(f"{ALL}/{{mandate}}/accept", guard.act(self.accept, self.one), name=f"{name}-accept")
        router.add_post(f"{ALL}/{{mandate}}/revoke", guard.act(self.revoke, self.one), name=f"{name}-revoke")

    async def show(self, member: Member) -> web.Response:
        """A page of those that the agency gave or holds."""
        after = member.visit.request.query.get("after", "")[:LONGEST_ID].encode("utf-8", "ignore").decode()
        page = await self.mandates.page([member.actor], SHOWN, after)
        return await self.guard.show_member(
            member,
            "agency/mandates.html",
            page=page,
            begins={each.id: self._day(member, each, each.starts_at) for each in page.mandates},
            ends={each.id: self._day(member, each, each.last_moment) for each in page.mandates},
        )

    async def form(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """Where a mandate is proposed; a partner mandates nobody."""
        if member.agency.kind != "agency":
            raise NotFound
        wrong = self._wrong(member, problem, PROPOSAL)
        return await self.guard.show_member(
            member,
            "agency/mandate_form.html",
            status=422 if wrong else 200,
            problem=None if wrong else problem,
            place=f"{member.address}/mandates/new",
            wrong=wrong,
            given={name: member.visit.fields.get(name, "") for name in PROPOSAL},
            purposes=self.purposes,
        )

    async def one(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """A mandate whole, with what this side can do about it."""
        found = await self._found(member)
        wrong = self._wrong(member, problem, ACCEPTANCE)
        return await self.guard.show_member(
            member,
            "agency/mandate.html",
            status=422 if wrong else 200,
            problem=None if wrong else problem,
            place=f"{member.address}/mandates/{found.id}",
            mandate=found,
            begins=self._day(member, found, found.starts_at),
            ends=self._day(member, found, found.last_moment),
            wrong=wrong,
            given={name: member.visit.fields.get(name, "") for name in ACCEPTANCE},
        )

    async def propose(self, member: Member) -> web.StreamResponse:
        """A mandate that waits for its partner."""
        visit = member.visit
        new = read_proposal(member.agency.id, member.actor.country, visit.fields)
        await self.guard.desk.once(
            visit.request,
            AgencyAct.PROPOSE_MANDATE,
            member.actor,
            new,
            lambda grant, remember: self.mandates.propose(grant, new, remember),
            about={"partner": new.partner, "document": new.document_digest},
            key=visit.key,
        )
        return see(f"{member.address}/mandates?done=proposed")

    async def accept(self, member: Member) -> web.StreamResponse:
        """The partner's yes to the document that both have signed."""
        visit, found = member.visit, await self._found(member)
        yes = read_acceptance(visit.fields)
        await self.guard.desk.once(
            visit.request,
            AgencyAct.ACCEPT_MANDATE,
            member.actor,
            yes,
            lambda grant, remember: self.mandates.accept(grant, found.id, yes, remember),
            about={"mandate": found.id, "document": found.document_digest},
            key=visit.key,
        )
        return see(f"{member.address}/mandates/{found.id}?done=accepted")

    async def revoke(self, member: Member) -> web.StreamResponse:
        """Its end, at once."""
        visit, found = member.visit, await self._found(member)
        await self.guard.desk.once(
            visit.request,
            AgencyAct.REVOKE_MANDATE,
            member.actor,
            None,
            lambda grant, remember: self.mandates.revoke(grant, found.id, remember),
            about={"mandate": found.id, "document": found.document_digest},
            key=visit.key,
        )
        return see(f"{member.address}/mandates/{found.id}?done=mandate-revoked")

    async def _found(self, member: Member) -> MandateView:
        """The mandate that the path names; that of others is not there."""
        view, _ = await self.mandates.find([member.actor], member.visit.request.match_info["mandate"])
        return view

    def _wrong(self, member: Member, problem: BawabaError | None, fields: Sequence[str]) -> Mapping[str, str]:
        """What is wrong with which field of the form, in words."""
        words, language = self.guard.pages.catalogue, self.guard.pages.language(member.visit.request)
        if isinstance(problem, WrongForm):
            return {name: words.text(f"agency.wrong.{name}", language) for name in problem.fields}
        name = (problem.field or "").strip("/") if isinstance(problem, InvalidInput) else ""
        return {name: self.guard.told(member.visit, problem).detail} if problem and name in fields else {}

    def _day(self, member: Member, mandate: MandateView, at: datetime) -> str:
        return day(at, mandate.states[0], self.guard.pages.language(member.visit.request))
