"""Oman's room beside its stand-in, with a clock that stands where the test puts it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.oman.national import OmanSystem
from adapters.oman.sandbox import Sandbox
from gateway.resilience.retry import Backoff
from gateway.sdk import Ask, Connection, Country, Deadline, Gate, GateLimits, Inbox, NationalIdentifier, Source

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OMANI, SAUDI, NOBODY = (Country.OM, "08123457"), (Country.SA, "1084260288"), (Country.OM, "00000012")
SECRETS = {"client_key": "bawaba", "signing_secret": "the secret of the signatures"}


def ask(
    service: str = "identity-verification",
    subject: tuple[Country, str] = OMANI,
    *,
    reference: str = "req-1-OM",
    seconds: float = 5,
    **inputs: Any,
) -> Ask:
    """A question to Oman as the registry would make it."""
    return Ask(
        service=service,
        country=Country.OM,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs=inputs,
        purpose="self_service",
        language="en",
        reference=reference,
        deadline=Deadline.after(seconds),
        source=Source(country=Country.OM, agency="om-rop-civil-status", adapter="oman@1.0.0", fetched_at=NOW),
    )


@dataclass
class Clock:
    """A clock that stands where it is put."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


@asynccontextmanager
async def line(url: str, clock: Clock | None = None, secrets: Mapping[str, str] = SECRETS) -> AsyncIterator[OmanSystem]:
    """The room's client, connected to ``url``; ``secrets`` are what the client was told."""
    gate = Gate("oman", url, GateLimits(timeout=5), endpoint="batches", backoff=Backoff(0, 0))
    try:
        yield OmanSystem(Connection({"batches": gate}, secrets, Inbox("http://127.0.0.1"), clock or Clock()))
    finally:
        await gate.close()


@asynccontextmanager
async def line_to_the_stand_in(
    clock: Clock | None = None, secrets: Mapping[str, str] = SECRETS
) -> AsyncIterator[tuple[OmanSystem, Sandbox]]:
    """The room connected to its stand-in, whose own clock stands at ``NOW``."""
    sandbox = Sandbox(secrets=SECRETS, clock=Clock())
    async with sandbox.running() as url, line(url, clock, secrets) as system:
        yield system, sandbox
