"""Checkpoints of C2SP: the signed size and root of the log at one moment (https://c2sp.org/tlog-checkpoint)."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ledger.merkle import HASH_BYTES
from gateway.ledger.note import NoteError, Signer, Verifier, decode_base64, open_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log named ``origin`` had ``size`` leaves under ``root``."""

    origin: str
    size: int
    root: bytes

    def sign(self, signer: Signer) -> str:
        """This checkpoint as a signed note."""
        return signer.sign(f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n")

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Reads the text of a note; lines after the third are extensions and are passed over. Raises ``NoteError``."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not all(lines):
            raise NoteError("a checkpoint has three lines")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise NoteError("the size of a checkpoint is a number without leading zeros")
        data = decode_base64(root)
        if len(data) != HASH_BYTES:
            raise NoteError("the root of a checkpoint is 32 bytes")
        return cls(origin, int(size), data)


def open_checkpoint(note: str, verifiers: Sequence[Verifier], origin: str) -> Checkpoint:
    """The checkpoint in a note that a known key has signed, of the log named ``origin``; raises ``NoteError``."""
    checkpoint = Checkpoint.parse(open_note(note, verifiers))
    if checkpoint.origin != origin:
        raise NoteError("the checkpoint is of another log")
    return checkpoint
