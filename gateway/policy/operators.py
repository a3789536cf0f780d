"""May this operator do this, there: an act goes in, a grant comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import Forbidden
from gateway.identity.operators.operator import HIGHER, Operator, Role
from gateway.schema.country import Country


class OperatorAct(StrEnum):
    """Everything that an operator can do, by the name that the ledger keeps."""

    SEE_CONSOLE = "see-console"
    SEE_APPLICATIONS = "see-parked-applications"
    RESEND = "resend"
    GIVE_UP = "give-up"
    SEE_CLIENTS = "see-clients"
    APPROVE_CLIENT = "approve-client"
    SUSPEND_CLIENT = "suspend-client"
    SEE_OPERATORS = "see-operators"
    SUSPEND_OPERATOR = "suspend-operator"
    RESUME_OPERATOR = "resume-operator"
    BREAK_GLASS = "break-glass"
    ACKNOWLEDGE = "acknowledge"
    SEE_AGENCIES = "see-agencies"
    INVITE_AGENCY = "invite-agency"
    SUSPEND_AGENCY = "suspend-agency"
    RESUME_AGENCY = "resume-agency"
    SEE_ADAPTERS = "see-adapters"
    ENDORSE_ADAPTER = "endorse-adapter"
    APPROVE_ADAPTER = "approve-adapter"
    REFUSE_ADAPTER = "refuse-adapter"
    REFUSE_ADAPTER_JOINTLY = "refuse-adapter-jointly"
    PAUSE_ADAPTER = "pause-adapter"
    RESUME_ADAPTER = "resume-adapter"
    WITHDRAW_ADAPTER = "withdraw-adapter"
    SEE_MANDATES = "see-mandates"
    REVOKE_MANDATE = "revoke-mandate"


_ALL = frozenset(Role)
_LOOK = _ALL - {Role.PROGRAMME, Role.COMMITTEE}
_ACT = frozenset({Role.OPERATOR, Role.SECURITY})
_JUDGE = frozenset({Role.SECURITY})
_OVERSEE = frozenset({Role.SECURITY, Role.AUDITOR})
_NATIONAL = frozenset({Role.PROGRAMME})
_JOINT = frozenset({Role.COMMITTEE})
ALLOWED: Mapping[OperatorAct, frozenset[Role]] = {
    OperatorAct.SEE_CONSOLE: _ALL,
    OperatorAct.SEE_APPLICATIONS: _LOOK,
    OperatorAct.RESEND: _ACT,
    OperatorAct.GIVE_UP: _ACT,
    OperatorAct.SEE_CLIENTS: _LOOK,
    OperatorAct.APPROVE_CLIENT: _JUDGE,
    OperatorAct.SUSPEND_CLIENT: _JUDGE,
    OperatorAct.SEE_OPERATORS: _OVERSEE,
    OperatorAct.SUSPEND_OPERATOR: _JUDGE,
    OperatorAct.RESUME_OPERATOR: _JUDGE,
    OperatorAct.BREAK_GLASS: frozenset(HIGHER),
    OperatorAct.ACKNOWLEDGE: _OVERSEE,
    OperatorAct.SEE_AGENCIES: _ALL,
    OperatorAct.INVITE_AGENCY: _ACT,
    OperatorAct.SUSPEND_AGENCY: _JUDGE,
    OperatorAct.RESUME_AGENCY: _JUDGE,
    OperatorAct.SEE_ADAPTERS: _ALL,
    OperatorAct.ENDORSE_ADAPTER: _NATIONAL,
    OperatorAct.APPROVE_ADAPTER: _JOINT,
    OperatorAct.REFUSE_ADAPTER: _NATIONAL,
    OperatorAct.REFUSE_ADAPTER_JOINTLY: _JOINT,
    OperatorAct.PAUSE_ADAPTER: _ACT,
    OperatorAct.RESUME_ADAPTER: _ACT,
    OperatorAct.WITHDRAW_ADAPTER: _ACT,
    OperatorAct.SEE_MANDATES: _ALL,
    OperatorAct.REVOKE_MANDATE: _JUDGE,
}
"""Which roles an act takes; every act is here, so that none is forgotten and open."""

ANYWHERE = frozenset(
    {
        OperatorAct.SEE_CONSOLE,
        OperatorAct.SEE_APPLICATIONS,
        OperatorAct.SEE_CLIENTS,
        OperatorAct.SEE_OPERATORS,
        OperatorAct.BREAK_GLASS,
        OperatorAct.ACKNOWLEDGE,
        OperatorAct.SEE_AGENCIES,
        OperatorAct.SEE_ADAPTERS,
        OperatorAct.SEE_MANDATES,
    }
)
"""Acts that a post in any one state is enough for; what is seen is then only what is of that state."""

ABOUT_AGENCIES = frozenset(
    {
        OperatorAct.SEE_AGENCIES,
        OperatorAct.INVITE_AGENCY,
        OperatorAct.SUSPEND_AGENCY,
        OperatorAct.RESUME_AGENCY,
        OperatorAct.SEE_ADAPTERS,
        OperatorAct.ENDORSE_ADAPTER,
        OperatorAct.APPROVE_ADAPTER,
        OperatorAct.REFUSE_ADAPTER,
        OperatorAct.REFUSE_ADAPTER_JOINTLY,
        OperatorAct.PAUSE_ADAPTER,
        OperatorAct.RESUME_ADAPTER,
        OperatorAct.WITHDRAW_ADAPTER,
        OperatorAct.SEE_MANDATES,
        OperatorAct.REVOKE_MANDATE,
    }
)
"""Acts about agencies that join and what they bring: the record has them under the registry."""


@dataclass(frozen=True, slots=True)
class OperatorGrant:
    """The proof that policy said yes; only ``OperatorPolicy.permit`` makes one.

    ``countries`` are the states that it holds in, ``None`` for all, and for what belongs to no state at all.
    """

    operator: Operator
    act: OperatorAct
    countries: frozenset[Country] | None

    def holds_in(self, country: Country | None) -> bool:
        """Whether it holds in that state; what is of no state takes a post in all."""
        return self.countries is None or country in self.countries


class OperatorPolicy:
    """The one place that decides what operators may do."""

    def permit(self, operator: Operator, act: OperatorAct, country: Country | None = None) -> OperatorGrant:
        """A grant to do it in ``country``, which is ``None`` for what is of no state; raises ``Forbidden``."""
        posts = [post for post in operator.posts if post.role in ALLOWED[act]]
        everywhere = any(post.country is None for post in posts)
        grant = OperatorGrant(operator, act, None if everywhere else frozenset(p.country for p in posts if p.country))
        if not posts or not (act in ANYWHERE or grant.holds_in(country)):
            raise Forbidden("operator_role_missing")
        return grant

    def allows(self, operator: Operator, act: OperatorAct, country: Country | None = None) -> bool:
        """Whether ``permit`` would give a grant: for pages, which show no button that leads to a refusal."""
        try:
            self.permit(operator, act, country)
        except Forbidden:
            return False
        return True
