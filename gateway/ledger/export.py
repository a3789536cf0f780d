"""The whole record as lines, for somebody else to keep or to check without us."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence

import orjson

from gateway.ledger.checkpoint import Checkpoint, open_checkpoint
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.note import NoteError, Verifier
from gateway.ledger.pages import Entries, read_end
from gateway.storage.engine import Storage


async def export(storage: Storage) -> AsyncIterator[bytes]:
    """Each leaf as it was hashed, a line of JSON each, and the checkpoint over them last; the salts stay here.

    Raises ``NoteError`` when the log is not whole: then ``verify`` says where.
    """
    head, _ = await read_end(storage)
    if head is None:
        raise NoteError("the log has no head")
    entries = Entries(storage)
    for index in range(head.tree_size):
        row = await entries.at(index)
        if row is None:
            raise NoteError(f"entry {index} is missing")
        yield row.body + b"\n"
    yield orjson.dumps({"checkpoint": head.note}) + b"\n"


async def check_export(lines: AsyncIterable[bytes], verifiers: Sequence[Verifier], origin: str) -> Checkpoint:
    """The checkpoint that signs exactly these lines; raises ``NoteError`` when it does not."""
    frontier = Frontier()
    last: bytes | None = None
    async for line in lines:
        if last is not None:
            frontier.extend((leaf_hash(last),))
        last = line.removesuffix(b"\n")
    checkpoint = open_checkpoint(_note(last), verifiers, origin)
    if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
        raise NoteError("the lines are not those that the checkpoint signs")
    return checkpoint


def _note(line: bytes | None) -> str:
    try:
        return str(orjson.loads(line or b"")["checkpoint"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
        raise NoteError("the last line is not a checkpoint") from problem
