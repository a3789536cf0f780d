"""Fixtures of the ledger's tests."""

from collections.abc import AsyncIterator

import pytest

from gateway.storage.engine import Storage
from tests.support.tampering import write_log


@pytest.fixture
async def written(storage_url: str) -> AsyncIterator[Storage]:
    """A log of 600 entries in five batches, to tamper with."""
    await write_log(storage_url)
    async with Storage.open(storage_url) as storage:
        yield storage
