"""The members of an agency, whom its owners invite, give another role, and remove."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from gateway.agencies.acting import AgencyAct, Role
from gateway.agencies.invitations import ACCEPTING_PAGE
from gateway.agencies.members import LONGEST_NAME, MemberInvitation, Members, NewMember
from gateway.errors import BawabaError, InvalidInput
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.console.desk import moment
from gateway.web.pages.problem import PAGE

LONGEST_ID: Final = 40


@dataclass(frozen=True, slots=True)
class PeoplePages:
    """The list, and what is done there."""

    guard: Guard
    members: Members

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard, all_of = self.guard, "/agency/{agency}/members"
        router.add_get(all_of, guard.inside(self.show), name=f"{PAGE}agency-members")
        for path, handler in (("invite", self.invite), ("role", self.change), ("remove", self.remove)):
            router.add_post(f"{all_of}/{path}", guard.act(handler, self.show), name=f"{PAGE}agency-member-{path}")

    async def show(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """Everybody who acts for the agency."""
        found = await self.members.list(member.actor)
        language = self.guard.pages.language(member.visit.request)
        wrong = isinstance(problem, InvalidInput) and problem.field == "/name"
        return await self.guard.show_member(
            member,
            "agency/members.html",
            status=422 if wrong else 200,
            problem=None if wrong else problem,
            place=f"{member.address}/members",
            members=found.members,
            joined={each.id: moment(each.joined_at.timestamp(), language) for each in found.members},
            roles=[role.value for role in Role],
            wrong=wrong,
            given=member.visit.fields,
        )

    async def invite(self, member: Member) -> web.StreamResponse:
        """A code for somebody, shown on this answer alone; the same form sent again shows the same code."""
        visit, act = member.visit, AgencyAct.INVITE_MEMBER
        new = _new(visit.fields)
        answer = await self.guard.desk.once(
            visit.request,
            act,
            member.actor,
            new,
            lambda grant, remember: self.members.invite(grant, new, remember),
            about={"role": new.role.value},
            key=visit.key,
        )
        made = MemberInvitation.model_validate_json(_body(answer))
        return await self.guard.show_member(
            member,
            "agency/invited.html",
            place=f"{member.address}/members",
            made=made,
            name=new.name,
            address=f"{self.guard.pages.public_url}{ACCEPTING_PAGE}{made.invitation}",
            until=moment(made.expires_at.timestamp(), self.guard.pages.language(visit.request)),
        )

    async def change(self, member: Member) -> web.StreamResponse:
        """Another role."""
        visit, other = member.visit, member.visit.given("member")[:LONGEST_ID]
        role = _role(visit.given("role"))
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.CHANGE_MEMBER,
            visit.id,
            lambda grant: self.members.change_role(grant, other, role),
            about={"member": other, "role": role.value},
        )
        return see(f"{member.address}/members?done=role")

    async def remove(self, member: Member) -> web.StreamResponse:
        """A member less; whoever removes themselves has no page of the agency to come back to."""
        other = member.visit.given("member")[:LONGEST_ID]
        left = await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.REMOVE_MEMBER,
            member.visit.id,
            lambda grant: self.members.remove(grant, other),
            about={"member": other},
        )
        if not any(each.is_you for each in left.members):
            return see("/agency?done=left")
        return see(f"{member.address}/members?done=removed")


def _new(fields: Mapping[str, str]) -> NewMember:
    name, role = fields.get("name", "").strip(), _role(fields.get("role", ""))
    try:
        return NewMember(name=name, role=role)
    except ValidationError as problem:
        raise InvalidInput(
            "field_too_long" if len(name) > LONGEST_NAME else "field_missing", field="/name"
        ) from problem


def _role(text: str) -> Role:
    try:
        return Role(text.strip())
    except ValueError as problem:
        raise InvalidInput("field_choice", field="/role") from problem


def _body(answer: web.Response) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b""
