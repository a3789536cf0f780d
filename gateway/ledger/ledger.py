"""The ledger: seals what happened and proves it."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import ConfigurationError
from gateway.ledger.archive import Archive, SealedEntry
from gateway.ledger.batch import Draft
from gateway.ledger.commitments import PSEUDONYM_KEY_BYTES, SALT_BYTES, pseudonym
from gateway.ledger.committer import DEFAULT_LIMITS, Committer, Limits
from gateway.ledger.composer import Composer, HeadError
from gateway.ledger.entry import Entry, Receipt
from gateway.ledger.note import Signer, Verifier
from gateway.ledger.proof import Proof
from gateway.ledger.tiles import TILE_WIDTH, Tile
from gateway.ledger.writer import Writer, open_writer
from gateway.storage.engine import Storage, StorageDown

PSEUDONYMS_KEPT = 4096
"""Each call needs its subject's twice, and whoever asks once mostly asks again."""


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """``signing`` signs checkpoints and ``pseudonym`` hides subjects; ``retired`` keys signed older checkpoints."""

    signing: Ed25519PrivateKey = field(repr=False)
    pseudonym: bytes = field(repr=False)
    retired: tuple[Verifier, ...] = ()

    def __post_init__(self) -> None:
        if len(self.pseudonym) < PSEUDONYM_KEY_BYTES:
            raise ConfigurationError(field="ledger.pseudonym_key_file", problem=f"needs {PSEUDONYM_KEY_BYTES} bytes")


class Ledger:
    """The log named ``origin``. Wherever an ``owner`` is given it is the subject itself; only its pseudonym is kept."""

    def __init__(
        self, archive: Archive, committer: Committer, keys: LedgerKeys, signer: Signer, random: Callable[[int], bytes]
    ) -> None:
        self._archive = archive
        self._committer = committer
        self._pseudonym = lru_cache(PSEUDONYMS_KEPT)(partial(pseudonym, keys.pseudonym))
        self._random = random
        self.origin = signer.name
        self.verifier = signer.verifier

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        storage: Storage,
        keys: LedgerKeys,
        origin: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Callable[[int], bytes] = os.urandom,
        limits: Limits = DEFAULT_LIMITS,
    ) -> AsyncIterator[Self]:
        """Opens the log for as long as the context lasts; at the end what waits is still sealed.

        Raises ``ConfigurationError`` when the log in this storage was signed by another key or under another
        name, ``StorageDown`` when the storage cannot be written.
        """
        signer = Signer(origin, keys.signing)
        writer = open_writer(storage, Composer(origin, signer, keys.retired, clock))
        committer = Committer(writer, limits)
        await _begin(writer)
        async with committer.running():
            yield cls(Archive(storage, origin), committer, keys, signer, random)

    @property
    def healthy(self) -> bool:
        """Whether the newest attempt to seal succeeded."""
        return self._committer.healthy

    def new_salt(self) -> bytes:
        """A fresh salt for the commitments of one entry."""
        return self._random(SALT_BYTES)

    def pseudonym(self, subject: str) -> str:
        """The one name under which the ledger knows a subject."""
        return self._pseudonym(subject)

    async def seal(self, entry: Entry, owner: str, salt: bytes | None = None) -> Receipt:
        """Appends the entry and returns once it is durable; raises ``SealingFailed``.

        ``salt`` is the one that the entry's commitments were made with. An entry without an owner, ``""``, can
        be proved to nobody.
        """
        draft = Draft(
            entry_id=self._entry_id(entry.at),
            owner=self._owner(owner),
            salt=self.new_salt() if salt is None else salt,
            entry=entry.canonical(),
        )
        return (await self._committer.submit(draft)).receipt(self.origin)

    async def proof(self, entry_id: str, owner: str) -> Proof:
        """The proof of the owner's entry; raises ``NotFound`` when there is none, or it is another's."""
        return await self._archive.proof(entry_id, self._owner(owner))

    async def entries_of(self, owner: str, limit: int = 50, before: int | None = None) -> Sequence[SealedEntry]:
        """Who used the owner's data, newest first; the next page is ``before`` the last index of this one."""
        return await self._archive.entries_of(self._owner(owner), limit, before)

    async def checkpoint(self) -> str:
        """The newest checkpoint, a signed note of C2SP."""
        return await self._archive.checkpoint()

    async def tile(self, level: int, index: int, width: int = TILE_WIDTH) -> bytes:
        """The hashes of a tile of C2SP, joined; raises ``NotFound`` when the tree does not fill it."""
        return await self._archive.tile(Tile(level, index, width))

    def _entry_id(self, at: datetime) -> str:
        """Forty-eight bits of the time, in milliseconds, and eighty of chance.

        So the entries of one commit lie side by side in the index of ids: it writes a page for all, not one for each.
        """
        return f"{int(at.timestamp() * 1000):012x}{self._random(10).hex()}"

    def _owner(self, subject: str) -> str:
        return self.pseudonym(subject) if subject else ""


async def _begin(writer: Writer) -> None:
    """Checks that the log is ours to go on with, and signs the empty tree of a new one."""
    try:
        await writer.append(())
    except HeadError as problem:
        await writer.close()
        raise ConfigurationError(
            field="ledger.key_file",
            problem=f"{problem}; run `bawaba ledger verify`, and check the key and ledger.origin",
        ) from problem
    except Exception as problem:
        await writer.close()
        raise StorageDown from problem
