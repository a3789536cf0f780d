"""``/v1/registry/agencies``: which agencies somebody acts for, their members, and their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import Field

from gateway.agencies.acting import ACCEPT_INVITATION, AgencyAct
from gateway.agencies.agencies import AgencyList, AgencyView
from gateway.agencies.keys import KeyList, Keys, NewKey
from gateway.agencies.members import MemberInvitation, MemberList, Members, NewMember, NewRole
from gateway.errors import BawabaError, NotFound, SealingFailed
from gateway.schema.base import Frozen
from gateway.web.address import caller_address
from gateway.web.contract import Operation
from gateway.web.middleware import REQUEST_ID
from gateway.web.registry.codes import ACT, AGENCY, BODY, ENTRY, IDEMPOTENCY, KEY, MEMBER, ONCE, READ, ROOT
from gateway.web.registry.desk import Desk, shown

_ONE: Final = f"{ROOT}/agencies/{{agency}}"


class AcceptedInvitation(Frozen):
    """The secret that was handed on by whoever invited."""

    invitation: str = Field(min_length=16, max_length=200, repr=False)


@dataclass(frozen=True, slots=True)
class AgencyPages:
    """The endpoints and what they stand on."""

    desk: Desk
    members: Members
    keys: Keys

    def operations(self) -> Sequence[Operation]:
        """All of them."""
        return (*self._of_agencies(), *self._of_members(), *self._of_keys())

    def _of_agencies(self) -> Sequence[Operation]:
        return (
            Operation("list_agencies", "GET", f"{ROOT}/agencies", self.mine, AgencyList, secured=True, codes=ENTRY),
            Operation("get_agency", "GET", _ONE, self.one, AgencyView, parameters=(AGENCY,), secured=True, codes=READ),
            Operation(
                "accept_invitation",
                "POST",
                f"{ROOT}/invitations",
                self.accept,
                AgencyView,
                body=AcceptedInvitation,
                secured=True,
                codes=(
                    *ENTRY,
                    *BODY,
                    (404, "invitation_unknown"),
                    (409, "member_already"),
                    (503, "sealing_failed"),
                ),
                example={"invitation": "the-secret-of-the-invitation-as-it-was-handed-on"},
            ),
        )

    def _of_members(self) -> Sequence[Operation]:
        one = f"{_ONE}/members/{{member}}"
        owners = (409, "last_owner")
        return (
            Operation(
                "list_members",
                "GET",
                f"{_ONE}/members",
                self.list_members,
                MemberList,
                parameters=(AGENCY,),
                secured=True,
                codes=READ,
            ),
            Operation(
                "invite_member",
                "POST",
                f"{_ONE}/members",
                self.invite,
                MemberInvitation,
                body=NewMember,
                parameters=(AGENCY, IDEMPOTENCY),
                secured=True,
                status=201,
                codes=(*ACT, *BODY, *ONCE, (409, "members_too_many")),
                example={"name": "Salim", "role": "integrator"},
            ),
            Operation(
                "change_member",
                "PUT",
                one,
                self.change,
                MemberList,
                body=NewRole,
                parameters=(AGENCY, MEMBER),
                secured=True,
                codes=(*ACT, *BODY, owners),
                example={"role": "viewer"},
            ),
            Operation(
                "remove_member",
                "DELETE",
                one,
                self.remove,
                MemberList,
                parameters=(AGENCY, MEMBER),
                secured=True,
                codes=(*ACT, owners),
            ),
        )

    def _of_keys(self) -> Sequence[Operation]:
        one = f"{_ONE}/keys/{{key}}"
        unfit = ((422, code) for code in ("key_unfit", "key_name_differs", "authority_unfit", "body_unfit"))
        return (
            Operation(
                "list_keys",
                "GET",
                f"{_ONE}/keys",
                self.list_keys,
                KeyList,
                parameters=(AGENCY,),
                secured=True,
                codes=READ,
            ),
            Operation(
                "add_key",
                "PUT",
                one,
                self.add_key,
                KeyList,
                body=NewKey,
                parameters=(AGENCY, KEY),
                secured=True,
                codes=(*ACT, *BODY, *unfit, (409, "key_taken"), (409, "keys_too_many")),
                example={
                    "kind": "signing",
                    "jwk": {
                        "kty": "OKP",
                        "crv": "Ed25519",
                        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                        "kid": "host-2026",
                    },
                },
            ),
            Operation(
                "revoke_key",
                "DELETE",
                one,
                self.revoke_key,
                KeyList,
                parameters=(AGENCY, KEY),
                secured=True,
                codes=ACT,
            ),
        )

    async def mine(self, request: web.Request) -> web.Response:
        """The agencies that the caller acts for."""
        return shown(await self.desk.agencies.mine(await self.desk.caller(request, AgencyAct.SEE.value)))

    async def one(self, request: web.Request) -> web.Response:
        """One of them."""
        actor = await self.desk.of_agency(request, AgencyAct.SEE)
        return shown(await self.desk.agencies.view(actor.caller, actor.agency))

    async def accept(self, request: web.Request) -> web.Response:
        """Makes whoever brings the secret a member. Done or refused, it is sealed; the secret is in neither."""
        desk, number = self.desk, request[REQUEST_ID]
        caller = await desk.caller(request, ACCEPT_INVITATION)
        brought = await desk.body(request, caller, ACCEPT_INVITATION, AcceptedInvitation)
        await desk.acts.note(caller, ACCEPT_INVITATION, number)
        try:
            agency = await self.members.accept(caller, brought.invitation)
        except BawabaError as problem:
            if isinstance(problem, NotFound):
                # A secret cannot be guessed, and whoever tries all the same is counted.
                desk.strangers.spend(caller_address(request))
            if not isinstance(problem, SealingFailed):
                await desk.acts.note(caller, ACCEPT_INVITATION, number, problem.code)
            raise
        return shown(await desk.agencies.view(caller, agency))

    async def list_members(self, request: web.Request) -> web.Response:
        """Everyone who acts for the agency."""
        return shown(await self.members.list(await self.desk.of_agency(request, AgencyAct.SEE)))

    async def invite(self, request: web.Request) -> web.Response:
        """A secret for somebody who is to be a member."""
        act = AgencyAct.INVITE_MEMBER
        actor = await self.desk.of_agency(request, act)
        new = await self.desk.body(request, actor.caller, act.value, NewMember)
        return await self.desk.once(
            request,
            act,
            actor,
            new,
            lambda grant, remember: self.members.invite(grant, new, remember),
            about={"role": new.role.value},
            status=201,
        )

    async def change(self, request: web.Request) -> web.Response:
        """Another role for a member."""
        act, member = AgencyAct.CHANGE_MEMBER, request.match_info["member"]
        actor = await self.desk.of_agency(request, act)
        new = await self.desk.body(request, actor.caller, act.value, NewRole)
        about = {"member": member, "role": new.role.value}
        return await self.desk.perform(
            request, act, actor, lambda grant: self.members.change_role(grant, member, new.role), about=about
        )

    async def remove(self, request: web.Request) -> web.Response:
        """A member less."""
        act, member = AgencyAct.REMOVE_MEMBER, request.match_info["member"]
        actor = await self.desk.of_agency(request, act)
        return await self.desk.perform(
            request, act, actor, lambda grant: self.members.remove(grant, member), about={"member": member}
        )

    async def list_keys(self, request: web.Request) -> web.Response:
        """The agency's public keys."""
        return shown(await self.keys.list(await self.desk.of_agency(request, AgencyAct.SEE)))

    async def add_key(self, request: web.Request) -> web.Response:
        """A public key more."""
        act, name = AgencyAct.ADD_KEY, request.match_info["key"]
        actor = await self.desk.of_agency(request, act)
        new = await self.desk.body(request, actor.caller, act.value, NewKey)
        return await self.desk.perform(
            request, act, actor, lambda grant: self.keys.add(grant, name, new), about={"key": name}
        )

    async def revoke_key(self, request: web.Request) -> web.Response:
        """A key that nothing is believed for any more."""
        act, name = AgencyAct.REVOKE_KEY, request.match_info["key"]
        actor = await self.desk.of_agency(request, act)
        return await self.desk.perform(
            request, act, actor, lambda grant: self.keys.revoke(grant, name), about={"key": name}
        )
