"""How a provider is reached: through a gate like a national system, its failures told as a provider's."""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog

from gateway.errors import BackendError, BackendLate, ProviderDown, ProviderGarbled, ProviderLate
from gateway.identity.providers.plate import ProviderPlate
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate, GateLimits, Response
from gateway.sdk.transport import AddressCheck

log = structlog.get_logger()
ResultT = TypeVar("ResultT")
NO_HEADERS: Mapping[str, str] = {}
LARGEST = 1_048_576


class ProviderDoor:
    """One endpoint of one provider: bounded, timed, behind a breaker, its redirects not followed."""

    def __init__(
        self,
        plate: ProviderPlate,
        base: str,
        tls: ssl.SSLContext | None = None,
        check_address: AddressCheck | None = None,
        largest: int = LARGEST,
    ) -> None:
        self.base = base.rstrip("/")
        self._plate = plate
        seconds = plate.timeout_ms / 1000
        self._seconds = seconds
        limits = GateLimits(response_bytes=largest, attempts=2, timeout=seconds, breaker_open=2.0)
        self._gate = Gate(plate.id, base, limits, tls=tls, check_address=check_address)

    async def send(
        self,
        method: str,
        path: str,
        read: Callable[[Response], ResultT],
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
        safe: bool = False,
    ) -> ResultT:
        """What ``read`` makes of the answer; raises ``ProviderDown``, ``ProviderLate`` or ``ProviderGarbled``."""
        async with provider_errors(self._plate):
            deadline = Deadline.after(self._seconds)
            return await self._gate.send(
                method, path, deadline=deadline, read=read, headers=headers, body=body, safe=safe
            )

    async def close(self) -> None:
        """Ends every connection."""
        await self._gate.close()


@asynccontextmanager
async def provider_errors(plate: ProviderPlate) -> AsyncIterator[None]:
    """Tells the failures of a gate as those of the provider, by name."""
    try:
        yield
    except BackendLate as problem:
        raise ProviderLate(provider=plate.id) from problem
    except BackendError as problem:
        if problem.outcome == "down":
            raise ProviderDown(provider=plate.id) from problem
        raise lied(plate, str(problem.facts.get("reason", problem.code))) from problem


def lied(plate: ProviderPlate, reason: str) -> ProviderGarbled:
    """The error for what cannot be believed; ``reason`` is a keyword for the operators and for nobody else."""
    log.error("provider.disbelieved", provider=plate.id, reason=reason)
    return ProviderGarbled(provider=plate.id)
