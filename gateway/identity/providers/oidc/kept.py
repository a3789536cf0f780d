"""A value from outside: fetched when it is first needed, anew when it is old, and kept while it cannot be."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from gateway.errors import ProviderError

log = structlog.get_logger()
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Ages:
    """Seconds: when a value is ``fresh`` no more, when it is too old to be used at all, and how often it may be
    asked for: once a ``cooldown`` because it does not have what is looked for, once a ``pause`` after a failure.
    """

    fresh: float = 600.0
    longest: float = 43_200.0
    cooldown: float = 10.0
    pause: float = 1.0


class Kept(Generic[ValueT]):
    """Asks ``fetch`` one at a time, whoever wants to know; ``fetch`` raises ``ProviderError``."""

    def __init__(
        self,
        name: str,
        fetch: Callable[[], Awaitable[ValueT]],
        ages: Ages,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._fetch = fetch
        self._ages = ages
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: ValueT | None = None
        self._failure: ProviderError | None = None
        self._fetched_at = self._failed_at = self._renewed_at = float("-inf")

    async def get(self) -> ValueT:
        """The value; raises ``ProviderError`` when there is none that may still be used."""
        if self._value is None or self._age() >= self._ages.fresh:
            async with self._lock:
                if self._may_try() and (self._value is None or self._age() >= self._ages.fresh):
                    await self._try()
        return self._usable()

    async def renew(self) -> ValueT:
        """The value, fetched anew unless that was done less than a cooldown ago."""
        async with self._lock:
            # Whoever waited here while another fetched has what was fetched.
            if self._may_try() and self._clock() - self._renewed_at >= self._ages.cooldown:
                self._renewed_at = self._clock()
                await self._try()
        return self._usable()

    def _may_try(self) -> bool:
        return self._clock() - self._failed_at >= self._ages.pause

    async def _try(self) -> None:
        try:
            self._value = await self._fetch()
        except ProviderError as problem:
            self._failure, self._failed_at = problem, self._clock()
            log.warning("provider.not_refreshed", kept=self._name, reason=problem.code, **problem.facts)
        else:
            self._fetched_at = self._clock()

    def _usable(self) -> ValueT:
        if self._value is not None and self._age() < self._ages.longest:
            return self._value
        failure = self._failure or ProviderError()
        # A new error each time: one that is raised again and again grows by each of its paths.
        raise type(failure)(failure.code, provider=failure.facts.get("provider", "")) from failure

    def _age(self) -> float:
        return self._clock() - self._fetched_at
