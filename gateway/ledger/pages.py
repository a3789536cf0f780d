"""The stored log read page by page, in log order and in constant memory."""

from collections import deque
from collections.abc import AsyncIterator
from typing import NamedTuple

from sqlalchemy import func, or_, select

from gateway.ledger.batch import Head, Row
from gateway.ledger.merkle import Subtree
from gateway.ledger.tiles import TILE_HEIGHT
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_checkpoints, ledger_entries, ledger_head, ledger_nodes

PAGE = 1000
_ENTRIES = select(*(ledger_entries.c[name] for name in Row._fields)).order_by(ledger_entries.c.leaf_index).limit(PAGE)
_CHECKPOINTS = (
    select(ledger_checkpoints.c.tree_size, ledger_checkpoints.c.note, ledger_checkpoints.c.leaves)
    .order_by(ledger_checkpoints.c.tree_size)
    .limit(PAGE // 10)
)


class Kept(NamedTuple):
    """A row of ``ledger_checkpoints``."""

    tree_size: int
    note: str
    leaves: bytes


class Entries:
    """The entries, to be asked for by rising index."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._page: deque[Row] = deque()
        self._ended = False

    async def at(self, index: int) -> Row | None:
        """The entry at an index, or None where there is none."""
        if not self._page and not self._ended:
            await self._turn(index)
        if self._page and self._page[0].leaf_index == index:
            return self._page.popleft()
        return None

    async def _turn(self, index: int) -> None:
        async with self._storage.reading() as connection:
            found = await connection.execute(_ENTRIES.where(ledger_entries.c.leaf_index >= index))
            self._page.extend(Row(*row) for row in found)
        self._ended = not self._page


async def checkpoints(storage: Storage, most: int) -> AsyncIterator[Kept]:
    """The checkpoints up to the tree size ``most``."""
    after = -1
    while True:
        wanted = _CHECKPOINTS.where(ledger_checkpoints.c.tree_size > after, ledger_checkpoints.c.tree_size <= most)
        async with storage.reading() as connection:
            page = [Kept(*row) for row in await connection.execute(wanted)]
        for kept in page:
            yield kept
        if not page:
            return
        after = page[-1].tree_size


async def read_end(storage: Storage) -> tuple[Head | None, int]:
    """The head, and the largest tree size that the head or a checkpoint names."""
    async with storage.reading() as connection:
        found = await connection.execute(select(ledger_head.c.tree_size, ledger_head.c.frontier, ledger_head.c.note))
        row = found.first()
        largest = await connection.scalar(select(func.max(ledger_checkpoints.c.tree_size)))
    head = Head(*row) if row else None
    return head, max(largest or 0, head.tree_size if head else 0)


async def read_nodes(storage: Storage, level: int, first: int, last: int) -> dict[Subtree, bytes]:
    """The stored nodes of a level, by the subtree that each is the root of."""
    wanted = select(ledger_nodes.c.node_index, ledger_nodes.c.hash).where(
        ledger_nodes.c.level == level, ledger_nodes.c.node_index.between(first, last)
    )
    async with storage.reading() as connection:
        return {(level * TILE_HEIGHT, position): node for position, node in await connection.execute(wanted)}


async def stray_entries(storage: Storage, size: int) -> tuple[int, int] | None:
    """The first and last index of entries outside of a log of ``size``, or of the larger one it has become."""
    async with storage.reading() as connection:
        now = max(size, await connection.scalar(select(func.max(ledger_head.c.tree_size))) or 0)
        index = ledger_entries.c.leaf_index
        found = await connection.execute(select(func.min(index), func.max(index)).where(or_(index < 0, index >= now)))
        first, last = found.one()
    return None if first is None else (first, last)


async def stray_nodes(storage: Storage, size: int) -> list[tuple[int, int]]:
    """Level and largest index of nodes outside of a log of ``size``, or of the larger one it has become."""
    async with storage.reading() as connection:
        now = max(size, await connection.scalar(select(func.max(ledger_head.c.tree_size))) or 0)
        level, index = ledger_nodes.c.level, ledger_nodes.c.node_index
        found = await connection.execute(select(level, func.max(index)).group_by(level).order_by(level))
        return [(row[0], row[1]) for row in found if row[0] < 1 or row[1] >= now >> TILE_HEIGHT * row[0]]
