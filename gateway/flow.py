"""One call to one state, read from top to bottom."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import orjson
import structlog

from gateway.errors import BackendError, BackendGarbled, BackendLate, BawabaError
from gateway.identity.principal import Principal
from gateway.ledger.commitments import commit
from gateway.ledger.entry import Entry, Receipt
from gateway.ledger.ledger import Ledger
from gateway.policy.permit import Call, Policy
from gateway.registry.registry import Registry
from gateway.registry.route import Dossier, Passage, Route
from gateway.schema.answer import Outcome
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.records import AnyRecord, records_as_json
from gateway.sdk.asking import records_of
from gateway.sdk.procedure import Order, Procedure

log = structlog.get_logger()

NO_RECORDS = b"[]"
SaidT = TypeVar("SaidT", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a state said, before it is sealed: its records as JSON, or the problem in their place."""

    outcome: Outcome
    records: bytes = NO_RECORDS
    problem: BawabaError | None = None
    route: Route | Passage | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A sealed answer; without a receipt there is none."""

    country: Country
    answer: Answer
    receipt: Receipt
    took_ms: int


@dataclass(frozen=True, slots=True)
class Carried(Generic[SaidT]):
    """A sealed exchange about an application: what the state said, or the problem in its place."""

    outcome: Outcome
    said: SaidT | None
    problem: BawabaError | None
    receipt: Receipt
    passage: Passage | None


@dataclass(frozen=True, slots=True)
class Errand(Generic[SaidT]):
    """What is to be exchanged about the application of that public id; ``step`` is its name in the record.

    ``work`` waits for the national answer and gives it in the shared schema; what it gives is committed to.
    """

    application: str
    step: str
    dossier: Dossier
    work: Callable[[Procedure[Any, Any], Order], Awaitable[SaidT]]


class Observer(Protocol):
    """Who is told of each finished call, for the operators' measures."""

    def finished(self, call: Call, outcome: Outcome, seconds: float) -> None: ...


class Flow:
    """The stations in their order: policy, registry, adapter, ledger."""

    def __init__(
        self, policy: Policy, registry: Registry, ledger: Ledger, observer: Observer, clock: Callable[[], datetime]
    ) -> None:
        self._policy = policy
        self._registry = registry
        self._ledger = ledger
        self._observer = observer
        self._clock = clock

    async def serve(self, principal: Principal, call: Call) -> Reply:
        """Answers the call and seals what happened; raises ``SealingFailed`` when it cannot be sealed.

        Whatever else goes wrong is the answer: one state's trouble is never another's.
        """
        began = time.monotonic()
        answer = await self._answer(principal, call)
        took = time.monotonic() - began
        receipt = await self._seal(principal, call, answer, round(took * 1000))
        self._observe(call, answer, took)
        return Reply(call.country, answer, receipt, round(took * 1000))

    async def carry(self, principal: Principal, call: Call, errand: Errand[SaidT]) -> Carried[SaidT]:
        """Runs an errand by the same stations as ``serve``; raises ``SealingFailed`` when it cannot be sealed."""
        began = time.monotonic()
        passage: Passage | None = None
        said: SaidT | None = None
        problem: BawabaError | None = None
        outcome = Outcome.ok
        try:
            passage = self._registry.find_procedure(self._policy.permit(principal, call))
            async with passage.way.open():
                said = await _exchange(passage, errand, self._clock())
        except BackendError as raised:
            outcome, problem = Outcome(raised.outcome), raised
        except BawabaError as raised:
            outcome, problem = Outcome.refused, raised
        took = time.monotonic() - began
        words = said.model_dump_json().encode() if said else NO_RECORDS
        answer = Answer(outcome, words, problem, passage)
        receipt = await self._seal(principal, call, answer, round(took * 1000), errand)
        self._observe(call, answer, took)
        return Carried(outcome, said, problem, receipt, passage)

    async def refuse(self, principal: Principal | None, service: str, request_id: str, problem: BawabaError) -> None:
        """Seals a question that was turned away before it reached any state."""
        owner = principal.subject if principal else ""
        await self._ledger.seal(
            Entry(
                at=self._clock(),
                request_id=request_id,
                service=service,
                outcome=Outcome.refused,
                code=problem.code,
                subject=self._ledger.pseudonym(owner) if principal else None,
                home=principal.home if principal else None,
                client=principal.client if principal else None,
                assurance=principal.assurance.value if principal else None,
            ),
            owner,
        )

    async def _answer(self, principal: Principal, call: Call) -> Answer:
        route: Route | None = None
        try:
            grant = self._policy.permit(principal, call)
            route = self._registry.find(grant)
            async with route.way.open():
                records = await records_of(route.adapter, route.ask(self._clock()))
        except BackendError as problem:
            return Answer(Outcome(problem.outcome), problem=problem, route=route)
        except BawabaError as problem:
            return Answer(Outcome.refused, problem=problem, route=route)
        outcome = _outcome(records)
        return Answer(outcome, records_as_json(records), route=route)

    def _observe(self, call: Call, answer: Answer, seconds: float) -> None:
        """Tells those who count how it went."""
        self._observer.finished(call, answer.outcome, seconds)
        if answer.route is not None:
            failed = isinstance(answer.problem, BackendError)
            self._registry.observe(answer.route.way, call.service, failed, seconds)

    async def _seal(
        self, principal: Principal, call: Call, answer: Answer, took_ms: int, errand: Errand[Any] | None = None
    ) -> Receipt:
        salt = self._ledger.new_salt()
        entry = Entry(
            at=self._clock(),
            request_id=call.request_id,
            service=call.service,
            purpose=call.purpose,
            country=call.country,
            home=principal.home,
            subject=self._ledger.pseudonym(principal.subject),
            client=principal.client,
            assurance=principal.assurance.value,
            outcome=answer.outcome,
            code=answer.problem.code if answer.problem else None,
            adapter=answer.route.label if answer.route else None,
            ask_digest=commit(salt, _asked(call)),
            answer_digest=commit(salt, answer.records),
            took_ms=took_ms,
            step=errand.step if errand else None,
            application=errand.application if errand else None,
        )
        return await self._ledger.seal(entry, principal.subject, salt)


async def _exchange(passage: Passage, errand: Errand[SaidT], now: datetime) -> SaidT:
    """What the state says, within the deadline; what the adapter trips over is a garbled answer."""
    order = passage.order(errand.dossier, now)
    try:
        with order.deadline.limit():
            return await errand.work(passage.procedure, order)
    except TimeoutError as problem:
        raise BackendLate from problem
    except BawabaError:
        raise
    except Exception as problem:
        log.warning("adapter.failed", adapter=passage.label, service=order.service, error=type(problem).__name__)
        raise BackendGarbled from problem


def _outcome(records: tuple[AnyRecord, ...]) -> Outcome:
    if not records:
        return Outcome.none
    return Outcome.stale if any("stale" in record.notes for record in records) else Outcome.ok


def _asked(call: Call) -> bytes:
    return orjson.dumps(
        {"service": call.service, "country": call.country, "purpose": call.purpose, "inputs": call.inputs},
        option=orjson.OPT_SORT_KEYS,
        default=str,
    )
