"""May this person ask this, of this state, for this purpose: a call goes in, a grant comes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from gateway.errors import AssuranceTooLow, Forbidden, InvalidIdentifier, InvalidInput, PurposeMissing
from gateway.i18n import Language
from gateway.identity.principal import Principal
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules, ServiceRule, TransferBasis
from gateway.resilience.deadline import Deadline
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

Scope = Literal["lookups", "applications"]


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one state, as the caller put it."""

    service: str
    country: Country
    inputs: Mapping[str, Any]
    purpose: str
    language: Language
    request_id: str
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Grant:
    """The proof that policy said yes; only ``Policy.permit`` makes one."""

    principal: Principal
    call: Call
    subject: NationalIdentifier
    basis: TransferBasis


def _nothing_more(service: str) -> ServiceRule | None:
    """Where the rules name all services that there are."""


class Policy:
    """The rules of ``config/policy.toml``, applied in the order that tells a stranger least.

    ``defined`` gives the conditions of a service that an agency brought, as they were approved with it.
    """

    def __init__(
        self, rules: PolicyRules, quota: Quota, defined: Callable[[str], ServiceRule | None] = _nothing_more
    ) -> None:
        self._rules = rules
        self._quota = quota
        self._defined = defined

    def admit(self, principal: Principal, service: str, purpose: str | None, scope: Scope = "lookups") -> str:
        """What does not depend on the state asked, once for a whole question; the purpose comes back.

        Raises ``Forbidden`` (scope, purpose), ``AssuranceTooLow``, ``PurposeMissing``, ``InvalidInput``
        (a purpose that is not on the list) or ``TooManyRequests``.
        """
        self._quota.spend(principal.subject)
        if scope not in principal.scopes and f"{scope}:{service}" not in principal.scopes:
            raise Forbidden("insufficient_scope", scope=f"{scope}:{service}")
        if not purpose:
            raise PurposeMissing(field="/purpose")
        if self._rules.purpose(purpose) is None:
            raise InvalidInput("unknown_purpose", field="/purpose")
        if principal.purposes is not None and purpose not in principal.purposes:
            # What a person allowed for one thing is not allowed for another.
            raise Forbidden("purpose_not_consented", field="/purpose")
        rule = self._rules.services.get(service) or self._defined(service)
        if rule is None or purpose not in rule.purposes:
            raise Forbidden("purpose_not_allowed", field="/purpose", service=service)
        needed = rule.assurance
        if principal.assurance < needed:
            raise AssuranceTooLow(needed=needed.value, held=principal.assurance.value)
        return purpose

    def permit(self, principal: Principal, call: Call) -> Grant:
        """A grant to put an admitted question to one state; raises ``Forbidden`` when there is no right to.

        The subject is the identifier that the state itself gave the person, else the one of the home state.
        """
        if principal.countries is not None and call.country not in principal.countries:
            raise Forbidden("country_not_allowed", field="/countries", country=call.country.value)
        basis = self._rules.transfer(principal.home, call.country)
        if basis is None:
            raise Forbidden("transfer_not_allowed", field="/countries", country=call.country.value)
        return Grant(principal, call, _subject(principal, call), basis)


def own_identifier(principal: Principal, given: Mapping[str, Any] | None, today: date) -> NationalIdentifier | None:
    """The caller's own identifier that ``inputs.identifier`` names, or ``None`` when it names none.

    Raises ``InvalidIdentifier`` when it is malformed and ``Forbidden`` when it is somebody else's.
    """
    if given is None:
        return None
    try:
        named = NationalIdentifier.parse(Country(given["country"]), given["value"], today=today)
    except InvalidIdentifier as problem:
        problem.field = "/inputs/identifier/value"
        raise
    held = principal.identifiers.get(named.country)
    if held is None or held.value != named.value:
        raise Forbidden("not_your_identifier", field="/inputs/identifier")
    return held


def _subject(principal: Principal, call: Call) -> NationalIdentifier:
    named: NationalIdentifier | None = call.inputs.get("identifier")
    return named or principal.identifiers.get(call.country) or principal.identifiers[principal.home]
