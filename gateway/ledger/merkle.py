"""The Merkle tree of RFC 6962 and RFC 9162: hashes, frontiers and proofs, with no input or output.

A range ``(begin, end)`` of leaves is cut into full subtrees ``(height, position)``, largest first: the subtree
covers the leaves from ``position << height`` to ``(position + 1) << height``. Hashes are 32 bytes of SHA-256.
"""

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Range = tuple[int, int]
Subtree = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (RFC 9162, 2.1.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children (RFC 9162, 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over the roots of a range's full subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def chunks(data: bytes) -> list[bytes]:
    """The hashes that were joined into ``data``; raises ``ValueError`` when a part of one is left over."""
    if len(data) % HASH_BYTES:
        raise ValueError(f"{len(data)} bytes are not a whole number of hashes")
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, largest first.

    It is all that is needed to append and to know the root, and has as many hashes as ``size`` has ones in
    binary. Raises ``ValueError`` when hashes and size do not fit.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise ValueError(f"{len(self.peaks)} hashes are not the frontier of {size} leaves")

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Reads what ``to_bytes`` wrote."""
        return cls(size, chunks(data))

    def to_bytes(self) -> bytes:
        return b"".join(self.peaks)

    def copy(self) -> "Frontier":
        return Frontier(self.size, self.peaks)

    def root(self) -> bytes:
        """The root of the whole tree."""
        return fold(self.peaks)

    def extend(self, leaves: Iterable[bytes], every: int = 0) -> list[tuple[Subtree, bytes]]:
        """Appends leaf hashes; says which full subtrees of a height divisible by ``every`` this completed."""
        peaks, position, completed = self.peaks, self.size, []
        for node in leaves:
            height, rest = 0, position
            while rest & 1:
                node = sha256(b"\1" + peaks.pop() + node).digest()
                height, rest = height + 1, rest >> 1
                if every and height % every == 0:
                    completed.append(((height, rest), node))
            peaks.append(node)
            position += 1
        self.size = position
        return completed


def subtrees(begin: int, end: int) -> list[Subtree]:
    """The full subtrees of a range that a proof asks for, largest first."""
    found = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        found.append((height, begin >> height))
        begin += 1 << height
    return found


def inclusion_path(index: int, size: int) -> list[Range]:
    """The ranges whose roots prove that a leaf is in a tree of ``size``, its sibling first (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[Range] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(first: int, second: int) -> list[Range]:
    """The ranges whose roots prove that a tree of ``first`` leaves grew into one of ``second`` (RFC 9162, 2.1.4.1)."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} does not grow into one of {second}")
    path: list[Range] = []
    begin, end = 0, second
    # An empty tree needs no proof, and neither does a tree of itself.
    while 0 < first < end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((begin, middle))
            begin = middle
    if begin:
        path.append((begin, end))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, rest, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if rest & 1 or rest == last:
            node = node_hash(sibling, node)
            while not rest & 1 and rest:
                rest, last = rest >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        rest, last = rest >> 1, last >> 1
    return last == 0 and _same(node, root)


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the proof shows that the first tree is the beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first in (0, second):
        start = EMPTY_ROOT if first == 0 else second_root
        return not proof and _same(first_root, start)
    nodes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not nodes:
        return False
    rest, last = first - 1, second - 1
    while rest & 1:
        rest, last = rest >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if rest & 1 or rest == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not rest & 1 and rest:
                rest, last = rest >> 1, last >> 1
        else:
            new = node_hash(new, node)
        rest, last = rest >> 1, last >> 1
    return last == 0 and _same(old, first_root) and _same(new, second_root)


def _split(leaves: int) -> int:
    """The largest power of two smaller than ``leaves``."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
