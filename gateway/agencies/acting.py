"""An act for an agency: permitted by role, sealed, then done, so that none is done and not in the ledger."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, TypeVar

import orjson
import structlog

from gateway.agencies.callers import Caller
from gateway.errors import BawabaError, Forbidden
from gateway.ledger.commitments import commit
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.schema.answer import Outcome
from gateway.schema.country import Country

log = structlog.get_logger()

SERVICE: Final = "registry"
ResultT = TypeVar("ResultT")
Facts = Mapping[str, str]
AgencyKind = Literal["agency", "partner"]
AgencyStanding = Literal["invited", "active", "suspended"]


class Role(StrEnum):
    """What somebody is in an agency."""

    VIEWER = "viewer"
    INTEGRATOR = "integrator"
    OWNER = "owner"


class AgencyAct(StrEnum):
    """Everything that can be done for an agency, by the name that the ledger keeps."""

    SEE = "see"
    REGISTER_ADAPTER = "register-adapter"
    REGISTER_VERSION = "register-version"
    TRY_VERSION = "try-version"
    SUBMIT_VERSION = "submit-version"
    KEEP_CREDENTIAL = "set-secret"
    FORGET_CREDENTIAL = "delete-secret"
    INVITE_MEMBER = "invite-member"
    CHANGE_MEMBER = "change-member"
    REMOVE_MEMBER = "remove-member"
    ADD_KEY = "add-key"
    REVOKE_KEY = "revoke-key"
    GO_LIVE = "go-live"
    PROMOTE = "promote"
    WITHDRAW = "withdraw"
    PAUSE = "pause"
    RESUME = "resume"
    ROLL_BACK = "roll-back"
    RETIRE = "retire"
    PROPOSE_MANDATE = "propose-mandate"
    ACCEPT_MANDATE = "accept-mandate"
    REVOKE_MANDATE = "revoke-mandate"


ACCEPT_INVITATION: Final = "accept-invitation"
"""The one step that is taken before there is a role."""

_INTEGRATE: Final = frozenset({Role.INTEGRATOR, Role.OWNER})
_INTEGRATION: Final = (
    AgencyAct.REGISTER_ADAPTER,
    AgencyAct.REGISTER_VERSION,
    AgencyAct.TRY_VERSION,
    AgencyAct.SUBMIT_VERSION,
    AgencyAct.KEEP_CREDENTIAL,
    AgencyAct.FORGET_CREDENTIAL,
)
ALLOWED: Final[Mapping[AgencyAct, frozenset[Role]]] = {
    **dict.fromkeys(AgencyAct, frozenset({Role.OWNER})),
    **dict.fromkeys(_INTEGRATION, _INTEGRATE),
    AgencyAct.SEE: frozenset(Role),
}
"""Which roles an act takes; what is named nowhere else is the owner's."""

STOPPING: Final = frozenset(
    {
        AgencyAct.SEE,
        AgencyAct.REMOVE_MEMBER,
        AgencyAct.REVOKE_KEY,
        AgencyAct.FORGET_CREDENTIAL,
        AgencyAct.WITHDRAW,
        AgencyAct.PAUSE,
        AgencyAct.RETIRE,
        AgencyAct.REVOKE_MANDATE,
    }
)
"""What an agency may do that an operator has suspended: look, and stop what is its own."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts for one agency; only ``Agencies`` makes one. ``id`` is as events and versions name them."""

    id: str
    agency: str
    country: Country
    kind: AgencyKind
    standing: AgencyStanding
    role: Role
    caller: Caller


@dataclass(frozen=True, slots=True)
class AgencyGrant:
    """The proof that the actor may do the act; only ``AgencyActs`` makes one."""

    actor: Actor
    act: AgencyAct


class AgencyActs:
    """Every act for an agency passes here. What it was about is committed to, so that it can be proved later."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock

    def permit(self, actor: Actor, act: AgencyAct) -> AgencyGrant:
        """Raises ``Forbidden``: for a role that is too small, for a suspended agency, for a token of other states."""
        countries = actor.caller.countries
        if countries is not None and actor.country not in countries:
            raise Forbidden("country_not_allowed", country=actor.country.value)
        if actor.role not in ALLOWED[act]:
            raise Forbidden("agency_role_missing")
        if actor.standing == "suspended" and act not in STOPPING:
            raise Forbidden("agency_suspended")
        return AgencyGrant(actor, act)

    async def perform(
        self,
        actor: Actor,
        act: AgencyAct,
        request_id: str,
        work: Callable[[AgencyGrant], Awaitable[ResultT]],
        *,
        adapter: str | None = None,
        about: Facts | None = None,
    ) -> ResultT:
        """What ``work`` gives; raises ``Forbidden``, ``SealingFailed`` and whatever ``work`` raises.

        ``adapter`` is its label, with a version, where there is one. An act that was refused, or that failed once it
        was sealed, has an entry of its own that says so.
        """
        facts = {"agency": actor.agency, **(about or {})}
        try:
            grant = self.permit(actor, act)
        except BawabaError as problem:
            log.warning("agency_act.refused", agency=actor.agency, act=act.value, code=problem.code)
            await self._seal(actor.caller, act.value, request_id, facts, actor.country, adapter, problem.code)
            raise
        await self._seal(actor.caller, act.value, request_id, facts, actor.country, adapter)
        try:
            return await work(grant)
        except BawabaError as problem:
            await self._seal(actor.caller, act.value, request_id, facts, actor.country, adapter, problem.code)
            raise

    async def note(
        self, caller: Caller | None, step: str, request_id: str, code: str | None = None, about: Facts | None = None
    ) -> None:
        """Seals a step of somebody who has no part in the agency; ``code`` is why it was refused."""
        await self._seal(caller, step, request_id, about or {}, None, None, code)

    async def _seal(
        self,
        caller: Caller | None,
        step: str,
        request_id: str,
        facts: Facts,
        country: Country | None,
        adapter: str | None,
        code: str | None = None,
    ) -> None:
        salt, owner = self._ledger.new_salt(), caller.subject if caller else ""
        entry = Entry(
            at=self._clock(),
            request_id=request_id,
            service=SERVICE,
            outcome=Outcome.refused if code else Outcome.ok,
            country=country,
            home=caller.home if caller else None,
            subject=self._ledger.pseudonym(owner) if owner else None,
            client=caller.client if caller else None,
            assurance=caller.assurance.value if caller and caller.assurance else None,
            code=code,
            step=step,
            adapter=adapter,
            ask_digest=commit(salt, orjson.dumps(dict(facts), option=orjson.OPT_SORT_KEYS)),
        )
        await self._ledger.seal(entry, owner, salt)
