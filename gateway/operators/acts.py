"""An operator's act: permitted, sealed, then done, in that order, so that none is done and not in the ledger."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

import orjson
import structlog

from gateway.errors import BawabaError
from gateway.identity.operators.operator import Operator
from gateway.ledger.commitments import commit
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.policy.operators import ABOUT_AGENCIES, OperatorAct, OperatorGrant, OperatorPolicy
from gateway.schema.answer import Outcome
from gateway.schema.country import Country

log = structlog.get_logger()

SERVICE, REGISTRY = "operators", "registry"
_OF_REGISTRY = frozenset(act.value for act in ABOUT_AGENCIES)
ResultT = TypeVar("ResultT")
Facts = Mapping[str, str]


class OperatorActs:
    """Every act of an operator passes here. What it was about is committed to, so that it can be proved later."""

    def __init__(self, policy: OperatorPolicy, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._policy = policy
        self._ledger = ledger
        self._clock = clock

    async def perform(
        self,
        operator: Operator,
        act: OperatorAct,
        request_id: str,
        work: Callable[[OperatorGrant], Awaitable[ResultT]],
        *,
        country: Country | None = None,
        about: Facts | None = None,
    ) -> ResultT:
        """What ``work`` gives; raises ``Forbidden``, ``SealingFailed`` and whatever ``work`` raises.

        An act that was refused, or that failed once it was sealed, has an entry of its own that says so. Of what it is
        about, ``client``, ``application`` and ``adapter`` (a label, ``fisheries@1.0.0``) are in the entry to be read.
        """
        facts = dict(about or {})
        try:
            grant = self._policy.permit(operator, act, country)
        except BawabaError as problem:
            log.warning("operator.refused", operator=operator.id, act=act.value, code=problem.code)
            await self._seal(operator.id, act.value, request_id, facts, country, problem.code)
            raise
        await self._seal(operator.id, act.value, request_id, facts, country)
        try:
            return await work(grant)
        except BawabaError as problem:
            await self._seal(operator.id, act.value, request_id, facts, country, problem.code)
            raise

    async def note(
        self, operator: str, step: str, request_id: str, code: str | None = None, about: Facts | None = None
    ) -> None:
        """Seals a step that needs no post, such as signing in; ``code`` is why it was refused.

        ``operator`` is empty where nobody is known yet, and at the command line, where whoever may run it may do it.
        """
        await self._seal(operator, step, request_id, about or {}, None, code)

    async def _seal(
        self, operator: str, step: str, request_id: str, facts: Facts, country: Country | None, code: str | None = None
    ) -> None:
        salt = self._ledger.new_salt()
        entry = Entry(
            at=self._clock(),
            request_id=request_id,
            service=REGISTRY if step in _OF_REGISTRY else SERVICE,
            outcome=Outcome.refused if code else Outcome.ok,
            country=country,
            subject=self._ledger.pseudonym(operator) if operator else None,
            client=facts.get("client"),
            code=code,
            step=step,
            application=facts.get("application"),
            adapter=facts.get("adapter"),
            ask_digest=commit(salt, orjson.dumps(dict(facts), option=orjson.OPT_SORT_KEYS)),
        )
        await self._ledger.seal(entry, operator, salt)
