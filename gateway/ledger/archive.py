"""What the ledger gives out: checkpoints and tiles to all, entries and proofs to their owners only."""

from collections.abc import Sequence

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFound
from gateway.ledger.batch import Row
from gateway.ledger.entry import Entry, Receipt
from gateway.ledger.merkle import inclusion_path
from gateway.ledger.proof import Evidence, Proof
from gateway.ledger.tiles import Tile, Tree, read_tile
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_entries, ledger_head

_ROW = select(*(ledger_entries.c[name] for name in Row._fields))


class SealedEntry(Frozen):
    """An entry with its receipt."""

    receipt: Receipt
    entry: Entry


class Archive:
    """Reads of the log named ``origin``. An ``owner`` is a pseudonym; a stranger's entry is an absent one."""

    def __init__(self, storage: Storage, origin: str) -> None:
        self._storage = storage
        self._origin = origin

    async def checkpoint(self) -> str:
        """The newest checkpoint, a signed note."""
        async with self._storage.reading() as connection:
            return (await self._head(connection))[1]

    async def tile(self, tile: Tile) -> bytes:
        """The tile's hashes, joined; raises ``NotFound`` when the tree does not fill it."""
        async with self._storage.reading() as connection:
            size, _ = await self._head(connection)
            return b"".join(await read_tile(connection, tile, size))

    async def proof(self, entry_id: str, owner: str) -> Proof:
        """The proof of an owner's entry under the newest checkpoint; raises ``NotFound``."""
        async with self._storage.reading() as connection:
            found = await connection.execute(
                _ROW.where(ledger_entries.c.entry_id == entry_id, ledger_entries.c.owner == owner)
            )
            if not owner or (first := found.first()) is None:
                raise NotFound
            row = Row(*first)
            size, note = await self._head(connection)
            hashes = await Tree(connection, size).roots(inclusion_path(row.leaf_index, size))
        evidence = Evidence(row.body, row.leaf_index, hashes, note)
        return Proof(receipt=row.receipt(self._origin), leaf=row.body.decode(), proof=evidence.render())

    async def entries_of(self, owner: str, limit: int, before: int | None) -> Sequence[SealedEntry]:
        """An owner's entries, newest first, from below the index ``before``."""
        if not owner:
            return ()
        wanted = _ROW.where(ledger_entries.c.owner == owner)
        if before is not None:
            wanted = wanted.where(ledger_entries.c.leaf_index < before)
        wanted = wanted.order_by(ledger_entries.c.leaf_index.desc()).limit(limit)
        async with self._storage.reading() as connection:
            rows = [Row(*found) for found in await connection.execute(wanted)]
        return [SealedEntry(receipt=row.receipt(self._origin), entry=read_entry(row.body)) for row in rows]

    @staticmethod
    async def _head(connection: AsyncConnection) -> tuple[int, str]:
        head = (await connection.execute(select(ledger_head.c.tree_size, ledger_head.c.note))).first()
        if head is None:
            raise NotFound
        return head[0], head[1]


def read_entry(body: bytes) -> Entry:
    """The entry in a leaf."""
    return Entry.model_validate_json(orjson.dumps(orjson.loads(body)["entry"]))
