"""The desk at which everyone is received who acts for an agency: known, permitted, heard, and answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from gateway.agencies.acting import Actor, AgencyAct, AgencyActs, AgencyGrant, Facts
from gateway.agencies.agencies import Agencies
from gateway.agencies.callers import Caller, Callers
from gateway.agencies.members import Remember
from gateway.errors import BawabaError, InvalidInput, SealingFailed
from gateway.identity.principal import Principal
from gateway.policy.quota import Quota
from gateway.schema.base import Frozen
from gateway.web.address import caller_address
from gateway.web.body import read_json_object, read_model
from gateway.web.doorkeeper import Doorkeeper
from gateway.web.idempotency import Idempotency
from gateway.web.middleware import REQUEST_ID

ModelT = TypeVar("ModelT", bound=Frozen)
ViewT = TypeVar("ViewT", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Desk:
    """``quota`` is spent by each caller, ``strangers`` by each address that was turned away.

    Whatever is refused before an act began is sealed like the act itself; of what is merely looked at, only that
    somebody was turned away who is known.
    """

    doorkeeper: Doorkeeper
    callers: Callers
    agencies: Agencies
    acts: AgencyActs
    idempotency: Idempotency
    quota: Quota
    strangers: Quota
    body_seconds: float

    async def caller(self, request: web.Request, step: str) -> Caller:
        """Who asks; a stranger's attempts are counted, and sealed as long as they are few."""
        try:
            holder = await self.doorkeeper.identify_any(request)
            if isinstance(holder, Principal):
                caller = self.callers.person(holder)
            else:
                caller = await self.callers.program(holder)
        except BawabaError as problem:
            self.strangers.spend(caller_address(request))
            await self.refused(request, None, step, problem)
            raise
        self.quota.spend(caller.subject or caller.client)
        return caller

    async def of_agency(self, request: web.Request, act: AgencyAct) -> Actor:
        """Who asks, in the agency that the path names, and that they may; raises ``NotFound`` and ``Forbidden``."""
        name = request.match_info["agency"]
        return await self._actor(request, act, lambda caller: self.agencies.actor(caller, name), {"agency": name})

    async def of_adapter(self, request: web.Request, act: AgencyAct) -> Actor:
        """Who asks, in the agency of the adapter that the path names, and that they may."""
        name = request.match_info["adapter"]
        return await self._actor(request, act, lambda caller: self.agencies.actor_of(caller, name), {"adapter": name})

    async def permitted(self, request: web.Request, act: AgencyAct, actor: Actor) -> Actor:
        """That the actor may; a refusal is sealed."""
        try:
            self.acts.permit(actor, act)
        except BawabaError as problem:
            await self.refused(request, actor.caller, act.value, problem, {"agency": actor.agency})
            raise
        return actor

    async def body(
        self, request: web.Request, caller: Caller, step: str, model: type[ModelT], limit: int | None = None
    ) -> ModelT:
        """What the request brings, as the model; a body that cannot be read is sealed as refused."""
        try:
            document = await read_json_object(request, self.body_seconds, limit)
            try:
                return read_model(document, model)
            except InvalidInput as problem:
                # Each field is well, but they do not go together.
                raise problem if problem.field else InvalidInput("body_unfit", field="") from problem
        except BawabaError as problem:
            await self.refused(request, caller, step, problem)
            raise

    async def perform(
        self,
        request: web.Request,
        act: AgencyAct,
        actor: Actor,
        work: Callable[[AgencyGrant], Awaitable[ViewT]],
        *,
        label: str | None = None,
        about: Facts | None = None,
        status: int = 200,
    ) -> web.Response:
        """The answer of ``work``, an act that may be done again with the same outcome; ``label`` is the adapter's."""
        done = await self.acts.perform(actor, act, request[REQUEST_ID], work, adapter=label, about=about)
        return shown(done, status)

    async def once(
        self,
        request: web.Request,
        act: AgencyAct,
        actor: Actor,
        body: Frozen | None,
        work: Callable[[AgencyGrant, Remember], Awaitable[Frozen]],
        *,
        label: str | None = None,
        about: Facts | None = None,
        status: int = 200,
        key: str = "",
    ) -> web.Response:
        """The answer of ``work``, done once for its ``Idempotency-Key``, or a form's ``key``, however often asked."""
        document = body.model_dump(mode="json") if body else {}
        owner = f"registry {actor.caller.subject or actor.caller.client}"
        ticket = self.idempotency.ticket(request, owner, document, status, key=key)

        async def done(remember: Remember) -> Frozen:
            return await self.acts.perform(
                actor,
                act,
                request[REQUEST_ID],
                lambda grant: work(grant, remember),
                adapter=label,
                about=about,
            )

        return await self.idempotency.once(ticket, done)

    async def _actor(
        self, request: web.Request, act: AgencyAct, find: Callable[[Caller], Awaitable[Actor]], about: Facts
    ) -> Actor:
        caller = await self.caller(request, act.value)
        try:
            actor = await find(caller)
        except BawabaError as problem:
            await self.refused(request, caller, act.value, problem, about)
            raise
        return await self.permitted(request, act, actor)

    async def refused(
        self, request: web.Request, caller: Caller | None, step: str, problem: BawabaError, about: Facts | None = None
    ) -> None:
        """Seals what was refused before it began."""
        if not isinstance(problem, SealingFailed) and problem.status < 500:
            await self.acts.note(caller, step, request[REQUEST_ID], problem.code, about)


def shown(view: Frozen, status: int = 200) -> web.Response:
    """The view as JSON, which nobody keeps."""
    return web.Response(
        status=status,
        body=view.model_dump_json().encode(),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def limit_of(request: web.Request, usual: int, longest: int) -> int:
    """How many a page is to hold; raises ``InvalidInput``."""
    given = request.query.get("limit")
    if given is None:
        return usual
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= longest):
        raise InvalidInput("field_out_of_range", field="?limit")
    return int(given)
