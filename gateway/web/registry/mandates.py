"""``/v1/registry/mandates``: what agencies mandate private partners with, proposed, accepted and revoked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.agencies.acting import Actor, AgencyAct, AgencyGrant
from gateway.agencies.mandate_view import MandateAcceptance, MandatePage, MandateView, NewMandate
from gateway.agencies.mandates import Mandates
from gateway.agencies.members import Remember
from gateway.errors import BawabaError, InvalidInput
from gateway.schema.base import Frozen
from gateway.web.contract import Operation, path_parameter
from gateway.web.registry.codes import (
    ACT,
    AFTER,
    BODY,
    ENTRY,
    IDEMPOTENCY,
    LIMIT,
    LONGEST_PAGE,
    ONCE,
    PAGED,
    READ,
    ROOT,
)
from gateway.web.registry.desk import Desk, limit_of, shown

PAGE: Final = 50
LONGEST_AFTER: Final = 60
ALL: Final = f"{ROOT}/mandates"
ONE: Final = f"{ALL}/{{mandate}}"
MANDATE: Final = path_parameter("mandate", pattern="^[0-9a-f]{24}$")
CONTACT: Final = {
    "name": {"ar": "مكتب الربط", "en": "Integration desk"},
    "email": "desk@agency.example",
    "phone": "+96824000000",
}
DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXAMPLE: Final = {
    "agency": "om-fisheries",
    "partner": "om-harbour",
    "services": ["fishing-licence"],
    "states": ["OM"],
    "purposes": ["self_service"],
    "starts_on": "2027-01-01",
    "ends_on": "2027-12-31",
    "daily_quota": 5000,
    "obligations": {"ar": "يحفظ السرية ولا يبقي البيانات.", "en": "Keeps what it learns secret, and keeps no data."},
    "document_digest": DIGEST,
    "contact": CONTACT,
}
Work = Callable[[AgencyGrant, Remember], Awaitable[MandateView]]


@dataclass(frozen=True, slots=True)
class MandatePages:
    """The endpoints and what they stand on. Either side sees a mandate; to all others it is not there."""

    desk: Desk
    mandates: Mandates

    def operations(self) -> Sequence[Operation]:
        """All of them."""
        return (
            Operation(
                "list_mandates",
                "GET",
                ALL,
                self.page,
                MandatePage,
                parameters=(LIMIT, AFTER),
                secured=True,
                codes=(*ENTRY, *PAGED),
            ),
            Operation(
                "propose_mandate",
                "POST",
                ALL,
                self.propose,
                MandateView,
                body=NewMandate,
                parameters=(IDEMPOTENCY,),
                secured=True,
                status=201,
                codes=(
                    *ACT,
                    *BODY,
                    *ONCE,
                    (403, "mandate_by_partner"),
                    (409, "mandates_too_many"),
                    *((422, code) for code in ("mandate_partner", "mandate_other_state", "mandate_dates")),
                    (422, "unknown_purpose"),
                ),
                example=EXAMPLE,
            ),
            Operation(
                "get_mandate", "GET", ONE, self.one, MandateView, parameters=(MANDATE,), secured=True, codes=READ
            ),
            Operation(
                "accept_mandate",
                "POST",
                f"{ONE}/acceptance",
                self.accept,
                MandateView,
                body=MandateAcceptance,
                parameters=(MANDATE, IDEMPOTENCY),
                secured=True,
                codes=(
                    *ACT,
                    *BODY,
                    *ONCE,
                    *((403, code) for code in ("mandate_for_partner", "mandate_same_person")),
                    *((409, code) for code in ("mandate_not_proposed", "mandate_other_document", "mandate_over")),
                ),
                example={"document_digest": DIGEST, "contact": CONTACT},
            ),
            Operation(
                "revoke_mandate",
                "POST",
                f"{ONE}/revocation",
                self.revoke,
                MandateView,
                parameters=(MANDATE, IDEMPOTENCY),
                secured=True,
                codes=(*ACT, *ONCE, (409, "mandate_over")),
            ),
        )

    async def page(self, request: web.Request) -> web.Response:
        """A page of the mandates of all the caller's agencies."""
        caller = await self.desk.caller(request, AgencyAct.SEE.value)
        states = caller.countries
        actors = await self.desk.agencies.actors(caller)
        actors = [each for each in actors if states is None or each.country in states]
        limit, after = limit_of(request, PAGE, LONGEST_PAGE), request.query.get("after", "")
        if len(after) > LONGEST_AFTER:
            raise InvalidInput("field_too_long", field="?after")
        return shown(await self.mandates.page(actors, limit, after.encode("utf-8", "ignore").decode()))

    async def one(self, request: web.Request) -> web.Response:
        """The mandate."""
        view, _ = await self._found(request, AgencyAct.SEE)
        return shown(view)

    async def propose(self, request: web.Request) -> web.Response:
        """A mandate that waits for its partner."""
        desk, act = self.desk, AgencyAct.PROPOSE_MANDATE
        caller = await desk.caller(request, act.value)
        new = await desk.body(request, caller, act.value, NewMandate)
        about = {"partner": new.partner, "document": new.document_digest}
        try:
            actor = await desk.agencies.actor(caller, new.agency)
        except BawabaError as problem:
            await desk.refused(request, caller, act.value, problem, {"agency": new.agency})
            raise
        await desk.permitted(request, act, actor)
        return await desk.once(
            request,
            act,
            actor,
            new,
            lambda grant, remember: self.mandates.propose(grant, new, remember),
            about=about,
            status=201,
        )

    async def accept(self, request: web.Request) -> web.Response:
        """The partner's yes."""
        act = AgencyAct.ACCEPT_MANDATE
        view, actor = await self._found(request, act)
        yes = await self.desk.body(request, actor.caller, act.value, MandateAcceptance)
        return await self._once(
            request, act, actor, view, yes, lambda grant, remember: self.mandates.accept(grant, view.id, yes, remember)
        )

    async def revoke(self, request: web.Request) -> web.Response:
        """Its end, at once."""
        act = AgencyAct.REVOKE_MANDATE
        view, actor = await self._found(request, act)
        return await self._once(
            request, act, actor, view, None, lambda grant, remember: self.mandates.revoke(grant, view.id, remember)
        )

    async def _once(
        self, request: web.Request, act: AgencyAct, actor: Actor, view: MandateView, body: Frozen | None, work: Work
    ) -> web.Response:
        about = {"mandate": view.id, "document": view.document_digest}
        return await self.desk.once(request, act, actor, body, work, about=about)

    async def _found(self, request: web.Request, act: AgencyAct) -> tuple[MandateView, Actor]:
        """The mandate that the path names, and who asks, on one of its sides, and that they may."""
        caller = await self.desk.caller(request, act.value)
        actors = await self.desk.agencies.actors(caller)
        mandate, accepting = request.match_info["mandate"], act is AgencyAct.ACCEPT_MANDATE
        try:
            view, actor = await self.mandates.find(actors, mandate, accepting=accepting)
        except BawabaError as problem:
            await self.desk.refused(request, caller, act.value, problem, {"mandate": mandate[:LONGEST_AFTER]})
            raise
        return view, await self.desk.permitted(request, act, actor)
