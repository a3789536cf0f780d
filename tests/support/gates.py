"""Gates to raw backends, with bounds small enough to be reached in a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from gateway.errors import BackendError
from gateway.resilience.deadline import Deadline
from gateway.resilience.retry import Backoff
from gateway.sdk.gate import Gate, GateLimits, Response
from tests.support.backend import Answerer, Backend, backend

LIMITS = GateLimits(
    concurrent=8,
    queue=8,
    response_bytes=65_536,
    header_bytes=16_384,
    attempts=1,
    timeout=2.0,
    breaker_failures=1000,
    breaker_open=5.0,
)
AT_ONCE = Backoff(first=0, longest=0)


class HandClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def whole(response: Response) -> Response:
    """The answer as it is."""
    return response


@asynccontextmanager
async def gate_to(url: str, *, limits: GateLimits = LIMITS, **parts: Any) -> AsyncIterator[Gate]:
    """A gate to ``url`` that tries again without a pause."""
    gate = Gate("test", url, limits, **{"backoff": AT_ONCE, **parts})
    try:
        yield gate
    finally:
        await gate.close()


@asynccontextmanager
async def gated(
    answer: Answerer | bytes, *, parts: dict[str, Any] | None = None, **limits: Any
) -> AsyncIterator[tuple[Gate, Backend]]:
    """A raw backend and a gate to it; ``limits`` differ from ``LIMITS``."""
    async with backend(answer) as system, gate_to(system.url, limits=replace(LIMITS, **limits), **parts or {}) as gate:
        yield gate, system


async def get(gate: Gate, path: str = "/", *, seconds: float = 5.0, **options: Any) -> Response:
    """The whole answer to a safe request."""
    return await gate.send("GET", path, deadline=Deadline.after(seconds), read=whole, **options)


async def outcome(gate: Gate, path: str = "/", *, seconds: float = 5.0, **options: Any) -> str:
    """``ok``, or what kind of answer the failure is."""
    try:
        await get(gate, path, seconds=seconds, **options)
    except BackendError as problem:
        return problem.outcome
    return "ok"
