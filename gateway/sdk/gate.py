"""The back gate: one national endpoint behind its guards, in the order retry, bulkhead, breaker, request."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import structlog

from gateway.errors import BackendBusy, BackendDown, BackendError, BackendGarbled, BackendLate, BackendRefused
from gateway.resilience.breaker import Breaker, BreakerState
from gateway.resilience.bulkhead import Bulkhead, BulkheadFull
from gateway.resilience.deadline import Deadline
from gateway.resilience.retry import Backoff, RetryBudget
from gateway.sdk.transport import AddressCheck, Response, Transport

log = structlog.get_logger()
ResultT = TypeVar("ResultT")
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
RETRYABLE = frozenset({429, 502, 503, 504})


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
    """What the operators see of a gate."""

    breaker: BreakerState
    in_flight: int
    requests: int
    retries: int
    failures: int


class Gate:
    """Sends requests to one endpoint of ``room``; its base URL is ``base``."""

    def __init__(
        self,
        room: str,
        base: str,
        limits: GateLimits | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        check_address: AddressCheck | None = None,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self.room = room
        self._limits = limits = limits or GateLimits()
        self._transport = Transport(
            base,
            body_limit=limits.response_bytes,
            header_limit=limits.header_bytes,
            tls=tls,
            check_address=check_address,
        )
        self._bulkhead = Bulkhead(limits.concurrent, limits.queue)
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_open, clock)
        self._budget = RetryBudget()
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._down_since = 0.0
        self._requests = self._retries = self._failures = 0

    @property
    def state(self) -> GateState:
        """A snapshot for the operators."""
        return GateState(self._breaker.state, self._bulkhead.inside, self._requests, self._retries, self._failures)

    async def send(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        read: Callable[[Response], ResultT],
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
        safe: bool = True,
    ) -> ResultT:
        """What ``read`` makes of the answer.

        ``read`` runs inside the guards, so the ``BackendDown`` and ``BackendGarbled`` that it raises count
        against the system; ``BackendRefused`` is an answer like any other. Only a ``safe`` request, one that
        changes nothing, is tried again, within the retry budget and the deadline. Raises ``BackendError``.
        """
        request = self._transport.request(method, path, headers, body)
        self._budget.earn()
        for attempt in range(self._limits.attempts):
            try:
                return await self._guarded(request, deadline, read, safe)
            except BackendDown as problem:
                last = attempt + 1 == self._limits.attempts or isinstance(problem, BackendBusy)
                if last or not safe or not await self._pause(problem, attempt, deadline):
                    raise
        raise BackendDown

    async def close(self) -> None:
        """Ends every connection."""
        await self._transport.close()

    async def _pause(self, problem: BackendDown, retries: int, deadline: Deadline) -> bool:
        """Waits before the next try; ``False`` when there is no time or no budget for one."""
        seconds = max(self._backoff.pause(retries), problem.retry_after or 0)
        if seconds >= deadline.remaining() or not self._budget.spend():
            return False
        self._retries += 1
        await asyncio.sleep(seconds)
        return True

    async def _guarded(
        self, request: bytes, deadline: Deadline, read: Callable[[Response], ResultT], safe: bool
    ) -> ResultT:
        try:
            async with self._bulkhead.place(deadline.check()):
                if wait := self._breaker.admit():
                    raise BackendBusy(retry_after=wait)
                return await self._judged(request, deadline, read, safe)
        except BulkheadFull as problem:
            raise BackendBusy(retry_after=1) from problem
        except TimeoutError as problem:
            raise BackendLate from problem

    async def _judged(
        self, request: bytes, deadline: Deadline, read: Callable[[Response], ResultT], safe: bool
    ) -> ResultT:
        """One try, and what it says of the system's health."""
        self._requests += 1
        try:
            response = await self._transport.ask(request, deadline.sooner(self._limits.timeout), safe)
            _check_status(response)
            result = read(response)
        except BackendRefused:
            self._succeeded()
            raise
        except BackendError as problem:
            self._failed(problem)
            raise
        except Exception as problem:
            # What a reader trips over, the national system has sent.
            self._failed(problem)
            raise BackendGarbled from problem
        except BaseException:
            self._breaker.forget()
            raise
        self._succeeded()
        return result

    def _succeeded(self) -> None:
        if self._breaker.succeed():
            log.info("backend.recovered", room=self.room, down_for=round(self._clock() - self._down_since, 1))

    def _failed(self, problem: Exception) -> None:
        self._failures += 1
        if self._breaker.fail():
            self._down_since = self._clock()
            log.error("backend.down", room=self.room, error=type(problem).__name__)


def _check_status(response: Response) -> None:
    """Redirects lead where nobody has looked; some failures are the same whatever the system speaks."""
    if 300 <= response.status < 400:
        raise BackendGarbled("backend_redirected")
    if response.status in RETRYABLE:
        raise BackendDown(retry_after=_seconds(response.headers.get("retry-after", "")))


def _seconds(value: str) -> float | None:
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


__all__ = ["Gate", "GateLimits", "GateState", "Response"]
