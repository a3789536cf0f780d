"""Where the files of tests lie: in memory, so that nobody waits, or on a disk where a promise is about that."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it have random names and belong to their maker
DISK = Path("/var/tmp")  # noqa: S108 - likewise; what lies here outlives the machine's next start, so it is on a disk
ROOM = 3 * 2**30
"""Bytes that two workers never came near to needing."""


def keep_files_in_memory() -> None:
    """Temporary files of this process and its children are made in memory, if there is room for them.

    The suite makes some thousands of databases, and each commit waits until the disk has it: that is most of the time
    that the suite would take. ``TMPDIR`` in the environment says where they are made instead.
    """
    if "TMPDIR" not in os.environ and _roomy(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        # It is asked for once and remembered.
        tempfile.tempdir = None


@contextmanager
def folder_on_disk() -> Iterator[Path]:
    """A folder for what has to be written as it is in life; it goes with the test."""
    with tempfile.TemporaryDirectory(prefix="bawaba-tests-", dir=DISK, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _roomy(place: Path) -> bool:
    """Whether a file system in memory is there that programs may be started from, too."""
    if not (place.is_dir() and os.access(place, os.W_OK)):
        return False
    there = os.statvfs(place)
    return there.f_bavail * there.f_frsize >= ROOM and not there.f_flag & os.ST_NOEXEC
