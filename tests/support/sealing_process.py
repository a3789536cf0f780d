"""A process that seals under load and prints each receipt once it has it; made to be killed.

Arguments: the database's URL, the name that its entries go by, and how many callers seal at once.
"""

import asyncio
import os
import sys

import structlog

from gateway.errors import SealingFailed
from gateway.ledger.ledger import Ledger
from tests.support.ledgers import OWNER, entry, opened


async def _caller(ledger: Ledger, name: str, number: int) -> None:
    sequence = 0
    while True:
        try:
            receipt = await ledger.seal(entry(f"{name}-{number}-{sequence}"), OWNER)
        except SealingFailed:
            await asyncio.sleep(0.01)
            continue
        # One write of a whole line: what was printed, was printed wholly.
        os.write(1, f"{receipt.index} {receipt.id} {receipt.leaf_hash}\n".encode())
        sequence += 1


async def _main(url: str, name: str, callers: int) -> None:
    async with opened(url) as ledger, asyncio.TaskGroup() as group:
        for number in range(callers):
            group.create_task(_caller(ledger, name, number))


if __name__ == "__main__":
    # Nothing but receipts on the standard output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
