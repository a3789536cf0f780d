"""Ledgers for tests: keys, entries and owners, all invented."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ledger.committer import DEFAULT_LIMITS, Limits
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger, LedgerKeys
from gateway.ledger.note import Verifier
from gateway.schema.answer import Outcome
from gateway.schema.country import Country
from gateway.storage.engine import Storage

ORIGIN = "ledger.example/test"
KEYS = LedgerKeys(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), b"an invented pseudonym key, 32 by")
VERIFIER = Verifier(ORIGIN, KEYS.signing.public_key())
NOON = datetime(2026, 1, 2, 12, 0, 0, 250_000, tzinfo=UTC)
OWNER = "person-1"


def entry(request_id: str = "request-1", service: str = "traffic-fines", country: Country = Country.KW) -> Entry:
    """What a call may leave behind."""
    return Entry(
        at=NOON,
        request_id=request_id,
        service=service,
        outcome=Outcome("ok"),
        purpose="self_service",
        country=country,
        home=Country.OM,
        client="portal",
        assurance="high",
        adapter="kuwait@1.0.0",
        took_ms=12,
    )


@asynccontextmanager
async def opened(url: str, limits: Limits = DEFAULT_LIMITS, keys: LedgerKeys = KEYS) -> AsyncIterator[Ledger]:
    """A ledger over the database at the URL."""
    async with Storage.open(url) as storage, Ledger.open(storage, keys, ORIGIN, limits=limits) as ledger:
        yield ledger
