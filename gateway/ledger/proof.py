"""Proofs of C2SP: that an entry is in the log, to be checked by anyone and offline (https://c2sp.org/tlog-proof)."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.entry import Receipt
from gateway.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from gateway.ledger.note import NoteError, Verifier, decode_base64
from gateway.schema.base import Frozen

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


class Proof(Frozen):
    """A receipt, the leaf it is for (canonical JSON) and the evidence that the log holds that leaf.

    ``proof`` is in the text form of C2SP, with the leaf as its extra data, so that it can be checked alone.
    """

    receipt: Receipt
    leaf: str
    proof: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a proof says, read but not yet believed."""

    leaf: bytes
    index: int
    hashes: Sequence[bytes]
    checkpoint: str

    def render(self) -> str:
        """In the text form of C2SP."""
        lines = [FIRST_LINE, f"extra {b64encode(self.leaf).decode()}", f"index {self.index}"]
        lines += [b64encode(part).decode() for part in self.hashes]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> "Evidence":
        """Reads what ``render`` wrote; raises ``NoteError``."""
        head, gap, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if not gap or first != FIRST_LINE or len(lines) < 2 or not lines[0].startswith("extra "):
            raise NoteError("not a proof with its leaf")
        index = _INDEX.fullmatch(lines[1])
        hashes = [decode_base64(line) for line in lines[2:]]
        if not index or len(hashes) > MOST_HASHES or any(len(part) != HASH_BYTES for part in hashes):
            raise NoteError("the index or a hash of the proof is malformed")
        return cls(decode_base64(lines[0].removeprefix("extra ")), int(index[1]), hashes, checkpoint)


def check_proof(text: str, verifiers: Sequence[Verifier], origin: str) -> bytes:
    """The leaf that a proof proves to be in the log named ``origin``; raises ``NoteError`` when it does not."""
    evidence = Evidence.parse(text)
    checkpoint = open_checkpoint(evidence.checkpoint, verifiers, origin)
    leaf = leaf_hash(evidence.leaf)
    if not verify_inclusion(evidence.index, checkpoint.size, leaf, evidence.hashes, checkpoint.root):
        raise NoteError("the proof does not lead from the leaf to the checkpoint's root")
    return evidence.leaf
