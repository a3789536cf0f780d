"""Promises of the Merkle tree: RFC 6962's published vectors, another implementation, and properties."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from gateway.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Range,
    chunks,
    consistency_path,
    fold,
    inclusion_path,
    leaf_hash,
    node_hash,
    subtrees,
    verify_consistency,
    verify_inclusion,
)

# The reference leaves of Certificate Transparency, and the root of the tree of each size over them.
LEAVES = [bytes.fromhex(leaf) for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]
ALL_LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]
SIZES = st.integers(0, 70)


def root_of(leaves: list[bytes]) -> bytes:
    """The definition of RFC 9162, 2.1.1, as it stands there."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def over(leaves: list[bytes], path: list[Range]) -> list[bytes]:
    return [root_of(leaves[begin:end]) for begin, end in path]


def grown(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_are_had_leaf_by_leaf_and_at_once(size: int) -> None:
    frontier = Frontier()
    for leaf in HASHES[:size]:
        frontier.extend((leaf,))

    assert frontier.root().hex() == ROOTS[size]
    assert grown(HASHES[:size]).root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_the_published_inclusion_proofs_are_made_and_believed(index: int, size: int, proof: list[str]) -> None:
    made = over(HASHES, inclusion_path(index, size))

    assert [part.hex() for part in made] == proof
    assert verify_inclusion(index, size, HASHES[index], made, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCY)
def test_the_published_consistency_proofs_are_made_and_believed(first: int, second: int, proof: list[str]) -> None:
    made = over(HASHES, consistency_path(first, second))

    assert [part.hex() for part in made] == proof
    assert verify_consistency(first, second, made, bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]))


def test_another_implementation_has_the_same_roots_and_proofs_at_every_size() -> None:
    other = InmemoryTree()
    data = [b"%d" % number for number in range(33)]
    other.append_entries(data)
    leaves = [leaf_hash(item) for item in data]
    for size in range(1, 34):
        assert other.get_root(size) == grown(leaves[:size]).root()
        for index in range(size):
            # It gives the siblings from left to right with the leaf itself first; ours go from the leaf up.
            theirs = other.prove_inclusion(index + 1, size)
            assert sorted(theirs.path[1:]) == sorted(over(leaves, inclusion_path(index, size)))
        for first in range(1, size + 1):
            # Its consistency proofs are of another form, so ours are put to its roots.
            ours = over(leaves, consistency_path(first, size))
            assert verify_consistency(first, size, ours, other.get_root(first), other.get_root(size))


@given(size=SIZES)
def test_a_frontier_that_is_stored_and_read_goes_on_as_if_it_had_not_been(size: int) -> None:
    stored = Frontier.from_bytes(size, grown(ALL_LEAVES[:size]).to_bytes())

    stored.extend(ALL_LEAVES[size:])

    assert stored.root() == root_of(ALL_LEAVES)


@given(size=SIZES, every=st.sampled_from([1, 2, 3]))
def test_each_full_subtree_is_told_once_with_its_root(size: int, every: int) -> None:
    told = Frontier().extend(ALL_LEAVES[:size], every=every)

    heights = range(every, 7, every)
    assert sorted(told) == sorted(
        ((height, place), root_of(ALL_LEAVES[place << height : (place + 1) << height]))
        for height in heights
        for place in range(size >> height)
    )


@given(size=st.integers(1, 70), data=st.data())
def test_an_inclusion_proof_is_believed_for_its_own_leaf_place_size_and_root_only(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = over(ALL_LEAVES, inclusion_path(index, size)), root_of(ALL_LEAVES[:size])
    leaf = ALL_LEAVES[index]

    assert verify_inclusion(index, size, leaf, proof, root)
    assert not verify_inclusion(index, size, leaf_hash(b"other"), proof, root)
    assert not verify_inclusion(index, size, leaf, proof, leaf_hash(b"other"))
    assert not verify_inclusion(index, size, leaf, [*proof, root], root)
    assert not verify_inclusion(size, size, leaf, proof, root)
    assert not verify_inclusion(-1, size, leaf, proof, root)
    assert not any(verify_inclusion(other, size, leaf, proof, root) for other in range(size) if other != index)
    assert not (proof and verify_inclusion(index, size, leaf, proof[:-1], root))


@given(sizes=st.tuples(SIZES, SIZES).map(sorted))
def test_a_consistency_proof_is_believed_for_its_own_sizes_and_roots_only(sizes: list[int]) -> None:
    first, second = sizes
    proof = over(ALL_LEAVES, consistency_path(first, second))
    old, new = root_of(ALL_LEAVES[:first]), root_of(ALL_LEAVES[:second])

    assert verify_consistency(first, second, proof, old, new)
    assert not verify_consistency(first, second, proof, leaf_hash(b"other"), new)
    assert not verify_consistency(first, second, [*proof, new], old, new)
    assert not (proof and verify_consistency(first, second, proof, old, leaf_hash(b"other")))
    assert not (proof and verify_consistency(first, second, proof[:-1], old, new))
    assert not (first < second and verify_consistency(second, first, proof, new, old))


@given(size=st.integers(1, 70), data=st.data())
def test_one_changed_bit_anywhere_in_a_proof_is_not_believed(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = over(ALL_LEAVES, inclusion_path(index, size)), root_of(ALL_LEAVES[:size])
    for place, part in enumerate(proof):
        changed = bytes([part[0] ^ 8]) + part[1:]
        forged = [*proof[:place], changed, *proof[place + 1 :]]
        assert not verify_inclusion(index, size, ALL_LEAVES[index], forged, root)


@given(begin=st.integers(0, 1 << 40), length=st.integers(0, 1 << 20))
def test_a_range_is_cut_into_full_subtrees_without_a_gap(begin: int, length: int) -> None:
    begin -= begin % (1 << max(length.bit_length(), 1))

    parts = [(place << height, (place + 1) << height) for height, place in subtrees(begin, begin + length)]

    edges = [begin, *(end for _, end in parts)]
    assert edges[-1] == begin + length
    assert all(end == start for (_, end), (start, _) in pairwise(parts))


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (3, [b"x" * 32]), (1, [b"short"]), (-1, [])])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(ValueError, match="are not the frontier"):
        Frontier(size, peaks)


def test_half_a_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number"):
        chunks(b"x" * 33)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3)])
def test_there_is_no_path_to_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not in a tree"):
        inclusion_path(index, size)


def test_a_tree_does_not_grow_into_a_smaller_one() -> None:
    with pytest.raises(ValueError, match="does not grow"):
        consistency_path(3, 2)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    inner = b"".join(HASHES[:2])

    assert leaf_hash(inner) != node_hash(*HASHES[:2])
    assert fold([]) == EMPTY_ROOT
