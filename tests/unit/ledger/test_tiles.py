"""Promises of tiles: the addresses of C2SP, and the hashes that the tree has."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from gateway.errors import NotFound, Unavailable
from gateway.ledger.batch import Node
from gateway.ledger.merkle import Frontier, inclusion_path, leaf_hash, verify_inclusion
from gateway.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, Tree, read_tile
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_entries, ledger_nodes

SIZE = 70_000
LEAVES = [leaf_hash(b"%d" % number) for number in range(SIZE)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "0/000"),
        (Tile(0, 5, 12), "0/005.p/12"),
        (Tile(1, 999), "1/999"),
        (Tile(2, 1000), "2/x001/000"),
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(3, 1_234_067, 255), "3/x001/x234/067.p/255"),
    ],
)
def test_a_tiles_address_is_the_published_one_both_ways(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert Tile.parse(path) == tile


@given(tile=st.builds(Tile, level=st.integers(0, 7), index=st.integers(0, 10**12), width=st.integers(1, TILE_WIDTH)))
def test_every_address_is_read_back(tile: Tile) -> None:
    assert Tile.parse(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "8/000",
        "0/x000/001",
        "0/001/002",
        "0/x001",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/007",
        "0/000.p/",
        "0/-01",
        "0/٠٠٠",
        "entries/000",
        "0/000/",
        "0/000\n",
        "../0/000",
    ],
)
def test_an_address_spelt_otherwise_is_nowhere(path: str) -> None:
    with pytest.raises(NotFound):
        Tile.parse(path)


@pytest.fixture
async def storage(storage_url: str) -> AsyncIterator[Storage]:
    """A database that holds the hashes of 70,000 leaves, as the specification's example does."""
    frontier = Frontier()
    nodes = [Node(height // TILE_HEIGHT, place, node) for (height, place), node in frontier.extend(LEAVES, TILE_HEIGHT)]
    rows = [
        {"leaf_index": index, "entry_id": str(index), "owner": "", "leaf_hash": leaf}
        | {"body": b"", "salt": b"", "sealed_at": 0}
        for index, leaf in enumerate(LEAVES)
    ]
    async with Storage.open(storage_url) as storage:
        async with storage.writing() as connection:
            await connection.execute(insert(ledger_entries), rows)
            await connection.execute(insert(ledger_nodes), [node._asdict() for node in nodes])
        yield storage


def root(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


async def test_the_stored_tree_gives_the_tiles_and_proofs_of_its_leaves(storage: Storage) -> None:
    async with storage.reading() as connection:
        # The example of the specification: 273 full tiles and one of 112; then one full and one of 17; then one of 1.
        assert await read_tile(connection, Tile(0, 272), SIZE) == LEAVES[272 * 256 : 273 * 256]
        assert await read_tile(connection, Tile(0, 273, 112), SIZE) == LEAVES[273 * 256 :]
        assert (await read_tile(connection, Tile(1, 0), SIZE))[7] == root(LEAVES[7 * 256 : 8 * 256])
        assert len(await read_tile(connection, Tile(1, 1, 17), SIZE)) == 17
        assert await read_tile(connection, Tile(2, 0, 1), SIZE) == [root(LEAVES[:65536])]
        for tile in (Tile(0, 273), Tile(0, 274, 1), Tile(1, 1, 18), Tile(2, 0, 2), Tile(3, 0, 1), Tile(7, 0, 1)):
            with pytest.raises(NotFound):
                await read_tile(connection, tile, SIZE)
        for wrong in (Tile(0, 0, 0), Tile(0, 0, 257), Tile(-1, 0), Tile(0, -1), Tile(8, 0, 1), Tile(0, 10**30)):
            with pytest.raises(NotFound):
                await read_tile(connection, wrong, SIZE)
        for size in (1, 255, 256, 257, 65_535, 65_536, 65_537, SIZE):
            tree = Tree(connection, size)
            for index in {0, size // 3, size - 1}:
                proof = await tree.roots(inclusion_path(index, size))
                assert verify_inclusion(index, size, LEAVES[index], proof, root(LEAVES[:size]))


async def test_a_tile_that_lacks_a_hash_is_not_given_out(storage: Storage) -> None:
    async with storage.writing() as connection:
        await connection.execute(delete(ledger_entries).where(ledger_entries.c.leaf_index == 300))

    async with storage.reading() as connection:
        with pytest.raises(Unavailable):
            await read_tile(connection, Tile(0, 1), SIZE)
