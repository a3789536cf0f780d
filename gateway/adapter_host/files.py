"""The applicant's files at the host: put before the application, read while it is handed in, gone afterwards."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from gateway.sdk.procedure import Attachment
from gateway.sdk.streaming import PART_BYTES

LIFE: Final = 900.0
"""Seconds after which a file that nobody asked for is deleted."""


class FilesFull(Exception):
    """There is no more room for files."""


@dataclass(slots=True)
class _Kept:
    path: Path
    size: int
    until: float


@dataclass(slots=True)
class Files:
    """Files in ``folder``, by the application's reference and their digest; ``most`` bytes of them in all."""

    folder: Path
    most: int
    clock: Callable[[], float] = time.monotonic
    _kept: dict[tuple[str, str], _Kept] = field(default_factory=dict)
    _held: int = 0
    _number: int = 0

    async def receive(self, reference: str, digest: str, parts: AsyncIterator[bytes]) -> tuple[int, str]:
        """Writes a file down; its size and SHA-256 in hexadecimal, by which the caller judges it.

        Raises ``FilesFull``. A file that is not kept afterwards must be dropped.
        """
        self._sweep()
        self._number += 1
        kept = _Kept(self.folder / str(self._number), 0, self.clock() + LIFE)
        seen = hashlib.sha256()
        try:
            with kept.path.open("xb") as file:
                async for part in parts:
                    self._held += len(part)
                    kept.size += len(part)
                    if self._held > self.most:
                        raise FilesFull
                    seen.update(part)
                    await asyncio.to_thread(file.write, part)
        except BaseException:
            self._delete(kept)
            raise
        if former := self._kept.pop((reference, digest), None):
            self._delete(former)
        self._kept[reference, digest] = kept
        return kept.size, seen.hexdigest()

    def find(self, reference: str, digest: str) -> Path | None:
        """Where the file is, ``None`` where there is none."""
        kept = self._kept.get((reference, digest))
        return kept.path if kept else None

    def attachment(self, reference: str, name: str, media_type: str, size: int, digest: str) -> Attachment | None:
        """The file as a room takes it; ``None`` where it was not put, or is of another size."""
        kept = self._kept.get((reference, digest))
        if kept is None or kept.size != size:
            return None
        return Attachment(name, media_type, size, digest, partial(_read, kept.path))

    def drop(self, reference: str, digests: Iterable[str]) -> None:
        """Deletes these files of the application."""
        for digest in digests:
            if kept := self._kept.pop((reference, digest), None):
                self._delete(kept)

    def __len__(self) -> int:
        return len(self._kept)

    def _sweep(self) -> None:
        now = self.clock()
        for key in [key for key, kept in self._kept.items() if kept.until < now]:
            self._delete(self._kept.pop(key))

    def _delete(self, kept: _Kept) -> None:
        self._held -= kept.size
        kept.path.unlink(missing_ok=True)


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            yield part
