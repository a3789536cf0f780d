"""The back gate: one national endpoint behind its guards, in the order retry, bulkhead, breaker, request."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

import structlog

from gateway.errors import BackendBusy, BackendDown, BackendError, BackendGarbled, BackendLate, BackendRefused
from gateway.resilience.breaker import Breaker, BreakerOpen, BreakerState
from gateway.resilience.bulkhead import Bulkhead, BulkheadFull
from gateway.resilience.deadline import Deadline
from gateway.resilience.retry import Backoff, RetryBudget
from gateway.sdk.transport import AddressCheck, Response, Transport, UnsafeRequest

log = structlog.get_logger()
ResultT = TypeVar("ResultT")
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
OUT_OF_ORDER: Final = frozenset({429, 502, 503, 504})
"""Statuses that are the same whatever a system speaks: it cannot answer now. They never reach ``read``."""

_LONGEST_WAIT: Final = timedelta(days=1)
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


class Gate:
    """Sends requests to one endpoint of ``room``, whose base URL is ``base``."""

    def __init__(
        self,
        room: str,
        base: str,
        limits: GateLimits | None = None,
        *,
        endpoint: str = "main",
        tls: ssl.SSLContext | None = None,
        check_address: AddressCheck | None = None,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
        budget: RetryBudget | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.room = room
        self.endpoint = endpoint
        self._limits = limits = limits or GateLimits()
        self._transport = Transport(
            base,
            body_limit=limits.response_bytes,
            header_limit=limits.header_bytes,
            tls=tls,
            check_address=check_address,
            kept=limits.concurrent,
        )
        self._bulkhead = Bulkhead(limits.concurrent, limits.queue)
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_open, clock)
        self._budget = budget or RetryBudget()
        self._backoff = backoff or Backoff()
        self._observer = observer
        self._requests = self._retries = self._failures = self._busy = 0

    @property
    def state(self) -> GateState:
        """A snapshot for the operators."""
        return GateState(
            self._breaker.state,
            self._bulkhead.inside,
            self._bulkhead.waiting,
            self._requests,
            self._retries,
            self._failures,
            self._busy,
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        read: Callable[[Response], ResultT],
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]] = NO_HEADERS,
        body: bytes = b"",
        safe: bool = True,
    ) -> ResultT:
        """What ``read`` makes of the answer. ``headers`` that are called are made anew for each try.

        ``read`` runs inside the guards, so the ``BackendDown`` and ``BackendGarbled`` that it raises count
        against the system, and whatever else it trips over is ``BackendGarbled``; ``BackendRefused`` is an
        answer like any other. Redirects are garbled, 429, 502, 503 and 504 are down, before ``read`` sees them.
        A request is tried again only if it is ``safe`` (it changes nothing), the system was down or late, and
        the retry budget and the deadline allow it. Raises ``BackendError``, or ``UnsafeRequest`` when a part of
        the request may not be sent.
        """
        deadline.check()
        made = headers() if callable(headers) else headers
        request = self._transport.request(method, path, made, body)
        self._budget.earn()
        retries = 0
        while True:
            try:
                return await self._attempt(request, deadline, read, safe)
            except BackendBusy:
                raise
            except (BackendDown, BackendLate) as problem:
                if (
                    not safe
                    or retries + 1 >= self._limits.attempts
                    or not await self._pause(problem, retries, deadline)
                ):
                    raise
            retries += 1
            if callable(headers):
                request = self._transport.request(method, path, headers(), body)

    async def close(self) -> None:
        """Ends every connection, for good."""
        await self._transport.close()

    async def _pause(self, problem: BackendError, retries: int, deadline: Deadline) -> bool:
        """Waits before the next try; ``False`` when there is no time or no budget for one."""
        seconds = max(self._backoff.pause(retries), problem.retry_after or 0)
        if seconds >= deadline.remaining() or not self._budget.spend():
            return False
        self._retries += 1
        await asyncio.sleep(seconds)
        return True

    async def _attempt(
        self, request: bytes, deadline: Deadline, read: Callable[[Response], ResultT], safe: bool
    ) -> ResultT:
        try:
            await self._bulkhead.enter(deadline)
        except BulkheadFull as problem:
            self._busy += 1
            raise BackendBusy(retry_after=_WAIT_WHEN_FULL) from problem
        try:
            held = self._breaker.admit()
            return await self._judged(request, deadline, read, safe, held)
        except BreakerOpen as problem:
            self._busy += 1
            raise BackendBusy(retry_after=problem.retry_after) from problem
        finally:
            self._bulkhead.leave()

    async def _judged(
        self, request: bytes, deadline: Deadline, read: Callable[[Response], ResultT], safe: bool, held: int
    ) -> ResultT:
        """One request, and what it says of the system's health."""
        self._requests += 1
        began = time.monotonic()
        outcome = "ok"
        try:
            response = await self._transport.ask(request, deadline.sooner(self._limits.timeout), safe=safe)
            _check_status(response)
            result = read(response)
        except BackendError as problem:
            outcome = problem.outcome
            self._count(problem, held, deadline.at - began)
            raise
        except Exception as problem:
            # What a reader trips over, the national system has sent. Its words may be personal: only their kind counts.
            outcome = BackendGarbled.outcome
            garbled = BackendGarbled(reason=type(problem).__name__)
            self._count(garbled, held, deadline.at - began)
            raise garbled from problem
        except BaseException:
            outcome = "cancelled"
            self._breaker.forget(held)
            raise
        else:
            self._succeeded(held)
            return result
        finally:
            if self._observer is not None:
                self._observer(Attempt(self.room, self.endpoint, outcome, time.monotonic() - began))

    def _count(self, problem: BackendError, held: int, seconds: float) -> None:
        """Counts an error for or against the system; ``seconds`` is the time that the call had left."""
        if isinstance(problem, BackendRefused):
            self._succeeded(held)
            return
        self._failures += 1
        if isinstance(problem, BackendLate) and seconds < self._limits.timeout * _FAIR_SHARE:
            self._breaker.forget(held)
        elif self._breaker.fail(held):
            reason = problem.facts.get("reason", problem.code)
            log.error("backend.down", room=self.room, endpoint=self.endpoint, reason=reason)

    def _succeeded(self, held: int) -> None:
        down_for = self._breaker.succeed(held)
        if down_for is not None:
            log.info("backend.recovered", room=self.room, endpoint=self.endpoint, down_for=round(down_for, 1))


def _check_status(response: Response) -> None:
    if 300 <= response.status < 400:
        # It leads where nobody has looked.
        raise BackendGarbled("backend_redirected")
    if response.status in OUT_OF_ORDER:
        raise BackendDown(reason=f"status_{response.status}", retry_after=_retry_after(response.headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``, a number or a moment by the system's own clock (RFC 9110, 10.2.3); at most a day."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT.total_seconds())
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT).total_seconds()


__all__ = ["Attempt", "Gate", "GateLimits", "GateState", "Observer", "Response", "UnsafeRequest"]
