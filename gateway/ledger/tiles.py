"""Tiles of C2SP: the tree's hashes in runs of 256 (https://c2sp.org/tlog-tiles).

Leaf hashes stand beside the entries and the root of each full tile is kept as a node of the level above, one
for 256 entries. So a tile of any level is one read by key, at the cost of 32 bytes for 256 entries; storing
whole tiles would keep every hash twice and rewrite the last tile with each batch.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFound, Unavailable
from gateway.ledger.merkle import Range, Subtree, fold, node_hash, subtrees

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TOP_LEVEL = 7
_PATH = re.compile(r"(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")

_LEAVES = text(
    "SELECT leaf_hash FROM ledger_entries WHERE leaf_index >= :first AND leaf_index < :last ORDER BY leaf_index"
)
_NODES = text(
    "SELECT hash FROM ledger_nodes WHERE level = :level AND node_index >= :first AND node_index < :last"
    " ORDER BY node_index"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile stands: ``width`` is of 256 unless it is partial."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """Its address below ``tile/``: the index in groups of three digits, all but the last after an ``x``."""
        groups = f"{self.index:0{-(-len(str(self.index)) // 3) * 3}d}"
        parts = [groups[start : start + 3] for start in range(0, len(groups), 3)]
        name = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
        return f"{self.level}/{name}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Reads what ``path`` wrote; raises ``NotFound`` for any other spelling."""
        if not (found := _PATH.fullmatch(path)):
            raise NotFound
        level, groups, last, width = found.groups()
        tile = cls(int(level), int(groups.replace("x", "").replace("/", "") + last), int(width or TILE_WIDTH))
        if tile.path() != path or tile.level > TOP_LEVEL:
            raise NotFound
        return tile


async def read_tile(connection: AsyncConnection, tile: Tile, size: int) -> list[bytes]:
    """The tile's hashes in a tree of ``size``; raises ``NotFound`` when the tree does not fill it.

    A tile that lacks a hash is never given out, since it would be kept for ever: raises ``Unavailable``.
    """
    first = tile.index * TILE_WIDTH
    last = first + tile.width
    possible = 0 < tile.width <= TILE_WIDTH and 0 <= tile.level <= TOP_LEVEL and tile.index >= 0
    if not possible or last > size >> TILE_HEIGHT * tile.level:
        raise NotFound
    facts = {"first": first, "last": last} | ({"level": tile.level} if tile.level else {})
    hashes = list((await connection.scalars(_NODES if tile.level else _LEAVES, facts)).all())
    if len(hashes) != tile.width:
        raise Unavailable
    return hashes


class Tree:
    """The stored tree as it was at ``size``; reads each tile it needs once."""

    def __init__(self, connection: AsyncConnection, size: int) -> None:
        self._connection = connection
        self._size = size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    async def roots(self, ranges: Sequence[Range]) -> list[bytes]:
        """The root over each range of leaves."""
        return [fold([await self._subtree(part) for part in subtrees(*span)]) for span in ranges]

    async def _subtree(self, subtree: Subtree) -> bytes:
        height, position = subtree
        level, within = divmod(height, TILE_HEIGHT)
        first = position << within
        hashes = await self._tile(level, first // TILE_WIDTH)
        offset = first % TILE_WIDTH
        return _collapse(hashes[offset : offset + (1 << within)])

    async def _tile(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self._tiles:
            width = min(TILE_WIDTH, (self._size >> TILE_HEIGHT * level) - index * TILE_WIDTH)
            self._tiles[level, index] = await read_tile(self._connection, Tile(level, index, width), self._size)
        return self._tiles[level, index]


def _collapse(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of neighbouring hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[place], hashes[place + 1]) for place in range(0, len(hashes), 2)]
    return hashes[0]
