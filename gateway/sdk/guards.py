"""What stands before a national endpoint, bulkhead and breaker, and what every exchange tells of its health."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from gateway.errors import BackendBusy, BackendError, BackendLate, BackendRefused
from gateway.resilience.breaker import Breaker, BreakerOpen, BreakerState
from gateway.resilience.bulkhead import Bulkhead, BulkheadFull
from gateway.resilience.deadline import Deadline
from gateway.sdk.streaming import Patience

log = structlog.get_logger()

_WAIT_WHEN_FULL: Final = 1.0
# A call that came with less of its time left than this proves nothing when it is late.
_FAIR_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What one endpoint may cost us; times in seconds, sizes in bytes."""

    concurrent: int = 64
    queue: int = 128
    response_bytes: int = 2_097_152
    header_bytes: int = 16_384
    attempts: int = 3
    timeout: float = 4.0
    breaker_failures: int = 5
    breaker_open: float = 5.0


@dataclass(frozen=True, slots=True)
class GateState:
    """What the operators see of a gate. ``busy`` counts the calls that our own guards turned away."""

    breaker: BreakerState
    in_flight: int
    queued: int
    requests: int
    retries: int
    failures: int
    busy: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was sent: its outcome is ``ok`` or that of the error; ``seconds`` is its whole time."""

    room: str
    endpoint: str
    outcome: str
    seconds: float


Observer: TypeAlias = Callable[[Attempt], None]


class Guards:
    """The guards of one endpoint; ``requests`` and ``retries`` are counted by whoever sends them."""

    def __init__(
        self,
        room: str,
        endpoint: str,
        limits: GateLimits,
        clock: Callable[[], float],
        observer: Observer | None,
    ) -> None:
        self._room = room
        self._endpoint = endpoint
        self._timeout = limits.timeout
        self._bulkhead = Bulkhead(limits.concurrent, limits.queue)
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_open, clock)
        self._observer = observer
        self._failures = self._busy = 0
        self.requests = self.retries = 0

    @property
    def state(self) -> GateState:
        """A snapshot for the operators."""
        return GateState(
            self._breaker.state,
            self._bulkhead.inside,
            self._bulkhead.waiting,
            self.requests,
            self.retries,
            self._failures,
            self._busy,
        )

    async def enter(self, deadline: Deadline) -> int:
        """A pass for one exchange, to be followed by ``leave``; raises ``BackendBusy`` or ``BackendLate``."""
        try:
            await self._bulkhead.enter(deadline)
        except BulkheadFull as problem:
            self._busy += 1
            raise BackendBusy(retry_after=_WAIT_WHEN_FULL) from problem
        try:
            return self._breaker.admit()
        except BreakerOpen as problem:
            self._bulkhead.leave()
            self._busy += 1
            raise BackendBusy(retry_after=problem.retry_after) from problem

    def leave(self) -> None:
        """Gives the place back."""
        self._bulkhead.leave()

    @asynccontextmanager
    async def watch(self, patience: Patience) -> AsyncIterator[None]:
        """One exchange in parts, and what it says of the system's health; what is not its fault is not counted."""
        held = await self.enter(patience.deadline)
        self.requests += 1
        began = time.monotonic()
        outcome = "ok"
        try:
            yield
        except BackendError as problem:
            outcome = problem.outcome
            self.failed(problem, held, patience.waited)
            raise
        except BaseException:
            outcome = "cancelled"
            self.forget(held)
            raise
        else:
            self.succeeded(held)
        finally:
            self.leave()
            self.observe(outcome, time.monotonic() - began)

    def failed(self, problem: BackendError, held: int, seconds: float) -> None:
        """Counts an error for or against the system; ``seconds`` is the time that it was given."""
        if isinstance(problem, BackendRefused):
            self.succeeded(held)
            return
        self._failures += 1
        if isinstance(problem, BackendLate) and seconds < self._timeout * _FAIR_SHARE:
            self._breaker.forget(held)
        elif self._breaker.fail(held):
            reason = problem.facts.get("reason", problem.code)
            log.error("backend.down", room=self._room, endpoint=self._endpoint, reason=reason)

    def succeeded(self, held: int) -> None:
        """Counts an exchange that went well."""
        down_for = self._breaker.succeed(held)
        if down_for is not None:
            log.info("backend.recovered", room=self._room, endpoint=self._endpoint, down_for=round(down_for, 1))

    def forget(self, held: int) -> None:
        """Counts an exchange that says nothing."""
        self._breaker.forget(held)

    def observe(self, outcome: str, seconds: float) -> None:
        """Tells of one request."""
        if self._observer is not None:
            self._observer(Attempt(self._room, self._endpoint, outcome, seconds))
