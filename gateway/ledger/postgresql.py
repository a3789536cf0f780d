"""Batches into PostgreSQL, each in four round trips of the driver itself."""

from collections.abc import Sequence
from typing import Any, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ledger.batch import Batch, Draft, Node, Row
from gateway.ledger.composer import Composer
from gateway.storage.engine import Storage

# An acknowledged entry is on disk, whatever the server's default is.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_HEAD = "SELECT tree_size, frontier, note FROM ledger_head WHERE id = 1 FOR UPDATE"
_APPEND = """
WITH entries AS (
    INSERT INTO ledger_entries (leaf_index, entry_id, owner, leaf_hash, body, salt, sealed_at)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bigint[])
), nodes AS (
    INSERT INTO ledger_nodes (level, node_index, hash)
    SELECT * FROM unnest($8::smallint[], $9::bigint[], $10::bytea[])
), checkpoint AS (
    INSERT INTO ledger_checkpoints (tree_size, note, leaves) VALUES ($11, $13, $14)
)
UPDATE ledger_head SET tree_size = $11, frontier = $12, note = $13 WHERE id = 1
"""
_TOUCH = "UPDATE ledger_head SET id = id WHERE id = 1"


class PostgresqlWriter:
    """Holds one connection of the pool, and takes another after anything went wrong with it."""

    def __init__(self, storage: Storage, composer: Composer) -> None:
        self._storage = storage
        self._composer = composer
        self._held: tuple[AsyncConnection, asyncpg.Connection[Any]] | None = None

    async def append(self, drafts: Sequence[Draft]) -> Batch:
        try:
            connection = await self._connect()
            async with connection.transaction():
                batch = self._composer.compose(await connection.fetchrow(_HEAD), drafts)
                if batch.new:
                    rows, nodes = _columns(Row, batch.rows), _columns(Node, batch.nodes)
                    await connection.execute(_APPEND, *rows, *nodes, *batch.head, batch.leaves)
                else:
                    await connection.execute(_TOUCH)
        except BaseException:
            await self._disconnect(broken=True)
            raise
        self._composer.committed(batch)
        return batch

    async def close(self) -> None:
        await self._disconnect(broken=False)

    async def _connect(self) -> "asyncpg.Connection[Any]":
        if self._held is not None and self._held[1].is_closed():
            await self._disconnect(broken=True)
        if self._held is None:
            pooled = await self._storage.engine.connect()
            driver = cast("asyncpg.Connection[Any]", (await pooled.get_raw_connection()).driver_connection)
            self._held = pooled, driver
            await driver.execute(_DURABLE)
        return self._held[1]

    async def _disconnect(self, *, broken: bool) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        if broken:
            await held[0].invalidate()
        await held[0].close()


def _columns(kind: type[Row] | type[Node], rows: Sequence[Row] | Sequence[Node]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in kind._fields]
