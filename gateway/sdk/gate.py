"""The back gate: one national endpoint behind its guards, in the order retry, bulkhead, breaker, request."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from gateway.errors import BackendBusy, BackendDown, BackendError, BackendGarbled, BackendLate
from gateway.resilience.deadline import Deadline
from gateway.resilience.retry import Backoff, RetryBudget
from gateway.sdk.guards import Attempt, GateLimits, GateState, Guards, Observer
from gateway.sdk.streaming import Content, Patience, StreamedResponse
from gateway.sdk.transport import AddressCheck, Response, Transport, UnsafeRequest

ResultT = TypeVar("ResultT")
Headers: TypeAlias = Mapping[str, str] | Callable[[], Mapping[str, str]]
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
OUT_OF_ORDER: Final = frozenset({429, 502, 503, 504})
"""Statuses that are the same whatever a system speaks: it cannot answer now. They never reach ``read``."""

_LONGEST_WAIT: Final = timedelta(days=1)
_GRACE: Final = 0.1


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
        self.base = base.rstrip("/")
        self._limits = limits = limits or GateLimits()
        self._transport = Transport(
            base,
            body_limit=limits.response_bytes,
            header_limit=limits.header_bytes,
            tls=tls,
            check_address=check_address,
            kept=limits.concurrent,
        )
        self._guards = Guards(room, endpoint, limits, clock, observer)
        self._budget = budget or RetryBudget()
        self._backoff = backoff or Backoff()

    @property
    def state(self) -> GateState:
        """A snapshot for the operators."""
        return self._guards.state

    async def send(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        read: Callable[[Response], ResultT],
        headers: Headers = NO_HEADERS,
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

    async def upload(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        content: Content,
        read: Callable[[Response], ResultT],
        headers: Headers = NO_HEADERS,
    ) -> ResultT:
        """What ``read`` makes of the answer to ``content``, an attachment say, sent in parts as it is taken.

        Never tried again here. Guards, bounds and errors are those of ``send``; an attempt's time limit holds for
        each wait on the other side. Raises ``ContentChanged`` where the content is not as long as it says, and
        whatever reading it raises: neither counts against the system.
        """
        deadline.check()
        made = headers() if callable(headers) else headers
        opening = self._transport.opening(method, path, made, content)
        self._budget.earn()
        patience = Patience(deadline, self._limits.timeout)
        async with self._guards.watch(patience):
            response = await self._transport.upload(opening, content, patience)
            _check_status(response.status, response.headers)
            return _read(response, read)

    @asynccontextmanager
    async def download(
        self,
        path: str,
        *,
        deadline: Deadline,
        most: int,
        headers: Headers = NO_HEADERS,
        method: str = "GET",
        body: bytes = b"",
    ) -> AsyncIterator[StreamedResponse]:
        """The answer while the context lasts, its body in parts, ``most`` bytes in all.

        Never tried again here. Guards and errors are those of ``send``, as are the errors raised in the context;
        it ends with ``BackendLate`` at the deadline, whoever is slow, and leaves nothing to be read afterwards.
        """
        deadline.check()
        made = headers() if callable(headers) else headers
        request = self._transport.request(method, path, made, body)
        self._budget.earn()
        patience = Patience(deadline, self._limits.timeout)
        # The wait on the system ends first and is counted; this one is for whoever takes the parts too slowly.
        limit = asyncio.timeout_at(deadline.at + _GRACE)
        try:
            async with (
                limit,
                self._guards.watch(patience),
                self._transport.download(request, most, patience) as response,
            ):
                _check_status(response.status, response.headers)
                yield response
        except TimeoutError as problem:
            if limit.expired():
                raise BackendLate from problem
            raise

    async def close(self) -> None:
        """Ends every connection, for good."""
        await self._transport.close()

    async def _pause(self, problem: BackendError, retries: int, deadline: Deadline) -> bool:
        """Waits before the next try; ``False`` when there is no time or no budget for one, or none is left by then."""
        seconds = max(self._backoff.pause(retries), problem.retry_after or 0)
        if seconds >= deadline.remaining() or not self._budget.spend():
            return False
        await asyncio.sleep(seconds)
        # A worker that was busy may wake too late: what the system said last is still the truth about it.
        if deadline.remaining() <= 0:
            return False
        self._guards.retries += 1
        return True

    async def _attempt(
        self, request: bytes, deadline: Deadline, read: Callable[[Response], ResultT], safe: bool
    ) -> ResultT:
        held = await self._guards.enter(deadline)
        try:
            return await self._judged(request, deadline, read, safe, held)
        finally:
            self._guards.leave()

    async def _judged(
        self, request: bytes, deadline: Deadline, read: Callable[[Response], ResultT], safe: bool, held: int
    ) -> ResultT:
        """One request, and what it says of the system's health."""
        self._guards.requests += 1
        began = time.monotonic()
        outcome = "ok"
        try:
            response = await self._transport.ask(request, deadline.sooner(self._limits.timeout), safe=safe)
            _check_status(response.status, response.headers)
            result = _read(response, read)
        except BackendError as problem:
            outcome = problem.outcome
            self._guards.failed(problem, held, deadline.at - began)
            raise
        except BaseException:
            outcome = "cancelled"
            self._guards.forget(held)
            raise
        else:
            self._guards.succeeded(held)
            return result
        finally:
            self._guards.observe(outcome, time.monotonic() - began)


def _read(response: Response, read: Callable[[Response], ResultT]) -> ResultT:
    """What ``read`` makes of it; what it trips over, the national system has sent."""
    try:
        return read(response)
    except BackendError:
        raise
    except Exception as problem:
        # The words of the problem may be personal: only its kind counts.
        raise BackendGarbled(reason=type(problem).__name__) from problem


def _check_status(status: int, headers: Mapping[str, str]) -> None:
    if 300 <= status < 400:
        # It leads where nobody has looked.
        raise BackendGarbled("backend_redirected")
    if status in OUT_OF_ORDER:
        raise BackendDown(reason=f"status_{status}", retry_after=_retry_after(headers))


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
